"""The operators that stop a Hlink job, and bring a jar to a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from taskcenter.core.errors import ConfigurationError, ErrorContext, NotFoundError, RemoteError, UnavailableError
from taskcenter.core.flow import Flow, Pause
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter.hlink.request import HlinkRequest
from taskcenter.hlink.starts import snapshot
from taskcenter.hlink.stops import begin_stop
from taskcenter.hlink.system import HlinkSystem
from taskcenter.jobs.identity import job_tag

if TYPE_CHECKING:
    from airflow.sdk import Context

JAR_LOOK_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""When to look whether a jar whose answer was lost has come about."""


class HlinkCancelJobOperator(HlinkJobOperator):
    """Cancel a Hlink job, and wait until it has ended and its savepoint, if it makes one, is complete.

    A job that does not run is left as it is. The task returns ``{"job_id", "job_name", "status", "flink_job_id",
    "cluster_id", "savepoint_path"}``.

    .. seealso:: :doc:`/hlink`

    :param job_id: the job. (templated)
    :param job_code: instead of its id: its ``jobCode``. (templated)
    :param job_name: instead of its id: its name. (templated)
    """

    template_fields: Sequence[str] = ("job_id", "job_code", "job_name", "hlink_conn_id")

    def build_request(self) -> HlinkRequest:
        """The job, told to stop if it runs.

        :raises ConfigurationError: an argument is missing or wrong.
        :raises NotFoundError: there is no such job.
        """
        context = self._context
        assert context is not None  # noqa: S101 # execute() has set it
        if self.definition:
            raise ConfigurationError("A job to cancel is named by job_id, job_code or job_name, not by a definition.")
        tag = job_tag(context)
        job, words = self.hlink_hook.run(lambda api: begin_stop(api, self.choice()))
        before = snapshot(self.hlink_hook.system, job, tag)
        return self._request(job, before, runs_already=True, until=words)


class HlinkJarUploadOperator(BaseOperator):
    """Upload a jar to a cluster through Hlink, and return ``{"jar_id", "use_jar", "name", "cluster_id"}``.

    ``use_jar`` is what a job's ``useJar`` wants. Hlink's answer does not name the new jar: it is found in the list. The
    file is the worker's, which a triggerer does not have, so that there is nothing to defer.

    .. seealso:: :doc:`/hlink`

    :param path: the jar on the worker. (templated)
    :param cluster_id: the cluster. (templated)
    :param cluster_name: instead of its id: its name. (templated)
    :param entry_class: kept with the jar. (templated)
    :param hlink_conn_id: the Airflow connection. (templated)
    """

    template_fields: Sequence[str] = ("path", "cluster_id", "cluster_name", "entry_class", "hlink_conn_id")
    ui_color = "#f6e3cf"

    def __init__(
        self,
        *,
        path: str,
        cluster_id: str | int | None = None,
        cluster_name: str | None = None,
        entry_class: str | None = None,
        hlink_conn_id: str = HlinkHook.default_conn_name,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.cluster_id = cluster_id
        self.cluster_name = cluster_name
        self.entry_class = entry_class
        self.hlink_conn_id = hlink_conn_id

    @cached_property
    def hook(self) -> HlinkHook:
        """The hook, made on first use."""
        return HlinkHook(self.hlink_conn_id)

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 # Airflow's signature
        """Upload it.

        :raises ConfigurationError: there is no such file, it is no jar, or no cluster is named.
        :raises NotFoundError: there is no such cluster.
        :raises RefusedError: the cluster is down.
        """
        if (self.cluster_id in (None, "")) == (not self.cluster_name):
            raise ConfigurationError("Give either cluster_id or cluster_name.")
        with self.hook as hook:
            return hook.run(
                lambda api: _upload(api, self.path, str(self.cluster_id or ""), self.cluster_name, self.entry_class)
            )


def _upload(
    api: HlinkSystem, path: str, cluster_id: str, cluster_name: str | None, entry_class: str | None
) -> Flow[dict[str, Any]]:
    if cluster_name:
        clusters = yield from api.cluster_choices()
        cluster_id = next((str(each.get("id")) for each in clusters if each.get("name") == cluster_name), "")
        if not cluster_id:
            names = ", ".join(sorted(str(each.get("name")) for each in clusters)) or "none"
            message = f"Hlink has no cluster named {cluster_name!r}, only {names}."
            raise NotFoundError(message, ErrorContext(system=api.name, connection=api.connection))
    known = {each.get("id") for each in (yield from api.list_jars(cluster_id))}
    name = Path(path).name
    lost: UnavailableError | None = None
    try:
        yield from api.upload_jar(path, cluster_id, entry_class)
    except UnavailableError as error:
        if not error.sent:
            raise
        lost = error
    for seconds in JAR_LOOK_SECONDS:
        jars = yield from api.list_jars(cluster_id)
        mine = [each for each in jars if each.get("id") not in known and each.get("resName") == name]
        if mine:
            newest = max(mine, key=lambda each: int(each["id"]))
            return {
                "jar_id": newest["id"],
                "use_jar": newest.get("resUname"),
                "name": name,
                "cluster_id": cluster_id,
            }
        yield Pause(seconds)
    if lost is not None:
        raise lost
    message = f"Hlink says that {name} is uploaded, and does not list it."
    raise RemoteError(message, ErrorContext(system=api.name, connection=api.connection))
