"""Flows on the SQL Gateway: sessions, statements, and the rows that come out of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from taskcenter.core.endpoint import Call
from taskcenter.core.errors import ErrorContext, NotFoundError, RefusedError, RemoteError, ResultError
from taskcenter.core.flow import Flow, Pause
from taskcenter.flink import endpoints
from taskcenter.flink.api import FlinkApi

Json = dict[str, Any]

LOOK_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""When to look whether a statement has ended; then at the last interval."""

FIXED_JOB_ID = "$internal.pipeline.job-id"
"""Flink's own option for the id that the job of a statement gets."""

SESSION_LOST = (
    "The SQL Gateway ends a session that was idle for longer than its sql-gateway.session.idle-timeout, and knows none "
    "after a restart: open another."
)

_LOST = re.compile(r"Session '\S+' does not exist|Can not find the submitted operation")

Watch: TypeAlias = Callable[[float], Flow[None]]
"""Is told the time (epoch seconds) at each look that finds nothing new, and raises when there is no point in going on."""

_ENDS = ("FINISHED", "ERROR", "CANCELED", "CLOSED", "TIMEOUT")


@dataclass(frozen=True)
class SqlResult:
    """What a statement brought.

    :param columns: ``{"name", "type"}`` each.
    :param rows: the values, as JSON has them; of a DECIMAL only the digits that a floating-point number keeps.
    :param truncated: whether there were more.
    :param job_id: the Flink job that computed it, None where none was needed.
    :param changelog: whether the rows are changes; ``kinds`` then says which (``INSERT``, ``UPDATE_AFTER``, ...).
    """

    columns: list[dict[str, str]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    truncated: bool = False
    job_id: str | None = None
    kinds: list[str] = field(default_factory=list)

    @property
    def changelog(self) -> bool:
        """Whether there is anything but insertions."""
        return any(kind != "INSERT" for kind in self.kinds)


class SqlGatewayApi(FlinkApi):
    """The endpoints of the SQL Gateway as flows, beside those of the cluster."""

    def gateway_info(self) -> Flow[Json]:
        """``productName`` and ``version``."""
        return self.client.call_gateway(endpoints.GATEWAY_INFO())

    def open_session(self, name: str | None = None, properties: Mapping[str, str] | None = None) -> Flow[str]:
        """Open a session; returns its handle. The gateway ends it when it was idle for ten minutes.

        :param properties: Flink's options for its statements.
        """
        body = {"sessionName": name, "properties": dict(properties or {})}
        answer = yield from self.client.call_gateway(endpoints.SESSION_OPEN(body=body))
        return str(answer.get("sessionHandle") or "")

    def session(self, session: str) -> Flow[dict[str, str]]:
        """The options of a session."""
        answer = yield from self._in_session(endpoints.SESSION(session=session))
        properties = answer.get("properties")
        return dict(properties) if isinstance(properties, Mapping) else {}

    def heartbeat(self, session: str) -> Flow[None]:
        """Keep a session alive."""
        yield from self._in_session(endpoints.HEARTBEAT(session=session))

    def close_session(self, session: str, attempts: int | None = None) -> Flow[None]:
        """End a session; the jobs of its INSERTs go on, those of its queries end.

        :param attempts: how often it is asked for at most; as often as anything else by default.
        """
        yield from self._in_session(endpoints.SESSION_CLOSE(session=session), attempts)

    def run_statement(self, session: str, statement: str, configuration: Mapping[str, str] | None = None) -> Flow[str]:
        """Begin a statement; returns its operation handle. Never repeated when it may have arrived.

        :param configuration: Flink's options for it alone.
        """
        body: Json = {"statement": statement}
        if configuration:
            body["executionConfig"] = dict(configuration)
        answer = yield from self._in_session(endpoints.STATEMENT(session=session, body=body))
        return str(answer.get("operationHandle") or "")

    def operation_status(self, session: str, operation: str) -> Flow[str]:
        """``PENDING``, ``RUNNING``, ``FINISHED``, ``ERROR``, ``CANCELED``, ..."""
        answer = yield from self._in_session(endpoints.OPERATION(session=session, operation=operation))
        return str(answer.get("status"))

    def cancel_operation(self, session: str, operation: str) -> Flow[None]:
        """Call a statement off; the job of an INSERT that has begun goes on."""
        yield from self._in_session(endpoints.OPERATION_CANCEL(session=session, operation=operation))

    def result_page(self, session: str, operation: str, token: int = 0) -> Flow[Json]:
        """A page of a statement's result: ``resultType`` (``NOT_READY``, ``PAYLOAD``, ``EOS``), ``results``, ...

        :param token: the page, from 0; a page can only be asked for again while it is the last.
        :raises RefusedError: the statement failed; the reason is in the text.
        """
        call = endpoints.RESULT(session=session, operation=operation, token=token, query={"rowFormat": "JSON"})
        return self._in_session(call)

    def _in_session(self, call: Call, attempts: int | None = None) -> Flow[Any]:
        try:
            return (yield from self.client.call_gateway(call, attempts=attempts))
        except NotFoundError as error:
            if is_lost(error):
                error.message = f"{error.message} {SESSION_LOST}"
                error.args = (error.message,)
            raise

    def wait_for_statement(
        self, session: str, operation: str, deadline: float | None = None, watch: Watch | None = None
    ) -> Flow[None]:
        """Wait until a statement has been carried out (a query: until its result can be read).

        :param deadline: epoch seconds.
        :param watch: see :data:`Watch`.
        :raises RefusedError: it failed, or was called off.
        """
        for look in range(1_000_000_000):
            status = yield from self.operation_status(session, operation)
            if status in _ENDS:
                break
            now: float = yield Pause(LOOK_SECONDS[min(look, len(LOOK_SECONDS) - 1)])
            if deadline is not None and now >= deadline:
                # It may have ended just now, which the gateway refuses to undo.
                with suppress(RemoteError):
                    yield from self.cancel_operation(session, operation)
                raise ResultError("The SQL statement had not ended when its time was up; it was called off.")
            if watch is not None:
                yield from watch(now)
        if status == "FINISHED":
            return
        if status == "ERROR":
            yield from self.result_page(session, operation)  # raises, with the reason
        context = ErrorContext(system=self.name, connection=self.connection)
        raise RefusedError(f"The SQL statement ended as {status}.", context)

    def fetch(
        self, session: str, operation: str, most: int, deadline: float | None = None, watch: Watch | None = None
    ) -> Flow[SqlResult]:
        """The rows of a statement.

        :param most: how many rows to take.
        :param deadline: epoch seconds.
        :param watch: see :data:`Watch`.
        :raises RefusedError: the statement failed.
        :raises ResultError: the deadline has passed.
        """
        columns: list[dict[str, str]] = []
        rows: list[list[Any]] = []
        kinds: list[str] = []
        token, look, job_id = 0, 0, None
        while True:
            page = yield from self.result_page(session, operation, token)
            results = page.get("results") or {}
            job_id = str(page["jobID"]) if page.get("jobID") else job_id
            columns = columns or [_column(column) for column in results.get("columns") or []]
            data = results.get("data") or []
            rows += [list(row.get("fields") or []) for row in data]
            kinds += [str(row.get("kind")) for row in data]
            if page.get("resultType") == "EOS" or len(rows) > most:
                return SqlResult(columns, rows[:most], len(rows) > most, job_id, kinds[:most])
            token = _next_token(page, token)
            if data:
                look = 0
                continue
            now: float = yield Pause(LOOK_SECONDS[min(look, len(LOOK_SECONDS) - 1)])
            look += 1
            if deadline is not None and now >= deadline:
                raise ResultError(f"The query had not ended when its time was up, with {len(rows)} row(s) so far.")
            if watch is not None:
                yield from watch(now)

    def run_all(self, session: str, statements: Sequence[str], deadline: float | None = None) -> Flow[None]:
        """Carry statements out one after the other.

        :raises RefusedError: one failed; the text says which.
        """
        for number, statement in enumerate(statements, 1):
            try:
                operation = yield from self.run_statement(session, statement)
                yield from self.wait_for_statement(session, operation, deadline)
            except RemoteError as error:
                error.message = f"Statement {number} ({first_words(statement)}): {error.message}"
                error.args = (error.message,)
                raise


def is_lost(error: NotFoundError) -> bool:
    """Whether the gateway knows the session, or the statement in it, no longer; what the statement did is not told."""
    return _LOST.search(error.message) is not None


def first_words(statement: str) -> str:
    """The beginning of a statement, for a message; what may hold a password comes later."""
    return " ".join(statement.split()[:4])


def _column(column: Mapping[str, Any]) -> dict[str, str]:
    kind = column.get("logicalType")
    return {
        "name": str(column.get("name")),
        "type": str(kind.get("type") if isinstance(kind, Mapping) else kind or ""),
    }


def _next_token(page: Mapping[str, Any], token: int) -> int:
    """The page that ``nextResultUri`` names, ``.../result/{token}?rowFormat=JSON``."""
    text = str(page.get("nextResultUri") or "").partition("?")[0].rpartition("/")[2]
    return int(text) if text.isdigit() else token
