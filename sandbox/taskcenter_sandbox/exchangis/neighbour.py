"""An Exchangis with a Linkis beside it, behind one gateway as in real deployments: one login, and one warehouse."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from taskcenter_sandbox.exchangis.app import ExchangisApp
from taskcenter_sandbox.exchangis.faults import FAULTS
from taskcenter_sandbox.exchangis.settings import Settings
from taskcenter_sandbox.gateway.auth import Gate
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.settings import API
from taskcenter_sandbox.linkis.app import LinkisApp
from taskcenter_sandbox.linkis.faults import FAULTS as LINKIS_FAULTS
from taskcenter_sandbox.linkis.settings import Settings as LinkisSettings

BOTH_FAULTS = {**LINKIS_FAULTS, **FAULTS}
"""Those of either; one with the same name strikes whichever is asked first."""

_OURS = (f"{API}/dss/", f"{API}/exchangis/", f"{API}/user/", "/dss/", "/sandbox/")


class _Crossing:
    """Hands each request to the one that it is for."""

    def __init__(self, exchangis: ASGIApp, linkis: ASGIApp) -> None:
        self._exchangis = exchangis
        self._linkis = linkis

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith(_OURS)
        await (self._exchangis if ours else self._linkis)(scope, receive, send)


class ExchangisWithLinkis:
    """Both on one port.

    :raises InUse: another server has the data directory.
    """

    def __init__(self, settings: Settings, faults: Faults) -> None:
        gate = Gate(settings.credentials, settings.session_seconds, faults)
        linkis = LinkisSettings(
            directory=settings.directory / "linkis",
            credentials=settings.credentials,
            hosts=settings.hosts,
            any_address=settings.any_address,
        )
        self._linkis = LinkisApp(linkis, faults, gate)
        self._exchangis = ExchangisApp(settings, faults, gate=gate, warehouse=self._linkis.warehouse)

        self.wire = _Crossing(self._exchangis.wire, self._linkis.wire)

    def start(self) -> None:
        """Take jobs."""
        self._linkis.start()
        self._exchangis.start()

    def close(self) -> None:
        """End all jobs and close all files; Exchangis first, which writes to the warehouse of the other."""
        self._exchangis.close()
        self._linkis.close()
