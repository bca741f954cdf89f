"""Clusters: where Flink is, and what it says of itself."""

from __future__ import annotations

from taskcenter_sandbox.hlink.answers import FAILED, Json, Refused, system_error, wrong_parameter
from taskcenter_sandbox.hlink.flink_rest import FlinkError, FlinkRest
from taskcenter_sandbox.hlink.records import Records, now_text

_LONGEST = {"name": 64, "address": 100, "remark": 200}
_WORDS = {"name": "集群名称", "address": "集群地址", "remark": "备注"}

NOT_THERE = "集群地址不可用"


class Clusters:
    """The clusters; a deleted one stays stored with ``delFlag`` 0.

    :param jars: which may be on them.
    :param jobs: which may run on them.
    """

    def __init__(self, records: Records, jars: Records, jobs: Records) -> None:
        self.records = records
        self._jars = jars
        self._jobs = jobs

    def add(self, name: str, kind: int, address: str, remark: str | None, user: str) -> None:
        """Add a cluster that answers.

        :raises Refused: its name is taken, or its address does not answer.
        """
        self._check(name, address, remark)
        self._check_name(name, None)
        if not FlinkRest(address).is_there():
            raise Refused(NOT_THERE)
        now = now_text()
        self.records.add(
            {
                "name": name,
                "type": kind,
                "address": address,
                "remark": remark,
                "delFlag": 1,
                "createBy": user,
                "createTime": now,
                "modifyBy": None,
                "modifyTime": now,
            }
        )

    def announce(self, name: str, address: str, user: str) -> None:
        """Add a cluster of the server's own, or tell where it is now."""
        found = self.records.find(name=name, delFlag=1)
        if found:
            self.records.change(found[0]["id"], address=address, modifyBy=user, modifyTime=now_text())
        else:
            self.add(name, 0, address, None, user)

    def update(self, cluster_id: int, name: str, address: str, remark: str | None, user: str) -> None:
        """Change a cluster.

        :raises Refused: its name is taken, its address does not answer, or there is none.
        """
        self._check(name, address, remark)
        self._check_name(name, cluster_id)
        if not FlinkRest(address).is_there():
            raise Refused(NOT_THERE)
        changes: Json = {"name": name, "address": address, "modifyBy": user, "modifyTime": now_text()}
        if remark is not None:
            changes["remark"] = remark
        if self.records.change(cluster_id, **changes) is None:
            raise Refused("集群更新失败")

    def delete(self, cluster_id: int) -> None:
        """Delete a cluster that nothing refers to.

        :raises Refused: a jar or a job does, or there is none.
        """
        if self._jars.find(clusterId=cluster_id):
            raise Refused("资源包存在该集群的引用，无法删除")
        if self._jobs.find(clusterId=cluster_id):
            raise Refused("作业中存在该集群的引用，无法删除")
        if self.records.change(cluster_id, delFlag=0) is None:
            raise Refused("集群删除失败")

    def get(self, cluster_id: int | None) -> Json | None:
        """A cluster, a deleted one as well."""
        return self.records.get(cluster_id)

    def info(self, cluster_id: int) -> Json:
        """A cluster with live counts.

        :raises Refused: there is none, or it does not answer.
        """
        cluster = self.get(cluster_id)
        if cluster is None:
            raise Refused("无法检索到集群信息")
        try:
            overview = FlinkRest(cluster["address"]).overview()
        except FlinkError as error:
            raise system_error("Flink概要信息获取异常") from error
        return {
            **cluster,
            "slotTotal": overview["slots-total"],
            "slotAvailableCount": overview["slots-available"],
            "slotRunningCount": overview["slots-total"] - overview["slots-available"],
            "taskManagerCount": overview["taskmanagers"],
            "jobCompleteCount": overview["jobs-finished"],
            "jobCancelCount": overview["jobs-cancelled"],
            "jobFailureCount": overview["jobs-failed"],
        }

    def dashboard(self, cluster_id: int | None) -> Json:
        """``/overview`` of a cluster.

        :raises Refused: there is none, or it does not answer.
        """
        cluster = self.get(cluster_id)
        if cluster is None:
            raise Refused("集群不存在")
        try:
            overview = FlinkRest(cluster["address"]).overview()
        except FlinkError as error:
            raise Refused(str(error), FAILED) from error
        return {_camel(name): value for name, value in overview.items()}

    def _check_name(self, name: str, own_id: int | None) -> None:
        if any(each["id"] != own_id for each in self.records.find(name=name, delFlag=1)):
            raise Refused("集群名称重复")

    @staticmethod
    def _check(name: str, address: str, remark: str | None) -> None:
        given = {"name": name, "address": address, "remark": remark or "-"}
        for field, value in given.items():
            if not value:
                raise wrong_parameter(f"{_WORDS[field]}不可为空")
            if len(value) > _LONGEST[field]:
                raise wrong_parameter(f"{_WORDS[field]}最大长度不可超过{_LONGEST[field]}")


def _camel(name: str) -> str:
    """``slots-total`` as the Java class of Hlink's client writes it."""
    first, *rest = name.split("-")
    return first + "".join(part.capitalize() for part in rest)
