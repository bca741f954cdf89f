"""The Airflow connection to a Hlink of a test."""

from __future__ import annotations

import json
from typing import Any

from taskcenter_sandbox.hlink.server import HlinkServer


def connection(port: int, server: HlinkServer | None = None, **extra: Any) -> str:
    """The value of an AIRFLOW_CONN variable.

    :param server: whose user and password it has.
    """
    user = server.credentials.user if server else "hadoop"
    password = server.credentials.password if server else "hadoop"
    given = {"conn_type": "hlink", "host": "127.0.0.1", "port": port, "login": user, "password": password}
    return json.dumps({**given, "extra": extra})
