"""The operator that runs SQL on Flink, through its SQL Gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskcenter.core.errors import ConfigurationError, RemoteError
from taskcenter.core.lifecycle import stop_tagged
from taskcenter.flink.identity import id_for
from taskcenter.flink.operator import FlinkJobOperator
from taskcenter.flink.operators import as_options
from taskcenter.flink.outages import QueryWatch, with_patience
from taskcenter.flink.request import job_ref
from taskcenter.flink.sql_api import SqlResult
from taskcenter.flink.sql_request import SqlRequest, end_query
from taskcenter.flink.sql_script import check_order, makes_job, split_statements
from taskcenter.jobs.identity import first_try, job_tag, submitted_since
from taskcenter.jobs.reporting import CountingReporter

if TYPE_CHECKING:
    from airflow.sdk import Context

    from taskcenter.core.job import JobTag

DEFAULT_ROWS = 100


class FlinkSqlOperator(FlinkJobOperator):
    """Run SQL on Flink, through the SQL Gateway that the connection names.

    The statements run one after the other in a session of their own. When the last one writes (``INSERT``,
    ``EXECUTE STATEMENT SET``, ``CREATE TABLE ... AS SELECT``), its job is submitted exactly once and followed as
    :class:`~taskcenter.flink.operators.FlinkJarOperator` follows one, and the task returns the same. Otherwise the task
    keeps its worker, takes the first rows of the last statement, and returns ``{"columns", "rows", "row_count",
    "truncated", "job_id"}``, with ``kinds`` where the rows are changes of a streaming query.

    .. seealso:: :doc:`/flink`

    :param sql: a script, the name of a file ending in ``.sql``, or a list of statements. (templated)
    :param configuration: Flink's options for the session, such as ``{"execution.runtime-mode": "batch"}``. (templated)
    :param rows: how many rows of a query to return; a query that has more is ended then.
    :param wait_until: for a job: ``finished``, or ``running`` to leave it running. (templated)
    :param stable_seconds: for how long it must have run then.
    """

    template_fields: Sequence[str] = ("sql", "configuration", "wait_until", "flink_conn_id")
    template_ext: Sequence[str] = (".sql",)
    template_fields_renderers = {"sql": "sql", "configuration": "json"}  # noqa: RUF012 # Airflow's way

    def __init__(
        self,
        *,
        sql: str | Sequence[str],
        configuration: Mapping[str, Any] | None = None,
        rows: int = DEFAULT_ROWS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sql = sql
        self.configuration = configuration
        self.rows = rows
        self._session: str | None = None
        self._query_id: str | None = None

    def build_request(self) -> SqlRequest:
        """The statements.

        :raises ConfigurationError: an argument is wrong, or more than one statement runs a job.
        """
        seconds = self.running_for()
        statements = split_statements(self.sql)
        check_order(statements)
        if self.rows < 0:
            raise ConfigurationError(f"rows is {self.rows}; it must be 0 or more.")
        return SqlRequest(tuple(statements), as_options(self.configuration), seconds, self.seed)

    def execute(self, context: Context) -> Any:
        """Run the statements, and follow the job or take the rows of the last one."""
        self._context = context
        self._check()
        request = self.build_request()
        if makes_job(request.statements[-1]):
            return super().execute(context)
        return self._query(context, request)

    def on_kill(self) -> None:
        """Stop the job; a query's is stopped whoever comes next, since its rows went only to this try."""
        if self._query_id is None:
            super().on_kill()
            return
        session, job_id = self._session, self._query_id
        if session is None:
            self.log.info("The task was killed before its query had begun")
            return
        try:
            with self._hurried_hook() as hook:
                unsettled = hook.run(lambda api: end_query(api, session, job_id))
        except Exception:
            self.log.warning("The query could not be ended; see whether job %s runs", job_id, exc_info=True)
            return
        if unsettled is None:
            self.log.info("The task was killed, and its query has ended")
        else:
            self.log.warning("The task was killed. %s", unsettled)

    def _query(self, context: Context, request: SqlRequest) -> dict[str, Any]:
        tag = job_tag(context)
        if tag.attempt > first_try(context):
            self._end_earlier(context, request, tag)
        job_id = self._query_id = id_for(tag, tag.attempt, request.seed)
        deadline = self._deadline(context)
        ref = with_patience(job_ref(job_id), self.cluster_patience_seconds)
        report, interval = CountingReporter(self.log, ref), self.interval_seconds
        result: SqlResult = self.flink_hook.run(
            lambda api: request.query(
                api, job_id, self.rows, deadline, self._opened, QueryWatch(api, ref, report, interval)
            )
        )
        self._query_id = None
        self.log.info("%d row(s)%s", len(result.rows), ", and there are more" if result.truncated else "")
        value = {
            "columns": result.columns,
            "rows": result.rows,
            "row_count": None if result.truncated else len(result.rows),
            "truncated": result.truncated,
            "job_id": result.job_id,
        }
        return {**value, "kinds": result.kinds} if result.changelog else value

    def _end_earlier(self, context: Context, request: SqlRequest, tag: JobTag) -> None:
        """End the query of a try that could not end it, which gives its rows to nobody."""
        since = submitted_since(context)
        try:
            stopped = self.flink_hook.run(lambda api: stop_tagged(api, request, tag, since=since))
        except RemoteError as error:
            self.log.warning("Whether a query of an earlier try still runs could not be found out: %s", error)
            return
        if stopped:
            self.log.info("The query of an earlier try still ran; it is %s", stopped[0].raw)

    def _opened(self, session: str) -> None:
        self._session = session
