"""Hlink's 43 endpoints, declared once, in the document's order (document of the interfaces; facts on Hlink)."""

from __future__ import annotations

from typing import Any

from taskcenter.core.endpoint import Endpoint
from taskcenter.hlink import parameters
from taskcenter.hlink.replies import is_file, parse_data, parse_file, parse_text

SUBMIT_TIMEOUT_SECONDS = 300.0
"""Starting a jar runs its main method on the cluster before Hlink answers."""

SAVEPOINT_TIMEOUT_SECONDS = 1800.0
"""A savepoint is complete when Hlink answers."""

UPLOAD_TIMEOUT_SECONDS = 600.0


def _read(name: str, path: str, **more: Any) -> Endpoint:
    return Endpoint(name, "GET", path, parse_data, **more)


def _change(name: str, method: str, path: str, *, idempotent: bool = False, **more: Any) -> Endpoint:
    return Endpoint(name, method, path, parse_data, idempotent=idempotent, changes=True, **more)


ADD_JOB = _change("add job", "POST", "/jobs/addDO")
CANCEL_JOB = _change("cancel job", "POST", "/jobs/cancel/{job_id}", runs=True)
CANCEL_JOBS = _change("cancel jobs", "POST", "/jobs/cancelBatch", runs=True, takes=parameters.JOB_IDS)
LIST_JOBS = _read("jobs", "/jobs/list", takes=parameters.JOBS)
JOB_OVERVIEW = _read("job overview", "/jobs/overview/{job_id}")
REMOVE_JOB = _change("remove job", "DELETE", "/jobs/removeDO", takes=parameters.ID)
RESTART_JOB = _change(
    "restart job", "POST", "/jobs/restart/{job_id}", timeout_seconds=SUBMIT_TIMEOUT_SECONDS, runs=True
)
RESTART_JOBS = _change(
    "restart jobs",
    "POST",
    "/jobs/restartBatch",
    timeout_seconds=SUBMIT_TIMEOUT_SECONDS,
    runs=True,
    takes=parameters.JOB_IDS,
)
RUN_JOB = _change("run job", "POST", "/jobs/run/{job_id}", timeout_seconds=SUBMIT_TIMEOUT_SECONDS, runs=True)
RUN_JOBS = _change(
    "run jobs", "POST", "/jobs/runBatch", timeout_seconds=SUBMIT_TIMEOUT_SECONDS, runs=True, takes=parameters.JOB_IDS
)
SAVEPOINT = _read(
    "savepoint",
    "/jobs/savepoint/{job_id}",
    idempotent=False,
    changes=True,
    timeout_seconds=SAVEPOINT_TIMEOUT_SECONDS,
    runs=True,
)
UPDATE_JOB = _change("update job", "POST", "/jobs/updateDO", idempotent=True)
JOB = _read("job", "/jobs/{job_id}")
JOB_LOG = _read("job log", "/jobs/{job_id}/log")

SNOWFLAKE_ID = Endpoint("snowflake id", "GET", "/dict/getSnowflakeId", parse_text)
DICTIONARIES = _read("dictionaries", "/dict/list")
DICTIONARY = _read("dictionary", "/dict/list/{dict_type}")

CLUSTER_OVERVIEW = _read("cluster overview", "/dashboard/clusterInfo", takes=parameters.CLUSTER_ID)

ADD_DATA_SOURCE = _change("add data source", "POST", "/ds/addDO")
CHECK_TABLE_NAME = _read("check table name", "/ds/checkTableName", takes=parameters.TABLE_NAME)
DATA_SOURCE = _read("data source", "/ds/get", takes=parameters.DATA_SOURCE)
FIELD_TEMPLATES = _read("field templates", "/ds/getFieldTemplete", takes=parameters.FIELD_TEMPLATES)
DATA_TYPES = _read("data types", "/ds/getTypeList")
LIST_DATA_SOURCES = _read("data sources", "/ds/list", takes=parameters.DATA_SOURCES)
MODIFY_DATA_SOURCE = _change("modify data source", "PUT", "/ds/modifyDO", idempotent=True)
REMOVE_DATA_SOURCE = _change("remove data source", "DELETE", "/ds/removeDO", takes=parameters.ID)
ANALYSE_SCHEMA = Endpoint(
    "analyse schema",
    "POST",
    "/ds/schemaAnalysisDO",
    parse_data,
    timeout_seconds=UPLOAD_TIMEOUT_SECONDS,
    takes=parameters.SCHEMA,
    uploads="file",
)

DOWNLOAD = Endpoint(
    "download file",
    "GET",
    "/file/down",
    parse_file,
    timeout_seconds=UPLOAD_TIMEOUT_SECONDS,
    streams=is_file,
    takes=parameters.FILE,
    guarded=True,  # any file of Hlink's machine that Hlink may read
)

LIST_JARS = _read("jars", "/jars/list", takes=parameters.JARS)
PAGE_JARS = _read("page of jars", "/jars/listPage", takes=parameters.PAGE_OF_JARS)
REMOVE_JAR = _change("remove jar", "DELETE", "/jars/removeDO", takes=parameters.JAR_ID)
UPLOAD_JAR = _change(
    "upload jar",
    "POST",
    "/jars/upload",
    timeout_seconds=UPLOAD_TIMEOUT_SECONDS,
    takes=parameters.JAR,
    uploads="jarfile",
)

DELETE_UDF = _change("delete function", "DELETE", "/ds/udf/delete", takes=parameters.ID)
LIST_UDFS = _read("functions", "/ds/udf/list", takes=parameters.UDFS)
UPDATE_UDF = _change("update function", "PUT", "/ds/udf/update", idempotent=True, takes=parameters.UDF_CHANGE)
UPLOAD_UDF = _change(
    "upload function",
    "POST",
    "/ds/udf/upload",
    timeout_seconds=UPLOAD_TIMEOUT_SECONDS,
    takes=parameters.UDF,
    uploads="jarfile",
)

DOCUMENT = _read("document", "/doc/get/{key}")

ADD_CLUSTER = _change("add cluster", "POST", "/cluster/add", takes=parameters.NEW_CLUSTER)
CLUSTER_CHOICES = _read("choice of clusters", "/cluster/check/list", takes=parameters.CLUSTER_CHOICES)
DELETE_CLUSTER = _change("delete cluster", "DELETE", "/cluster/delete", takes=parameters.ID)
CLUSTER = _read("cluster", "/cluster/info", takes=parameters.CLUSTER_ID)
LIST_CLUSTERS = _read("clusters", "/cluster/list", takes=parameters.CLUSTERS)
UPDATE_CLUSTER = _change("update cluster", "PUT", "/cluster/update", idempotent=True, takes=parameters.CLUSTER_CHANGE)

DOCUMENTED = (
    ADD_JOB,
    CANCEL_JOB,
    CANCEL_JOBS,
    LIST_JOBS,
    JOB_OVERVIEW,
    REMOVE_JOB,
    RESTART_JOB,
    RESTART_JOBS,
    RUN_JOB,
    RUN_JOBS,
    SAVEPOINT,
    UPDATE_JOB,
    JOB,
    JOB_LOG,
    SNOWFLAKE_ID,
    DICTIONARIES,
    DICTIONARY,
    CLUSTER_OVERVIEW,
    ADD_DATA_SOURCE,
    CHECK_TABLE_NAME,
    DATA_SOURCE,
    FIELD_TEMPLATES,
    DATA_TYPES,
    LIST_DATA_SOURCES,
    MODIFY_DATA_SOURCE,
    REMOVE_DATA_SOURCE,
    ANALYSE_SCHEMA,
    DOWNLOAD,
    LIST_JARS,
    PAGE_JARS,
    REMOVE_JAR,
    UPLOAD_JAR,
    DELETE_UDF,
    LIST_UDFS,
    UPDATE_UDF,
    UPLOAD_UDF,
    DOCUMENT,
    ADD_CLUSTER,
    CLUSTER_CHOICES,
    DELETE_CLUSTER,
    CLUSTER,
    LIST_CLUSTERS,
    UPDATE_CLUSTER,
)
"""All of them."""
