"""Looks now and then at the clusters for what has become of jobs, as the real server's scheduler does."""

from __future__ import annotations

import threading
from datetime import timedelta

from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.hlink import status
from taskcenter_sandbox.hlink.answers import Json
from taskcenter_sandbox.hlink.clusters import Clusters
from taskcenter_sandbox.hlink.flink_rest import FlinkError, FlinkRest
from taskcenter_sandbox.hlink.records import Records, now_text

_LONGEST = timedelta(minutes=30)


class Synchronization:
    """A thread; between two of its looks the stored status is stale.

    :param seconds: between two looks; 0 for never.
    """

    def __init__(self, jobs: Records, clusters: Clusters, faults: Faults, seconds: float) -> None:
        self._jobs = jobs
        self._clusters = clusters
        self._faults = faults
        self._seconds = seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="hlink-sync", daemon=True)

    def start(self) -> None:
        """Begin."""
        if self._seconds > 0:
            self._thread.start()

    def close(self) -> None:
        """End."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Bring the status of every job up to date but those of which the server itself knows more.

        Of these, what should have gone on behind an answer for half an hour has failed: the server was restarted.
        """
        for job in self._jobs.find():
            if job["jobStatus"] in (status.STARTING, status.CANCELLING) and _is_old(job["modifyTime"]):
                seen = {"jobStatus": job["jobStatus"], "modifyTime": job["modifyTime"]}
                self._jobs.change(job["id"], seen, jobStatus=status.FAILED, modifyBy="system", modifyTime=now_text())
            cluster = self._clusters.get(job["clusterId"])
            if job["jobStatus"] in status.UNWATCHED or cluster is None or not job["flinkJobId"]:
                continue
            number = _status_at(cluster, job)
            ended_already = number in status.TERMINAL and job["jobStatus"] in status.TERMINAL
            if number not in (None, job["jobStatus"]) and not ended_already:
                seen = {"jobStatus": job["jobStatus"], "flinkJobId": job["flinkJobId"]}
                self._jobs.change(job["id"], seen, jobStatus=number, modifyTime=now_text())

    def _loop(self) -> None:
        while not self._closing.wait(self._seconds):
            if not self._faults.amount("stale-status"):
                self.look()


def _is_old(moment: str) -> bool:
    return moment < now_text(-_LONGEST)


def _status_at(cluster: Json, job: Json) -> int | None:
    try:
        state = str(FlinkRest(cluster["address"]).job(job["flinkJobId"])["state"])
    except FlinkError:
        # A cluster that does not answer fails its jobs; when it comes back they are seen to run after all.
        return None if job["jobStatus"] in status.TERMINAL else status.FAILED
    return status.OF_FLINK.get(state)
