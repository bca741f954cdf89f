"""The local Hlink as a process of its own, for tests and the demo."""

from __future__ import annotations

from taskcenter_sandbox.gateway.server import SandboxServer, StartError


class HlinkStartError(StartError):
    """The local Hlink has not started; the text ends with what it said."""


class HlinkServer(SandboxServer):
    """Runs ``taskcenter-sandbox hlink``; see :class:`~taskcenter_sandbox.gateway.server.SandboxServer`."""

    system = "hlink"
    title = "local Hlink"
    start_error = HlinkStartError
