"""What a task runs through the SQL Gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from taskcenter.core.errors import NotFoundError, RefusedError, RemoteError, UnavailableError
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobRef
from taskcenter.flink.api import FlinkApi
from taskcenter.flink.outages import QueryWatch
from taskcenter.flink.request import job_ref, settle_refusal
from taskcenter.flink.sql_api import FIXED_JOB_ID, SqlGatewayApi, SqlResult, is_lost
from taskcenter.flink.system import FlinkSystem


@dataclass(frozen=True)
class SqlRequest:
    """Statements, the last of which runs a job.

    :param statements: run one after the other in a session of their own.
    :param configuration: Flink's options for them.
    :param running_for: count the job as succeeded when it has been running for so many seconds.
    """

    statements: tuple[str, ...]
    configuration: Mapping[str, str] = field(default_factory=dict)
    running_for: float | None = None
    seed: str = ""

    def ref(self, given_id: str) -> JobRef:
        """The job."""
        return job_ref(given_id, self.running_for)

    def start(self, api: FlinkApi, given_id: str) -> Flow[JobRef]:
        """Run the statements; the last one's job gets the given id, which Flink takes only once.

        :raises RefusedError: a statement failed.
        """
        assert isinstance(api, SqlGatewayApi)  # noqa: S101 # the system is one
        session = yield from _prepare(api, self)
        try:
            operation = yield from api.run_statement(session, self.statements[-1], {FIXED_JOB_ID: given_id})
            yield from _carry_out(api, session, operation)
        except RemoteError as error:
            yield from _close(api, session)
            if not isinstance(error, RefusedError):
                raise
            yield from settle_refusal(api, given_id, error)
        else:
            yield from _close(api, session)
        return self.ref(given_id)

    def query(
        self,
        api: FlinkSystem,
        job_id: str,
        most: int,
        deadline: float,
        opened: Callable[[str], None],
        watch: QueryWatch,
    ) -> Flow[SqlResult]:
        """Run the statements and take rows of the last one; a query's job ends with it.

        :param most: how many rows.
        :param deadline: epoch seconds.
        :param opened: told the session, for whoever may have to end it from outside.
        :param watch: sees to it that a cluster that is out of reach is not waited for without end.
        :raises RefusedError: a statement failed.
        :raises ResultError: the deadline has passed.
        :raises JobUnknownError: the cluster has given no answer for too long.
        """
        session = yield from _prepare(api, self, deadline)
        opened(session)
        try:
            operation = yield from api.run_statement(session, self.statements[-1], {FIXED_JOB_ID: job_id})
            yield from api.wait_for_statement(session, operation, deadline, watch.look)
            result = yield from api.fetch(session, operation, most, deadline, watch.look)
        except RemoteError as error:
            now: float = yield Pause(0)
            watch.explain(error, now)
            settled = yield from end_query(api, session, job_id)
            if settled is None:
                raise
            error.message = f"{error.message.rstrip('. ')}. {settled}"
            error.args = (error.message,)
            raise
        yield from _close(api, session)
        return result


def end_query(api: FlinkSystem, session: str, job_id: str) -> Flow[str | None]:
    """End a query: its session and, where the gateway is not there to do it, its job.

    :return: what has to be said of the job; None where none is left.
    """
    # Once, since a gateway that has just not answered has been asked often enough.
    closed = yield from _close(api, session, attempts=1)
    try:
        status = yield from api.cancel(job_ref(job_id))
    except NotFoundError:
        if closed:
            return None  # none had begun
        return f"The SQL Gateway could not be told to end it: should its job {job_id} appear, stop it by hand."
    except RemoteError as failure:
        return f"Whether its job {job_id} runs is not known; stop it by hand if it does: {failure.message}"
    return None if status.is_terminal else f"Its job {job_id} was told to stop, and is still {status.raw}."


def _carry_out(api: SqlGatewayApi, session: str, operation: str) -> Flow[None]:
    """Wait until the statement that runs the job has been carried out.

    :raises RefusedError: it failed.
    :raises UnavailableError: the gateway, or the session, is gone; the job may run.
    """
    try:
        yield from api.wait_for_statement(session, operation)
    except RemoteError as error:
        if isinstance(error, NotFoundError) and is_lost(error):
            raise UnavailableError(error.message, error.context, sent=True) from error
        error.sent = True  # the statement was, whatever became of the question how it is getting on
        raise


def _prepare(api: SqlGatewayApi, request: SqlRequest, deadline: float | None = None) -> Flow[str]:
    """A session in which all statements but the last have been run."""
    session = ""
    try:
        session = yield from api.open_session(None, request.configuration)
        yield from api.run_all(session, request.statements[:-1], deadline)
    except RemoteError as error:
        error.sent = False  # the job's statement has not begun
        if session:
            yield from _close(api, session)
        raise
    return session


def _close(api: SqlGatewayApi, session: str, attempts: int | None = None) -> Flow[bool]:
    """Close a session; whether it is closed. Where it cannot be, the gateway ends it by itself, later."""
    try:
        yield from api.close_session(session, attempts)
    except NotFoundError:
        return True
    except RemoteError:
        return False
    return True
