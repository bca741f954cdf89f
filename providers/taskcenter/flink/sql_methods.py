"""The endpoints of the SQL Gateway as methods of the hook, each synchronous and asynchronous."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskcenter.flink.sql_api import SqlResult
from taskcenter.flink.system import FlinkSystem
from taskcenter.jobs.hook import RemoteHook

Json = dict[str, Any]


class SqlMethods(RemoteHook[FlinkSystem]):
    """The SQL Gateway's REST API; its address is ``sql_gateway`` in the connection's extra."""

    def gateway_info(self) -> Json:
        """``GET /v2/info``: product and version."""
        return self.run(lambda api: api.gateway_info())

    async def agateway_info(self) -> Json:
        """As :meth:`gateway_info`."""
        return await self.arun(lambda api: api.gateway_info())

    def open_session(self, name: str | None = None, properties: Mapping[str, str] | None = None) -> str:
        """``POST /v2/sessions``: the handle of a new session."""
        return self.run(lambda api: api.open_session(name, properties))

    async def aopen_session(self, name: str | None = None, properties: Mapping[str, str] | None = None) -> str:
        """As :meth:`open_session`."""
        return await self.arun(lambda api: api.open_session(name, properties))

    def session(self, session: str) -> dict[str, str]:
        """``GET /v2/sessions/{session}``: its options."""
        return self.run(lambda api: api.session(session))

    async def asession(self, session: str) -> dict[str, str]:
        """As :meth:`session`."""
        return await self.arun(lambda api: api.session(session))

    def heartbeat(self, session: str) -> None:
        """``POST /v2/sessions/{session}/heartbeat``: keep it alive."""
        return self.run(lambda api: api.heartbeat(session))

    async def aheartbeat(self, session: str) -> None:
        """As :meth:`heartbeat`."""
        return await self.arun(lambda api: api.heartbeat(session))

    def close_session(self, session: str) -> None:
        """``DELETE /v2/sessions/{session}``; the jobs of its INSERTs go on."""
        return self.run(lambda api: api.close_session(session))

    async def aclose_session(self, session: str) -> None:
        """As :meth:`close_session`."""
        return await self.arun(lambda api: api.close_session(session))

    def run_statement(self, session: str, statement: str, configuration: Mapping[str, str] | None = None) -> str:
        """``POST /v2/sessions/{session}/statements``: the operation's handle."""
        return self.run(lambda api: api.run_statement(session, statement, configuration))

    async def arun_statement(self, session: str, statement: str, configuration: Mapping[str, str] | None = None) -> str:
        """As :meth:`run_statement`."""
        return await self.arun(lambda api: api.run_statement(session, statement, configuration))

    def operation_status(self, session: str, operation: str) -> str:
        """``GET .../operations/{operation}/status``: ``RUNNING``, ``FINISHED``, ``ERROR``, ..."""
        return self.run(lambda api: api.operation_status(session, operation))

    async def aoperation_status(self, session: str, operation: str) -> str:
        """As :meth:`operation_status`."""
        return await self.arun(lambda api: api.operation_status(session, operation))

    def cancel_operation(self, session: str, operation: str) -> None:
        """``POST .../operations/{operation}/cancel``."""
        return self.run(lambda api: api.cancel_operation(session, operation))

    async def acancel_operation(self, session: str, operation: str) -> None:
        """As :meth:`cancel_operation`."""
        return await self.arun(lambda api: api.cancel_operation(session, operation))

    def result_page(self, session: str, operation: str, token: int = 0) -> Json:
        """``GET .../operations/{operation}/result/{token}``: a page of rows; raises where the statement failed."""
        return self.run(lambda api: api.result_page(session, operation, token))

    async def aresult_page(self, session: str, operation: str, token: int = 0) -> Json:
        """As :meth:`result_page`."""
        return await self.arun(lambda api: api.result_page(session, operation, token))

    def fetch(self, session: str, operation: str, most: int) -> SqlResult:
        """The rows of a statement, at most so many, page by page."""
        return self.run(lambda api: api.fetch(session, operation, most))

    async def afetch(self, session: str, operation: str, most: int) -> SqlResult:
        """As :meth:`fetch`."""
        return await self.arun(lambda api: api.fetch(session, operation, most))
