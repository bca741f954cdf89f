"""The query parameters of Hlink's endpoints, as the document lists them."""

from __future__ import annotations

_PAGE = ("curPage", "pageSize")
_CHANGED = ("createBy", "createTime", "modifyBy", "modifyTime")
_SHAPE = ("dsVersion", "schemaType", "structureType", "tableName")

ID = ("id",)
JOB_IDS = ("jobIds",)

JOBS = (
    *ID,
    *_PAGE,
    *_CHANGED,
    "allowNrs",
    "checkpointCleanupMode",
    "checkpointInterval",
    "checkpointMaxCuncurrency",
    "checkpointMode",
    "checkpointStatebackendPath",
    "checkpointStatebackendType",
    "checkpointTimeout",
    "clusterId",
    "clusterName",
    "clusterType",
    "clusterTypeName",
    "computingUnit",
    "delFlag",
    "delayInterval",
    "enableMinibatchOptimization",
    "entryClass",
    "failureInterval",
    "failureRate",
    "flinkJobId",
    "jobCode",
    "jobDesc",
    "jobDsVOS[0].dsId",
    "jobDsVOS[0].dsType",
    "jobDsVOS[0].id",
    "jobDsVOS[0].jobId",
    "jobDsVOS[0].runSql",
    "jobName",
    "jobStatus",
    "jobStatusName",
    "jobType",
    "jobTypeName",
    "minPauseBetweenCheckpoints",
    "parallelism",
    "parms",
    "program",
    "restartAttempts",
    "restartStrategy",
    "savepointPath",
    "stateSavepointsDir",
    "tableExecMinibatchAllowlatency",
    "tableExecMinibatchSize",
    "tableOptimizerAggPhaseStrategy",
    "tableOptimizerDistinctAggSplitEnabled",
    "timeType",
    "useJar",
    "version",
)

TABLE_NAME = ("dsId", "tableName")
"""``tableName`` is a body in the document; the server reads a GET's query."""
DATA_SOURCES = (*_PAGE, *_SHAPE, "dsName", "dsType", "parms", "tableType")
FIELD_TEMPLATES = (*DATA_SOURCES, *ID)
DATA_SOURCE = (*FIELD_TEMPLATES, "schemaFile")
SCHEMA = ("schemaType", "structureType")

FILE = ("fileName", "filePath")

PAGE_OF_JARS = (*_PAGE, *_CHANGED, "clusterId", "entryClass", "resName", "resType", "resUname")
JARS = (*PAGE_OF_JARS, *ID, "parms", "resSize")
JAR_ID = ("jarid",)
JAR = ("clusterId", "entryClass", "resSizeStr", "resType", "status")

UDFS = (*_PAGE, *_CHANGED, "udfClass", "udfDesc", "udfName")
UDF = ("udfClass", "udfDesc", "udfName", "udfType")
UDF_CHANGE = (*ID, "udfDesc")

CLUSTER_ID = ("clusterId",)
CLUSTERS = (*_PAGE, *_CHANGED, "address", "name", "remark", "type")
CLUSTER_CHOICES = (
    *CLUSTERS,
    *ID,
    "delFlag",
    "jobCancelCount",
    "jobCompleteCount",
    "jobFailureCount",
    "parms",
    "slotAvailableCount",
    "slotRunningCount",
    "slotTotal",
    "taskManagerCount",
)
NEW_CLUSTER = ("address", "name", "remark", "type")
CLUSTER_CHANGE = (*ID, "address", "name", "remark")
