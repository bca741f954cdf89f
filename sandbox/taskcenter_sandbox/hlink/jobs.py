"""Jobs as they are stored: added, changed, listed, deleted."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.hlink import status
from taskcenter_sandbox.hlink.answers import NOT_FOUND, Json, Refused, system_error, wrong_parameter
from taskcenter_sandbox.hlink.records import Records, now_text

SQL, JAR = 0, 1
TYPE_NAMES = {SQL: "SQL", JAR: "JAR"}

NO_SUCH_JOB = "作业不存在"
IS_RUNNING = "作业正在运行中"

NUMBERS = (
    "jobType", "clusterId", "timeType", "parallelism", "allowNrs", "restartStrategy", "restartAttempts",
    "delayInterval", "failureInterval", "failureRate", "checkpointInterval", "checkpointMode", "checkpointTimeout",
    "checkpointMaxCuncurrency", "checkpointCleanupMode", "checkpointStatebackendType", "minPauseBetweenCheckpoints",
    "enableMinibatchOptimization", "tableExecMinibatchAllowlatency", "tableExecMinibatchSize",
    "tableOptimizerAggPhaseStrategy", "tableOptimizerDistinctAggSplitEnabled", "computingUnit", "jobStatus", "delFlag",
)  # fmt: skip
TEXTS = (
    "jobName", "jobCode", "jobDesc", "useJar", "entryClass", "program", "savepointPath", "stateSavepointsDir",
    "checkpointStatebackendPath", "flinkJobId", "version",
)  # fmt: skip
PART_FIELDS = ("dsId", "dsType", "runSql")

_FILESYSTEM, _MEMORY = 1, 0
_ONLY_SHOWN = ("clusterName", "clusterType", "clusterTypeName", "jobStatusName", "jobTypeName", "parms")
"""Fields of the view that the table of jobs does not have."""


def _long(value: object) -> object:
    """A number that came as a text, as Jackson reads it into a ``Long``; anything else as it is."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class Jobs:
    """The jobs.

    :param logs: their logs, one record a job.
    :param statebackend_path: what every new job gets, whatever the client sends.
    """

    def __init__(
        self, records: Records, logs: Records, clusters: Records, faults: Faults, statebackend_path: str
    ) -> None:
        self.records = records
        self._logs = logs
        self._clusters = clusters
        self._faults = faults
        self._statebackend_path = statebackend_path

    def add(self, body: Json, user: str) -> Json:
        """Store a new job; returns it, without its data sources.

        :raises Refused: the type is missing, or an SQL job has no list of data sources.
        """
        job: Json = dict.fromkeys((*TEXTS, *NUMBERS)) | self._given(body)
        job_type = job["jobType"]
        if job_type not in TYPE_NAMES:
            raise wrong_parameter("作业类型不可为空")
        if job["jobStatus"] is None:
            job["jobStatus"] = status.UNCOMMITTED
        job.update(
            jobCode=f"{TYPE_NAMES[job_type]}{datetime.now():%Y%m%d%H%M%S}{random.randint(0, 999):03d}",  # noqa: DTZ005, S311 # the server's own zone; no secret
            checkpointStatebackendType=_FILESYSTEM if self._statebackend_path else _MEMORY,
            checkpointStatebackendPath=self._statebackend_path,
            delFlag=1,
            createBy=user,
            createTime=now_text(),
            modifyBy=None,
            modifyTime=now_text(),
        )
        job["jobDsVOS"] = self._parts(body) if job_type == SQL else None
        return self._shown(_without_parts(self._number_parts(self.records.add(job))))

    def update(self, body: Json, user: str) -> None:
        """Change the fields that are given; an SQL job's data sources are replaced whole.

        :raises Refused: there is no such job, or an SQL job has no list of data sources.
        """
        job_id = body.get("id")
        if not isinstance(job_id, int):
            raise wrong_parameter()
        job = self.records.get(job_id)
        if job is None:
            raise Refused(NO_SUCH_JOB)
        changes = self._given(body) | {"createBy": user, "createTime": now_text()}
        # The real server reads the type from the body alone.
        if changes.get("jobType") not in TYPE_NAMES:
            raise system_error()
        if changes["jobType"] == SQL:
            changes["jobDsVOS"] = self._parts(body)
        changed = self.records.change(job_id, **changes)
        if changed is not None:
            self._number_parts(changed)

    def remove(self, job_id: int) -> None:
        """Delete a job and its log.

        :raises Refused: there is none, or it runs.
        """
        job = self.records.get(job_id)
        if job is None:
            raise Refused(NO_SUCH_JOB)
        if job["jobStatus"] == status.RUNNING:
            raise Refused(IS_RUNNING)
        self.records.remove(job_id)
        for log in self._logs.find(jobId=job_id):
            self._logs.remove(log["id"])

    def view(self, job_id: int) -> Json:
        """A job with its data sources; without the names of status and type, as the real server.

        :raises Refused: there is none.
        """
        job = self.records.get(job_id)
        if job is None:
            raise Refused("未找到作业信息", NOT_FOUND)
        return self._shown(dict.fromkeys(_ONLY_SHOWN) | job)

    def page(self, query: Json) -> Json:
        """A page of jobs, with the names of status, type and cluster."""
        equal = {name: query[name] for name in ("jobStatus", "jobType", "clusterId") if query.get(name) is not None}
        like = {"jobName": query["jobName"]} if query.get("jobName") else {}
        page = self.records.page(query["curPage"], query["pageSize"], like=like, **equal)
        names = {each["id"]: each["name"] for each in self._clusters.find()}
        hide = self._faults.amount("no-status-name")
        page["records"] = [
            self._shown(
                dict.fromkeys(_ONLY_SHOWN)
                | _without_parts(job)
                | {
                    "jobStatusName": None if hide else status.LABELS.get(job["jobStatus"]),
                    "jobTypeName": TYPE_NAMES.get(job["jobType"]),
                    "clusterName": names.get(job["clusterId"]),
                    "clusterType": 0,
                }
            )
            for job in page["records"]
        ]
        return page

    def _given(self, body: Json) -> Json:
        """The fields of a body that are set, each of its own type.

        :raises Refused: one is not.
        """
        given: Json = {}
        for name in NUMBERS:
            if (value := body.get(name)) is not None:
                given[name] = _number(name, value)
        for name in TEXTS:
            if (value := body.get(name)) is not None:
                if not isinstance(value, (str, int, float)):
                    raise wrong_parameter(f"{name}: {value!r}")
                given[name] = str(value)
        return given

    @staticmethod
    def _parts(body: Json) -> list[Json]:
        parts = body.get("jobDsVOS")
        if not isinstance(parts, list) or not all(isinstance(each, dict) for each in parts):
            # A NullPointerException there.
            raise system_error()
        return [{name: each.get(name) for name in PART_FIELDS} | {"dsId": _long(each.get("dsId"))} for each in parts]

    def _number_parts(self, job: Json) -> Json:
        if job["jobDsVOS"] is not None:
            for number, each in enumerate(job["jobDsVOS"], 1):
                each.update(id=job["id"] * 1000 + number, jobId=job["id"])
            self.records.change(job["id"], jobDsVOS=job["jobDsVOS"])
        return job

    def _shown(self, job: Json) -> Json:
        if self._faults.amount("documented-status") and job.get("jobStatus") in status.LABELS:
            return {**job, "jobStatus": status.documented(job["jobStatus"])}
        return job


def _without_parts(job: Json) -> Json:
    return {name: value for name, value in job.items() if name != "jobDsVOS"}


def _number(name: str, value: Any) -> int:
    """A number, which Jackson also reads from a text.

    :raises Refused: it is none.
    """
    try:
        return int(value)
    except (TypeError, ValueError):
        raise wrong_parameter(f"{name}: {value!r}") from None
