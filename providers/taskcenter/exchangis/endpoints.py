"""Every Exchangis endpoint that we use, declared once (document of the interfaces, facts sections 2, 3 and 3.2).

Paths are below the connection's prefix, ``/api/rest_j/v1`` by default, and are the ones that the server has. Where
the document says something else, :func:`as_documented` knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from taskcenter.core.endpoint import Endpoint, Reply
from taskcenter.core.errors import ErrorContext, MalformedReplyError, NotFoundError, RefusedError
from taskcenter.core.gateway import Envelope

DEFAULT_PREFIX = "/api/rest_j/v1"

CONNECT_TIMEOUT_SECONDS = 180.0
"""A test of a data source's connection waits for that data source."""

_ROOT = "/dss/exchangis/main"
_SOURCES = f"{_ROOT}/datasources"
_JOB = f"{_ROOT}/job"
_TASK = f"{_ROOT}/task"
_PROJECTS = f"{_ROOT}/projects"

_NOT_FOUND, _NOT_ALLOWED = 404, 405


class ExchangisEnvelope(Envelope):
    """The envelope, and the answers beside it: Spring's own errors have an HTTP code in ``status`` and no ``data``."""

    def __call__(self, reply: Reply, context: ErrorContext) -> dict[str, Any]:
        """The ``data`` of an answer that says it went well.

        :raises NotFoundError: the thing, or the path itself, is unknown.
        :raises RefusedError: Exchangis, or Spring in front of its code, said no.
        :raises MalformedReplyError: an empty answer or another that is not Exchangis' own.
        """
        if not reply.body.strip():
            # The gateway answers so when it has not passed the request on (facts section 1.2).
            message = "The answer is empty: the gateway has not passed the request on to Exchangis, or a proxy ate it."
            raise MalformedReplyError(message, replace(context, http_status=reply.status))
        if reply.status in (_NOT_FOUND, _NOT_ALLOWED) or _is_springs(reply):
            self._refuse_path(reply, self.check_reachable(reply, context))
        return super().__call__(reply, context)

    def _refuse_path(self, reply: Reply, context: ErrorContext) -> None:
        if reply.status in (_NOT_FOUND, _NOT_ALLOWED):
            message = (
                "The server does not have this path. Check the prefix of the connection, and whether its paths "
                "setting should be real (the server's own) or documented; testing the connection finds out."
            )
            raise NotFoundError(message, context)
        message = "Exchangis could not read the request: a value has the wrong type, is missing, or is not known to it."
        raise RefusedError(message, context)


def _is_springs(reply: Reply) -> bool:
    if reply.status != 400:  # what Spring sends for a request that it cannot bind
        return False
    try:
        value = reply.json_object(ErrorContext())
    except MalformedReplyError:
        return False
    return "data" not in value and "method" not in value and "timestamp" in value


parse_data = ExchangisEnvelope(
    "Exchangis",
    not_found=(
        "Luanched job may be deleted",
        "Job related the id",
        "No Exists The DataSource",
        "不存在该数据源",
        "Project may be deleted",
        "Not found the project",
    ),
)


_LOG = ("fromLine", "pageSize", "ignoreKeywords", "onlyKeywords", "lastRows")


def _read(name: str, path: str, *, method: str = "GET", takes: tuple[str, ...] = (), **more: Any) -> Endpoint:
    # The gateway routes a GET by its ``labels``.
    labels = ("labels",) if method == "GET" else ()
    return Endpoint(name, method, path, parse_data, takes=(*takes, *labels), **more)


def _change(name: str, method: str, path: str, **more: Any) -> Endpoint:
    """A change that does no harm when it is made twice, as most here do not."""
    return Endpoint(name, method, path, parse_data, changes=True, **more)


# The documented ones on data sources, in the document's order

TYPES = _read("data source types", f"{_SOURCES}/type", takes=("engineType", "direct", "sourceType"))
QUERY = _read("query data sources", f"{_SOURCES}/query", method="POST", other_methods=("GET",))
SOURCES = _read("data sources", _SOURCES, takes=("typeId", "typeName", "page", "size"))
KEY_DEFINES = _read("key definitions", f"{_SOURCES}/types/{{type_id}}/keydefines")
VERSIONS = _read("data source versions", f"{_SOURCES}/{{source_id}}/versions")
CREATE_SOURCE = _change("create data source", "POST", _SOURCES, idempotent=False)
SOURCE = _read("data source", f"{_SOURCES}/{{source_id}}", takes=("versionId",))
CONNECT_PARAMS = _read("connection parameters", f"{_SOURCES}/{{source_id}}/connect_params")
UPDATE_SOURCE = _change("update data source", "PUT", f"{_SOURCES}/{{source_id}}", idempotent=False)
PUBLISH = _change("publish data source", "PUT", f"{_SOURCES}/{{source_id}}/{{version}}/publish")
EXPIRE = _change("expire data source", "PUT", f"{_SOURCES}/{{source_id}}/expire")
CONNECT = Endpoint(
    "connect data source",
    "PUT",
    f"{_SOURCES}/{{source_id}}/{{version}}/connect",
    parse_data,
    timeout_seconds=CONNECT_TIMEOUT_SECONDS,
)
CONNECT_BY_PARAMS = Endpoint(
    "connect by parameters",
    "POST",
    f"{_SOURCES}/op/connect",
    parse_data,
    timeout_seconds=CONNECT_TIMEOUT_SECONDS,
    guarded=True,  # has the server try out any address
)
DELETE_SOURCE = _change("delete data source", "DELETE", f"{_SOURCES}/{{source_id}}")
DATABASES = _read("databases", f"{_SOURCES}/{{type_name}}/{{source_id}}/dbs")
TABLES = _read("tables", f"{_SOURCES}/{{type_name}}/{{source_id}}/dbs/{{database}}/tables")
FIELDS = _read("fields", f"{_SOURCES}/{{type_name}}/{{source_id}}/dbs/{{database}}/tables/{{table}}/fields")
FIELDS_MAPPING = _read("field mapping", f"{_SOURCES}/fieldsmapping", method="POST")
PARAMS_UI = _read("parameters of an engine", f"{_SOURCES}/{{engine}}/{{type_name}}/params/ui", takes=("dir",))

# The documented ones on executions

EXECUTE = _change("execute job", "POST", f"{_JOB}/{{job_id}}/execute", idempotent=False, runs=True)
STATUS = _read("execution status", f"{_JOB}/execution/{{execution_id}}/status")
TASK_LIST = _read("task list", f"{_JOB}/execution/{{execution_id}}/taskList")
PROGRESS = _read("execution progress", f"{_JOB}/execution/{{execution_id}}/progress")
METRICS = _read("task metrics", f"{_TASK}/execution/{{task_id}}/metrics", method="POST")
JOB_LOG = _read("execution log", f"{_JOB}/execution/{{execution_id}}/log", takes=_LOG)
TASK_LOG = _read("task log", f"{_TASK}/execution/{{task_id}}/log", takes=("jobExecutionId", *_LOG))

DOCUMENTED = (
    TYPES,
    QUERY,
    SOURCES,
    KEY_DEFINES,
    VERSIONS,
    CREATE_SOURCE,
    SOURCE,
    CONNECT_PARAMS,
    UPDATE_SOURCE,
    PUBLISH,
    EXPIRE,
    CONNECT,
    CONNECT_BY_PARAMS,
    DELETE_SOURCE,
    DATABASES,
    TABLES,
    FIELDS,
    FIELDS_MAPPING,
    PARAMS_UI,
    EXECUTE,
    STATUS,
    TASK_LIST,
    PROGRESS,
    METRICS,
    JOB_LOG,
    TASK_LOG,
)
"""What the document lists, 19 on data sources and 7 on executions; the rest are the server's own."""

# The server's own (facts section 3.2)

KILL = _change("kill execution", "POST", f"{_JOB}/execution/{{execution_id}}/kill")
LIST_EXECUTIONS = _read("executions", f"{_JOB}/listJobs")
ALL_TASK_STATUS = _read("status of all tasks", f"{_JOB}/{{execution_id}}/allTaskStatus")
DELETE_EXECUTION = _change("delete execution", "POST", f"{_JOB}/{{execution_id}}/deleteJob")
TRANSFORM_SETTINGS = _read("transform settings", f"{_JOB}/transform/settings", method="POST")
LIST_JOBS = _read("jobs", _JOB)
CREATE_JOB = _change("create job", "POST", _JOB, idempotent=False)
JOB = _read("job", f"{_JOB}/{{job_id}}")
UPDATE_JOB = _change("update job", "PUT", f"{_JOB}/{{job_id}}")
UPDATE_JOB_CONTENT = _change("update job content", "PUT", f"{_JOB}/{{job_id}}/content")
UPDATE_JOB_CONFIG = _change("update job config", "PUT", f"{_JOB}/{{job_id}}/config")
DELETE_JOB = _change("delete job", "DELETE", f"{_JOB}/{{job_id}}")
LIST_PROJECTS = _read("projects", _PROJECTS, method="POST")
PROJECT = _read("project", f"{_PROJECTS}/{{project_id}}")
CREATE_PROJECT = _change("create project", "POST", f"{_ROOT}/createProject", idempotent=False)
UPDATE_PROJECT = _change("update project", "PUT", f"{_ROOT}/updateProject")
DELETE_PROJECT = _change("delete project", "DELETE", f"{_PROJECTS}/{{project_id}}")

REAL, DOCUMENT = "real", "documented"
PATHS: Mapping[str, str] = {REAL: "as the server has them", DOCUMENT: "as the document writes them"}
"""What the ``paths`` setting of a connection can be."""


_LIKE_DOCUMENTED = (KILL, LIST_EXECUTIONS, ALL_TASK_STATUS, DELETE_EXECUTION)
"""What stands beside the documented ones on executions; who has those at other paths has these there too."""


def as_documented(endpoint: Endpoint) -> Endpoint:
    """The endpoint where the document has it, for a proxy or stand-in that follows it (facts section 6).

    What the document does not know of stays where the server has it.
    """
    if endpoint not in DOCUMENTED and endpoint not in _LIKE_DOCUMENTED:
        return endpoint
    if endpoint.path.startswith(_SOURCES):
        # The document writes these without the gateway's prefix.
        method = "POST" if endpoint == PARAMS_UI else endpoint.method
        return replace(endpoint, method=method, prefixed=False)
    path = endpoint.path.replace(_JOB, "/exchangis/job", 1).replace(_TASK, "/exchangis/task", 1)
    return replace(endpoint, path=path.replace("/taskList", "/tasklist"))
