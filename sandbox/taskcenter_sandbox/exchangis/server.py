"""The local Exchangis as a process of its own, for tests and the demo."""

from __future__ import annotations

from taskcenter_sandbox.gateway.server import SandboxServer, StartError


class ExchangisStartError(StartError):
    """The local Exchangis has not started; the text ends with what it said."""


class ExchangisServer(SandboxServer):
    """Runs ``taskcenter-sandbox exchangis``; see :class:`~taskcenter_sandbox.gateway.server.SandboxServer`."""

    system = "exchangis"
    title = "local Exchangis"
    start_error = ExchangisStartError
