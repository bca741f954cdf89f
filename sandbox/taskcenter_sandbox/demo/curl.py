"""Requests to the demo's Airflow, made and shown as ``curl`` makes them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from taskcenter_sandbox.demo.display import Display
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentError


class Curl:
    """Sends requests with curl, and shows the command lines; the token goes in by standard input."""

    def __init__(self, airflow: AirflowDeployment, display: Display) -> None:
        self._program = shutil.which("curl")
        if self._program is None:
            raise DeploymentError("this part of the demo needs curl: apt-get install curl")
        self._url = airflow.settings.url
        self._header = f"Authorization: Bearer {airflow.client.token()}\n"
        self._display = display

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, quiet: bool = False) -> Any:
        """Send a request; the answer, which must be a good one.

        :param quiet: show nothing.
        :raises DeploymentError: it is an error.
        """
        options = ["-sS", "-X", method, "-H", "@-", "-H", "Content-Type: application/json"]
        data = [] if body is None else ["-d", json.dumps(body)]
        if not quiet:
            shown = f" -d '{json.dumps(body)}'" if body is not None else ""
            self._display.say(f"$ curl -X {method} {path}{shown}")
        done = subprocess.run(  # noqa: S603  (curl, found above, and our own arguments)
            [str(self._program), *options, *data, self._url + path],
            input=self._header,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DeploymentError(f"curl {method} {path}: {done.stderr.strip()}")
        answer = json.loads(done.stdout)
        if answer.get("code", answer.get("status")) != 0:
            raise DeploymentError(f"{method} {path}: {done.stdout}")
        return answer
