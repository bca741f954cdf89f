"""The operator that runs code on Linkis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.job import JobRef
from taskcenter.core.status import JobStatus
from taskcenter.jobs.lineage import Lineage, tell
from taskcenter.jobs.links import JobPageLink
from taskcenter.jobs.operator import RemoteJobOperator
from taskcenter.linkis.files import write_results
from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.lineage import dialect_of, read_sql
from taskcenter.linkis.links import DEFAULT_JOB_URL, LinkisJobLink
from taskcenter.linkis.request import DEFAULT_CREATOR, LinkisRequest
from taskcenter.linkis.results import LinkisResults, ResultSet, Row
from taskcenter.linkis.triggers import LinkisTrigger


class LinkisOperator(RemoteJobOperator):
    """Run code on Apache Linkis: SQL, Python, Scala, shell and what else its engines know.

    The job is submitted exactly once: a retry adopts the job of a try that was killed, or returns the result of one
    that has succeeded. Its log and progress appear in the task log while it runs; killing the task kills the job.

    The task returns ``{"task_id": int, "exec_id": str | None, "status": "Succeed", "result_sets": [...]}``; what the
    latter holds is up to ``results``.

    .. seealso:: :doc:`/linkis/operator`

    :param code: the code, or the name of a file ending in ``.sql``, ``.hql``, ``.py``, ``.sh``, ``.scala``. (templated)
    :param script_path: instead of ``code``: a script on Linkis' own file system. (templated)
    :param run_type: the language: ``sql``, ``hql``, ``python``, ``scala``, ``shell``, ``jdbc``, ... (templated)
    :param engine_type: engine and version, such as ``spark-3.2.1``. (templated)
    :param variables: what Linkis puts in place of ``${name}`` in the code. (templated)
    :param configuration: engine settings by section, ``{"startup": {...}, "runtime": {...}}``. (templated)
    :param labels: further labels of the job, such as ``{"jobRunningTimeout": "3600"}``. (templated)
    :param creator: the application that Linkis books the job under; the connection's, else ``airflow``. (templated)
    :param results: what to do with the result sets; nothing by default. (its path is templated)
    :param linkis_conn_id: the Airflow connection. (templated)
    """

    hook_class = LinkisHook
    trigger_class = LinkisTrigger
    template_fields: Sequence[str] = (
        "code",
        "script_path",
        "run_type",
        "engine_type",
        "variables",
        "configuration",
        "labels",
        "creator",
        "results",
        "linkis_conn_id",
    )
    template_ext: Sequence[str] = (".sql", ".hql", ".py", ".sh", ".scala")
    template_fields_renderers = {"code": "sql", "variables": "json", "configuration": "json", "labels": "json"}  # noqa: RUF012 # Airflow's way
    operator_extra_links = (LinkisJobLink(), JobPageLink())
    ui_color = "#d4e7f7"

    def __init__(
        self,
        *,
        code: str | None = None,
        script_path: str | None = None,
        run_type: str = "sql",
        engine_type: str = "spark-3.2.1",
        variables: Mapping[str, Any] | None = None,
        configuration: Mapping[str, Mapping[str, Any]] | None = None,
        labels: Mapping[str, Any] | None = None,
        creator: str | None = None,
        results: LinkisResults | None = None,
        linkis_conn_id: str = LinkisHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.code = code
        self.script_path = script_path
        self.run_type = run_type
        self.engine_type = engine_type
        self.variables = variables
        self.configuration = configuration
        self.labels = labels
        self.creator = creator
        self.results = results
        self.linkis_conn_id = linkis_conn_id

    def resolve_template_files(self) -> None:
        """Read the file that ``code`` names; a path in any other argument is Linkis' own, not a template of ours."""
        fields = self.template_fields
        self.template_fields = ("code",) if _is_file_name(self.code) else ()
        try:
            super().resolve_template_files()
        finally:
            self.template_fields = fields

    def render_template(self, content: Any, *args: Any, **kwargs: Any) -> Any:
        """Render a value; only ``code`` may be the name of a file."""
        if not isinstance(content, str) or (content is self.code and _is_file_name(content)):
            return super().render_template(content, *args, **kwargs)
        extensions, self.template_ext = self.template_ext, ()
        try:
            return super().render_template(content, *args, **kwargs)
        finally:
            self.template_ext = extensions

    @property
    def linkis_hook(self) -> LinkisHook:
        """The hook with its own type."""
        return cast("LinkisHook", self.hook)

    def conn_id_value(self) -> str:
        """The Airflow connection."""
        return self.linkis_conn_id

    def build_request(self) -> LinkisRequest:
        """The code and how to run it.

        :raises ConfigurationError: an argument is missing or wrong.
        """
        if self.results is not None:
            self.results.check()
        if bool(self.code) == bool(self.script_path):
            raise ConfigurationError("Give either code or script_path, and only one of them.")
        code = self.code or self.linkis_hook.read_script(str(self.script_path))
        request = LinkisRequest(
            code=code,
            run_type=self.run_type,
            engine_type=self.engine_type,
            variables=self.variables or {},
            configuration=self.configuration or {},
            labels=self.labels or {},
            creator=self.creator or self.hook.settings.extra.get("creator") or DEFAULT_CREATOR,
            script_path=self.script_path,
        )
        request.check(self.hook.settings.login)
        return request

    def job_url(self, ref: JobRef) -> str | None:
        """The job in Linkis' console."""
        template = self.hook.settings.extra.get("job_url") or DEFAULT_JOB_URL
        return template.replace("{base_url}", self.hook.settings.base_url).replace("{task_id}", ref.id)

    def make_result(self, ref: JobRef, status: JobStatus) -> dict[str, Any]:
        """Ids, status, and the result sets as asked for."""
        return {
            "task_id": int(ref.id),
            "exec_id": status.details.get("exec_id") or ref.handle.get("exec_id"),
            "status": status.raw,
            "result_sets": self._take_results(ref),
        }

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002 # the provider's signature
        """The tables that the SQL read and wrote, for the OpenLineage provider; None where there is no SQL."""
        dialect = dialect_of(self.run_type)
        return None if dialect is None else tell(self.task_id, lambda: self._lineage(dialect))

    def _lineage(self, dialect: str) -> Lineage:
        settings = self.hook.settings
        namespace = settings.extra.get("lineage_namespace") or f"linkis://{settings.base_url.partition('://')[2]}"
        code = self.code or self.linkis_hook.read_script(str(self.script_path))
        return read_sql(code, dialect, namespace, self.variables)

    def _take_results(self, ref: JobRef) -> list[dict[str, Any]]:
        options = self.results
        if options is None:
            return []
        results = self.linkis_hook.result_sets(ref.id)
        written = write_results(results, options, options.path) if options.path else []
        taken = []
        for index, result in enumerate(results):
            path, count = written[index] if written else (None, None)
            taken.append(_summary(result, options.rows, path, count))
        self.log.info("Job %s has %d result set(s)", ref.id, len(taken))
        return taken


def _is_file_name(code: str | None) -> bool:
    return code is not None and not any(letter.isspace() for letter in code)


def _summary(result: ResultSet, rows: int, path: str | None, count: int | None) -> dict[str, Any]:
    head: list[Row] = []
    truncated = True
    if rows or count is None:
        head, truncated = result.head(rows)
    if count is not None:
        truncated = count > rows
    return {
        "columns": [{"name": column.name, "type": column.type, "comment": column.comment} for column in result.columns],
        "rows": [[str(value) if isinstance(value, Decimal) else value for value in row] for row in head],
        "row_count": count if count is not None else (None if truncated else len(head)),
        "truncated": truncated,
        "path": path,
    }
