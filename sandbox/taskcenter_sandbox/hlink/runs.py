"""Jobs that run: started, cancelled, restarted, given savepoints, on a real cluster."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.hlink import sql_jobs, status
from taskcenter_sandbox.hlink.answers import Json, Refused, system_error
from taskcenter_sandbox.hlink.clusters import NOT_THERE, Clusters
from taskcenter_sandbox.hlink.ddl import NoTemplate
from taskcenter_sandbox.hlink.flink_rest import FlinkError, FlinkRest
from taskcenter_sandbox.hlink.job_logs import JobLogs
from taskcenter_sandbox.hlink.jobs import IS_RUNNING, JAR, NO_SUCH_JOB
from taskcenter_sandbox.hlink.records import Records, now_text
from taskcenter_sandbox.hlink.table_api import SubmissionError, TableApi
from taskcenter_sandbox.hlink.uploads import Udfs

STARTING_TEXT = "作业启动中，请稍后！"

_START_ERROR = "作业启动异常"
_SUBMISSIONS_AT_ONCE = 2
_SAVEPOINTS_AT_ONCE = 16
_POLL_SECONDS = 0.1
_START_POLLS = 600


class Runs:
    """What can be done to a job that runs, or is to run.

    Two things go on behind an answer: the submission of an SQL job, and the savepoint of a job that is cancelled.
    """

    def __init__(
        self, jobs: Records, data_sources: Records, clusters: Clusters, udfs: Udfs, logs: JobLogs, faults: Faults
    ) -> None:
        self._jobs = jobs
        self._data_sources = data_sources
        self._clusters = clusters
        self._udfs = udfs
        self._logs = logs
        self._faults = faults
        self._table_api = TableApi()
        self._submissions = ThreadPoolExecutor(_SUBMISSIONS_AT_ONCE, thread_name_prefix="hlink-submission")
        self._savepoints = ThreadPoolExecutor(_SAVEPOINTS_AT_ONCE, thread_name_prefix="hlink-savepoint")
        self._closing = threading.Event()
        self.counts: Counter[str] = Counter()

    def run(self, job_id: int) -> str | None:
        """Start a job; returns what ``data`` is.

        :raises Refused: there is none, it runs already, something is missing, or its cluster does not take it.
        """
        job = self._job(job_id)
        if job["jobStatus"] == status.RUNNING:
            raise Refused(IS_RUNNING)
        cluster = self._clusters.get(job["clusterId"])
        if job["jobType"] == JAR:
            self._run_jar(job, cluster)
            return None
        parts = sql_jobs.check(job, self._data_sources)
        address = _address(cluster)
        self.counts["submissions"] += 1
        # A job that was never submitted has no savepoint of its own.
        savepoint = job["savepointPath"] if job["jobStatus"] != status.UNCOMMITTED else None
        self._change(job_id, jobStatus=status.STARTING)
        self._logs.begin(
            job_id,
            "SQL作业异步启动",
            {
                "入参": {
                    "FLINK_CLUSTER": address,
                    "JobID": job_id,
                    "SAVEPOINT_PATH": savepoint,
                    "PARALLELISM": job["parallelism"],
                }
            },
        )
        self._submissions.submit(self._submit_sql, job, parts, address, savepoint)
        return STARTING_TEXT

    def cancel(self, job_id: int) -> None:
        """Cancel a job that runs; with a savepoint where there is a place for it, which goes on behind the answer.

        :raises Refused: there is none, it does not run, or its cluster does not take it.
        """
        job = self._job(job_id)
        if job["jobStatus"] != status.RUNNING:
            raise Refused("作业非运行状态，不可进行取消操作")
        flink = self._flink(job)
        self.counts["kills"] += 1
        try:
            directory = self._savepoint_directory(job, flink)
            if directory:
                request_id = flink.trigger_savepoint(job["flinkJobId"], directory, cancel=True)
                self._change(job_id, jobStatus=status.CANCELLING)
                self._savepoints.submit(self._await_cancel, job, flink, request_id)
            else:
                flink.cancel(job["flinkJobId"])
                self._change(job_id, jobStatus=status.CANCELED)
        except FlinkError as error:
            self._logs.note(job_id, f"取消异常：{error}")
            raise Refused("作业取消失败") from error
        self._logs.note(job_id, "作业已停止")

    def restart(self, job_id: int) -> str | None:
        """Cancel and start again, without waiting for the savepoint in between.

        :raises Refused: one of the two does not go.
        """
        self.cancel(job_id)
        return self.run(job_id)

    def savepoint(self, job_id: int) -> None:
        """Take a savepoint and wait for it; the one before is deleted.

        :raises Refused: there is no such job, it does not run, there is no place for a savepoint, or it fails.
        """
        job = self._job(job_id)
        if job["jobStatus"] != status.RUNNING:
            raise Refused("作业非运行状态,不可触发保存点操作")
        if not job["flinkJobId"]:
            raise Refused("FLINK作业ID不可为空")
        flink = self._flink(job)
        try:
            directory = self._savepoint_directory(job, flink)
            if not directory:
                raise Refused("未检索到保存点路径")
            request_id = flink.trigger_savepoint(job["flinkJobId"], directory, cancel=False)
            path = self._await_savepoint(flink, job["flinkJobId"], request_id)
        except FlinkError as error:
            self._logs.note(job_id, str(error))
            raise system_error("获取作业保存点信息异常") from error
        self._dispose(flink, job)
        self._change(job_id, savepointPath=path)
        self._logs.note(job_id, f"更新保存点信息，保存点完整路径：{path}")

    def in_batch(self, job_ids: Sequence[int], function: Callable[[int], object]) -> Json | None:
        """Do something to many jobs; returns the answers of those where it failed, None without any."""
        failed: Json = {}
        for job_id in dict.fromkeys(job_ids):
            try:
                function(job_id)
            except Refused as error:
                failed[str(job_id)] = error.answer()
        return failed or None

    def close(self) -> None:
        """Stop waiting for anything; jobs on clusters go on."""
        self._closing.set()
        for pool in (self._submissions, self._savepoints):
            pool.shutdown(wait=False, cancel_futures=True)
        self._table_api.close()

    def _job(self, job_id: int) -> Json:
        job = self._jobs.get(job_id)
        if job is None:
            raise Refused(NO_SUCH_JOB)
        return job

    def _flink(self, job: Json) -> FlinkRest:
        cluster = self._clusters.get(job["clusterId"])
        if cluster is None:
            raise system_error()
        return FlinkRest(cluster["address"])

    @staticmethod
    def _savepoint_directory(job: Json, flink: FlinkRest) -> str:
        if own := (job["stateSavepointsDir"] or "").strip():
            return str(own)
        try:
            return flink.savepoint_directory()
        except FlinkError as error:
            raise system_error("Flink作业管理器信息获取异常") from error

    def _run_jar(self, job: Json, cluster: Json | None) -> None:
        flink = FlinkRest(cluster["address"] if cluster else "")
        try:
            if job["useJar"] not in flink.jars():
                raise Refused(f"集群中jar缺失，请检查！-{job['useJar']}")
        except FlinkError as error:
            raise Refused("集群暂时不可用，请检查！") from error
        self.counts["submissions"] += 1
        arguments: Json = {
            "entry_class": job["entryClass"],
            "program": job["program"],
            "parallelism": job["parallelism"],
            "savepoint": job["savepointPath"],
            "allow_non_restored": bool(job["allowNrs"]),
        }
        log: Json = {"入参": {"clusterAddress": (cluster or {})["address"], "jarId": job["useJar"], **arguments}}
        try:
            flink_job = flink.run_jar(job["useJar"], **arguments)
        except (FlinkError, ValueError) as error:
            self._logs.begin(job["id"], "JAR作业启动", log | {"异常信息": str(error)})
            self._change(job["id"], jobStatus=status.FAILED)
            raise system_error(_START_ERROR) from error
        self._logs.begin(job["id"], "JAR作业启动", log | {"运行结果": {"jobid": flink_job}})
        self._change(job["id"], flinkJobId=flink_job, jobStatus=status.RUNNING)

    def _submit_sql(self, job: Json, parts: list[tuple[Json, Json]], address: str, savepoint: str | None) -> None:
        """Behind the answer: hand an SQL job to Flink, and see what becomes of it at first."""
        job_id = job["id"]
        if self._closing.wait(self._faults.amount("slow-start") / 1000):
            return
        try:
            if self._faults.take("failed-start"):
                raise SubmissionError("the fault failed-start is on")
            sql = sql_jobs.build(job, parts, self._udfs.all(), savepoint)
            flink_job = self._table_api.submit(address, sql.options, sql.statements, sql.inserts)
            self._change(job_id, flinkJobId=flink_job)
            self._logs.note(job_id, f"Job has been submitted with JobID {flink_job}")
            self._change(job_id, jobStatus=self._first_state(FlinkRest(address), flink_job))
        except (SubmissionError, FlinkError, NoTemplate) as error:
            self._logs.note(job_id, f"异常：{error}")
            self._change(job_id, jobStatus=status.FAILED)

    def _first_state(self, flink: FlinkRest, flink_job: str) -> int:
        """The status of a job that has just been submitted, once it is more than created."""
        found = status.CREATED
        for _ in range(_START_POLLS):
            found = status.OF_FLINK.get(str(flink.job(flink_job)["state"]), status.CREATED)
            if found != status.CREATED or self._closing.wait(_POLL_SECONDS):
                break
        return found

    def _await_cancel(self, job: Json, flink: FlinkRest, request_id: str) -> None:
        """Behind the answer: wait for a cancelled job's savepoint."""
        job_id = job["id"]
        try:
            path = self._await_savepoint(flink, job["flinkJobId"], request_id)
        except FlinkError as error:
            if not self._closing.is_set():
                self._logs.note(job_id, f"异步获取保存点触发结果信息,响应异常：{error}")
                self._change(job_id, jobStatus=status.FAILED)
            return
        self._dispose(flink, job)
        # Whatever has become of the job meanwhile: the real server does not look.
        self._change(job_id, jobStatus=status.CANCELED, savepointPath=path)
        self._logs.note(job_id, f"异步回调，保存点地址：{path}。更新状态为：{status.CANCELED}")

    def _await_savepoint(self, flink: FlinkRest, flink_job: str, request_id: str) -> str:
        self._closing.wait(self._faults.amount("slow-savepoint") / 1000)
        path = flink.wait_for_savepoint(
            flink_job, request_id, go_on=lambda: not self._closing.is_set(), poll_seconds=_POLL_SECONDS
        )
        if self._faults.take("failed-savepoint"):
            raise FlinkError("the fault failed-savepoint is on")
        return path

    def _dispose(self, flink: FlinkRest, job: Json) -> None:
        """Begin to delete a job's savepoint, which a newer one replaces."""
        if job["savepointPath"]:
            try:
                flink.dispose_savepoint(job["savepointPath"])
            except FlinkError as error:
                self._logs.note(job["id"], f"触发保存点路径清理异常：{error}")

    def _change(self, job_id: int, **fields: Any) -> None:
        self._jobs.change(job_id, modifyTime=now_text(), **fields)


def _address(cluster: Json | None) -> str:
    """The address of a cluster that answers.

    :raises Refused: there is none, or it does not answer.
    """
    if cluster is None:
        raise Refused("无法检索到集群信息")
    if not FlinkRest(cluster["address"]).is_there():
        raise Refused(f"{NOT_THERE}，请检查")
    return str(cluster["address"])
