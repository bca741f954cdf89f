"""The local Linkis as a process of its own, for tests and the demo."""

from __future__ import annotations

from typing import Any

from taskcenter_sandbox.gateway.server import SandboxServer, StartError


class LinkisStartError(StartError):
    """The local Linkis has not started; the text ends with what it said."""


class LinkisServer(SandboxServer):
    """Runs ``taskcenter-sandbox linkis``; see :class:`~taskcenter_sandbox.gateway.server.SandboxServer`."""

    system = "linkis"
    title = "local Linkis"
    start_error = LinkisStartError

    def fault(self, *faults: str, clear: bool = False, entrance_restart: bool = False) -> dict[str, Any]:
        """Switch faults on (``name``, ``name:N``, ``name:N@K``) or off, or restart the entrance alone.

        :return: ``{"faults": {name: how much is left}}``.
        """
        body = {"set": list(faults), "clear": clear, "entrance_restart": entrance_restart}
        return self._admin("POST", "/sandbox/faults", json=body)
