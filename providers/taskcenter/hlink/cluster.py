"""What is asked of a job's Flink cluster itself, since Hlink's stored status goes stale (facts, "Job status")."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import NotFoundError, RefusedError, RemoteError
from taskcenter.core.flink.endpoints import EXCEPTIONS, JOBS, JobRow
from taskcenter.core.flink.exceptions import JobException, read_exceptions
from taskcenter.core.flow import Flow
from taskcenter.core.gateway import LoginState
from taskcenter.hlink.api import Json
from taskcenter.hlink.job_api import JobApi
from taskcenter.hlink.resource_api import ResourceApi

log = logging.getLogger(__name__)

FLINK_ADDRESS = "flink_address"
"""Name of a cluster's address in the connection's extra, and among a status' details."""


@dataclass(frozen=True)
class FlinkRun:
    """A job on a cluster: which, and at which address."""

    flink_job_id: str
    address: str


@dataclass
class Answers:
    """What has been asked in one round of looks, so that it is asked once.

    :param jobs: the jobs of a cluster by their id, by its address; None where it gives no answer.
    :param reached_by_hlink: whether Hlink reaches a cluster, by its id; None where Hlink does not say.
    """

    jobs: dict[str, dict[str, JobRow] | None] = field(default_factory=dict)
    reached_by_hlink: dict[str, bool | None] = field(default_factory=dict)


class ClusterApi(JobApi, ResourceApi):
    """Asks the clusters that Hlink knows."""

    def __init__(self, settings: ConnectionSettings, state: LoginState) -> None:
        super().__init__(settings, state)
        self._one_address = settings.extra.get(FLINK_ADDRESS, "").strip().rstrip("/")
        self._addresses: dict[str, str] = {}
        self._reached: set[str] = set()

    def run_of(self, job: Json, before: str | None = None) -> Flow[FlinkRun | None]:
        """The run of a job on its cluster, None where there is none or the cluster is not known.

        :param before: the Flink job of an earlier run, which does not count.
        """
        flink_job_id = str(job.get("flinkJobId") or "")
        if not flink_job_id or flink_job_id == before:
            return None
        address = yield from self.cluster_address(str(job.get("clusterId")))
        return FlinkRun(flink_job_id, address) if address else None

    def cluster_address(self, cluster_id: str) -> Flow[str]:
        """The address of a cluster's REST API, the connection's ``flink_address`` before Hlink's; empty without."""
        if self._one_address:
            return self._one_address
        if cluster_id not in self._addresses:
            clusters = yield from self.cluster_choices()
            self._addresses = {str(each.get("id")): str(each.get("address") or "").rstrip("/") for each in clusters}
        return self._addresses.get(cluster_id, "")

    def exceptions(self, run: FlinkRun) -> Flow[list[JobException] | None]:
        """What Flink says went wrong; None where the cluster does not tell."""
        try:
            call = EXCEPTIONS(job_id=run.flink_job_id)
            return read_exceptions((yield from self.client.call_flink(call, run.address)))
        except RemoteError as error:
            log.debug("The exceptions of %s could not be read: %s", run, error)
            return None

    def jobs_at(self, address: str, answers: Answers) -> Flow[dict[str, JobRow] | None]:
        """The jobs of a cluster by their id; None where it does not answer."""
        if address not in answers.jobs:
            try:
                rows: list[JobRow] = yield from self.client.call_flink(JOBS(), address)
                answers.jobs[address] = {row.jid: row for row in rows}
                self._reached.add(address)
            except RemoteError as error:
                log.debug("The Flink cluster at %s gives no answer: %s", address, error)
                answers.jobs[address] = None
                self._addresses.clear()  # it may have moved
        return answers.jobs[address]

    def has_reached(self, address: str) -> bool:
        """Whether the cluster has ever answered here."""
        return address in self._reached

    def reached_by_hlink(self, cluster_id: str, answers: Answers) -> Flow[bool | None]:
        """Whether the cluster answers Hlink; None where that does not say."""
        if cluster_id not in answers.reached_by_hlink:
            reached: bool | None = True
            try:
                yield from self.cluster_overview(cluster_id)
            except RefusedError as error:
                reached = None if isinstance(error, NotFoundError) else False
            except RemoteError:
                reached = None
            answers.reached_by_hlink[cluster_id] = reached
        return answers.reached_by_hlink[cluster_id]
