"""Uploaded files: jars of jobs, which go on to a cluster, and jars of functions, which stay here."""

from __future__ import annotations

import uuid
from pathlib import Path

from taskcenter_sandbox.hlink.answers import NAME_TAKEN, Json, Refused, system_error, wrong_parameter
from taskcenter_sandbox.hlink.clusters import Clusters
from taskcenter_sandbox.hlink.flink_rest import FlinkError, FlinkRest
from taskcenter_sandbox.hlink.records import Records, now_text


def _is_jar(name: str) -> bool:
    return name.lower().endswith(".jar")


def readable_size(size: int) -> str:
    """A size as Hlink's lists show it, such as ``1.5 MB``."""
    value, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            break
        value /= 1024
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"


class Jars:
    """Jars of jobs.

    :param jobs: which may use them.
    """

    def __init__(self, records: Records, clusters: Clusters, jobs: Records) -> None:
        self.records = records
        self._clusters = clusters
        self._jobs = jobs

    def upload(self, path: Path, name: str, cluster_id: int | None, entry_class: str | None, user: str) -> None:
        """Hand a file on to a cluster.

        :raises Refused: it is no jar, there is no such cluster, or that does not take it.
        """
        if not _is_jar(name):
            raise system_error("JAR包上传异常")
        cluster = self._clusters.get(cluster_id)
        if cluster is None:
            raise system_error("jar包上传异常")
        try:
            jar = FlinkRest(cluster["address"]).upload_jar(path, name)
        except FlinkError as error:
            raise system_error("jar包上传异常") from error
        now = now_text()
        self.records.add(
            {
                "resName": name,
                "resUname": jar,
                "resType": 0,
                "resSize": path.stat().st_size,
                "resSizeStr": None,
                "status": 1,
                "clusterId": cluster["id"],
                "entryClass": entry_class,
                "createBy": user,
                "createTime": now,
                "modifyBy": None,
                "modifyTime": now,
            }
        )

    def all(self, cluster_id: int | None) -> list[Json]:
        """All jars, or those of a cluster."""
        return self.records.find() if cluster_id is None else self.records.find(clusterId=cluster_id)

    def page(self, query: Json) -> Json:
        """A page of them, with sizes to read."""
        equal = {"clusterId": query["clusterId"]} if query.get("clusterId") else {}
        like = {"resName": query["resName"]} if query.get("resName") else {}
        page = self.records.page(query["curPage"], query["pageSize"], like=like, **equal)
        for record in page["records"]:
            record["resSizeStr"] = readable_size(record["resSize"])
        return page

    def remove(self, jar_id: int) -> None:
        """Delete a jar here and on its cluster.

        :raises Refused: a job uses it, there is none, or its cluster is down.
        """
        jar = self.records.get(jar_id)
        cluster = self._clusters.get(jar["clusterId"]) if jar else None
        if jar is None or cluster is None:
            raise system_error("JAR包删除异常")
        if self._jobs.find(clusterId=jar["clusterId"], useJar=jar["resUname"]):
            raise system_error("存在作业引用该资源包，无法删除")
        flink = FlinkRest(cluster["address"])
        try:
            known = flink.jars()
        except FlinkError as error:
            raise system_error("集群不可用，请检查！") from error
        if jar["resUname"] in known:
            try:
                flink.delete_jar(jar["resUname"])
            except FlinkError as error:
                raise system_error("JAR包删除异常") from error
        self.records.remove(jar_id)


class Udfs:
    """User-defined functions.

    :param directory: where their jars are kept.
    """

    def __init__(self, records: Records, directory: Path) -> None:
        self.records = records
        self._directory = directory

    def upload(self, path: Path, name: str, fields: Json, user: str) -> None:
        """Store a function and its jar.

        :param fields: ``udfName``, ``udfClass``, ``udfType`` and ``udfDesc``.
        :raises Refused: the name is taken, something is missing, or the file is no jar.
        """
        for field in ("udfName", "udfClass", "udfType"):
            if not fields.get(field):
                raise wrong_parameter(f"{field}不可为空")
        if self.records.find(udfName=fields["udfName"], deleteFlag=0):
            raise Refused("函数名不可重复，请检查！", NAME_TAKEN)
        if not _is_jar(name):
            raise system_error("自定义函数JAR包上传异常")
        self._directory.mkdir(exist_ok=True)
        # The client's name of the file is only the end of ours, and cannot lead elsewhere.
        kept = self._directory / f"{uuid.uuid4()}{Path(name.replace(chr(92), '/')).name}"
        path.replace(kept)
        now = now_text()
        self.records.add(
            {
                **{field: fields.get(field) for field in ("udfName", "udfClass", "udfType", "udfDesc")},
                "jarName": Path(name).name,
                "udfPath": str(kept),
                "deleteFlag": 0,
                "createBy": user,
                "createTime": now,
                "modifyBy": None,
                "modifyTime": now,
            }
        )

    def page(self, query: Json) -> Json:
        """A page of them."""
        like = {"udfName": query["udfName"]} if query.get("udfName") else {}
        return self.records.page(query["curPage"], query["pageSize"], like=like, deleteFlag=0)

    def update(self, udf_id: int | None, description: str | None, user: str) -> None:
        """Change a description.

        :raises Refused: there is no such function.
        """
        changes: Json = {"modifyBy": user, "modifyTime": now_text()}
        if description is not None:
            changes["udfDesc"] = description
        if udf_id is None or self.records.change(udf_id, {"deleteFlag": 0}, **changes) is None:
            raise system_error("自定义函数JAR包更新异常")

    def delete(self, udf_id: int) -> None:
        """Delete a function and its jar.

        :raises Refused: there is no such function.
        """
        udf = self.records.change(udf_id, {"deleteFlag": 0}, deleteFlag=1)
        if udf is None:
            raise system_error("自定义函数JAR包删除异常")
        Path(udf["udfPath"]).unlink(missing_ok=True)

    def all(self) -> list[Json]:
        """All functions; every SQL job may use them."""
        return self.records.find(deleteFlag=0)
