"""Airflow's audit log.

Private in Airflow: ``airflow.models.log.Log``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow.models.log import Log
from airflow.utils.session import create_session

_MAX_EVENT = 60


def note(event: str, user: str, what: Mapping[str, Any]) -> None:
    """Write down what a user is about to do.

    :param event: at most 60 characters of it are kept.
    :param what: stored as JSON; holds no secret.
    """
    with create_session(scoped=False) as session:
        session.add(Log(event=event[:_MAX_EVENT], owner=user, extra=json.dumps(dict(what), ensure_ascii=False)))
