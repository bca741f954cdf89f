"""The requests for Hlink's 43 documented endpoints, each as it goes well and, where it can be, as it is refused."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from support.gateway_pairs import Pair, Sent, new_name
from support.hlink_flink_stub import FlinkStub
from taskcenter_sandbox.hlink.server import HlinkServer

_JAR = b"PK\x03\x04 a jar"
_SCHEMA = {"type": "object", "properties": {"id": {"type": "integer"}}}
_NOBODY = 10**9
_MADE = ("id", "jobCode", "createTime", "modifyTime", "dsId")
SECRET = "the-tables-own-password"


class HlinkWorld:
    """A local Hlink, a scripted cluster behind it, and what is in it for the requests."""

    def __init__(self, server: HlinkServer, flink: FlinkStub, directory: Path) -> None:
        self.server = server
        self.flink = flink
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update({"Token-User": "hadoop", "Token-Code": server.credentials.token})
        self.file = directory / "结果.bin"
        self.file.write_bytes(bytes(range(256)) * 64)

    def data(self, method: str, path: str, body: Any = None, files: Any = None, **query: Any) -> Any:
        """The data of an answer that must be good."""
        answer = self.session.request(
            method, self.server.url + path, json=body, params=query, files=files, timeout=60
        ).json()
        assert answer["success"], answer
        return answer["data"]

    def new_cluster(self) -> int:
        """Add the cluster once more; its id."""
        name = new_name()
        self.data("POST", "/cluster/add", name=name, type=0, address=self.flink.url)
        return next(each["id"] for each in self.data("GET", "/cluster/check/list") if each["name"] == name)

    @cached_property
    def cluster(self) -> int:
        """A cluster; its id."""
        return self.new_cluster()

    def new_jar(self, cluster: int | None = None) -> dict[str, Any]:
        """Upload a jar; its record."""
        cluster = cluster or self.cluster
        self.data("POST", "/jars/upload", files=jar("jarfile"), clusterId=cluster)
        return max(self.data("GET", "/jars/list", clusterId=cluster), key=lambda each: each["id"])

    def new_job(self, *, runs: bool = False, **fields: Any) -> int:
        """Add a job of a jar; its id."""
        self._jar = getattr(self, "_jar", None) or self.new_jar()
        body = {"jobName": new_name(), "jobType": 1, "clusterId": self.cluster, "useJar": self._jar["resUname"]}
        job = self.data("POST", "/jobs/addDO", {**body, **fields})["id"]
        if runs:
            self.data("POST", f"/jobs/run/{job}")
        return int(job)

    @cached_property
    def job(self) -> int:
        """A job that runs; its id."""
        return self.new_job(runs=True)

    def new_source(self) -> int:
        """Add a data source whose table has a password; its id."""
        return int(self.data("POST", "/ds/addDO", table()))

    @cached_property
    def source(self) -> dict[str, Any]:
        """A data source that stays."""
        return dict(self.data("GET", "/ds/get", id=self.new_source()))

    def new_function(self) -> int:
        """Upload a function; its id."""
        name = new_name()
        self.data("POST", "/ds/udf/upload", files=jar("jarfile"), udfName=name, udfClass="x.Y", udfType="SCALA")
        return int(self.data("GET", "/ds/udf/list", udfName=name)["records"][0]["id"])

    @cached_property
    def function(self) -> int:
        """A function that stays."""
        return self.new_function()


def jar(field: str, name: str = "program.jar") -> dict[str, Any]:
    """An upload."""
    return {field: (name, _JAR, "application/java-archive")}


def table(**more: Any) -> dict[str, Any]:
    """A data source's body: a table of a database, with its password."""
    values = {"url": "jdbc:mysql://db:3306/shop", "tableName": "t", "userName": "shop", "password": SECRET}
    fields = [{"fieldName": name, "fieldValue": value, "required": True} for name, value in values.items()]
    column = {"name": "id", "flinkType": "BIGINT", "level": 1, "virtualId": "1", "virtualPid": "0"}
    return {
        "dsName": "orders",
        "dsType": "sink",
        "tableType": "mysql",
        "tableName": new_name(),
        "dsSchemaColumnVOS": [column],
        "jsonFieldVO": {"jsonValue": fields},
        **more,
    }


def _schema(name: str) -> Sent:
    files = {"file": (name, json.dumps(_SCHEMA).encode(), "application/json")}
    return Sent(query={"schemaType": 0, "structureType": 1}, files=files)


def _udf(world: HlinkWorld, name: str = "f.jar", **more: Any) -> Sent:
    del world
    query = {"udfName": new_name(), "udfClass": "x.Y", "udfType": "SCALA", "udfDesc": "doubles", **more}
    return Sent(query=query, files=jar("jarfile", name))


def _changed_cluster(world: HlinkWorld) -> Sent:
    number = world.new_cluster()
    return Sent(query={"id": number, "name": new_name(), "address": world.flink.url, "remark": "x"})


def _page(**query: Any) -> Sent:
    return Sent(query={"curPage": 1, "pageSize": 2, **query})


def _of(job: Any) -> Sent:
    return Sent({"job_id": job})


def _query(**query: Any) -> Sent:
    return Sent(query=query)


PAIRS = [
    Pair("POST /hlink/jobs/addDO", "a job", lambda _: Sent(json={"jobName": new_name(), "jobType": 1}), _MADE),
    Pair("POST /hlink/jobs/addDO", "no object", lambda _: Sent(json=["x"]), status=400),
    Pair("POST /hlink/jobs/cancel/{job_id}", "one that runs", lambda w: _of(w.new_job(runs=True))),
    Pair("POST /hlink/jobs/cancel/{job_id}", "one that does not", lambda w: _of(w.new_job())),
    Pair("POST /hlink/jobs/cancelBatch", "two", lambda w: _query(jobIds=[w.new_job(runs=True), w.new_job(runs=True)])),
    Pair("POST /hlink/jobs/cancelBatch", "none", status=400),
    Pair("GET /hlink/jobs/list", "a page", lambda _: _page(jobType=1, jobName="made")),
    Pair("GET /hlink/jobs/list", "no number", lambda _: _page(jobStatus="x"), status=400),
    Pair("GET /hlink/jobs/overview/{job_id}", "what is not there", lambda w: _of(w.job), status=500),
    Pair("DELETE /hlink/jobs/removeDO", "one", lambda w: _query(id=w.new_job())),
    Pair("DELETE /hlink/jobs/removeDO", "none", status=400),
    Pair("POST /hlink/jobs/restart/{job_id}", "one that runs", lambda w: _of(w.new_job(runs=True))),
    Pair("POST /hlink/jobs/restart/{job_id}", "one that is not there", lambda _: _of(_NOBODY)),
    Pair("POST /hlink/jobs/restartBatch", "one", lambda w: _query(jobIds=str(w.new_job(runs=True)))),
    Pair("POST /hlink/jobs/restartBatch", "no number", lambda _: _query(jobIds="x"), status=400),
    Pair("POST /hlink/jobs/run/{job_id}", "one", lambda w: _of(w.new_job())),
    Pair("POST /hlink/jobs/run/{job_id}", "one that runs", lambda w: _of(w.job)),
    Pair("POST /hlink/jobs/runBatch", "two", lambda w: _query(jobIds=f"{w.new_job()},{w.new_job()}")),
    Pair("POST /hlink/jobs/runBatch", "none", status=400),
    Pair("GET /hlink/jobs/savepoint/{job_id}", "one", lambda w: _of(w.new_job(runs=True, stateSavepointsDir="file:///s"))),
    Pair("GET /hlink/jobs/savepoint/{job_id}", "no place for it", lambda w: _of(w.job)),
    Pair("POST /hlink/jobs/updateDO", "one", lambda w: Sent(json={"id": w.new_job(), "jobType": 1, "jobName": "made"})),
    Pair("POST /hlink/jobs/updateDO", "none", lambda _: Sent(json={"jobName": "made"})),
    Pair("GET /hlink/jobs/{job_id}", "one", lambda w: _of(w.job)),
    Pair("GET /hlink/jobs/{job_id}", "one that is not there", lambda _: _of(_NOBODY)),
    Pair("GET /hlink/jobs/{job_id}", "no number", lambda _: _of("x"), status=400),
    Pair("GET /hlink/jobs/{job_id}/log", "one", lambda w: _of(w.job)),
    Pair("GET /hlink/jobs/{job_id}/log", "no number", lambda _: _of("x"), status=400),
    Pair("GET /hlink/dict/getSnowflakeId", "a number", varies=("*",)),
    Pair("GET /hlink/dict/list", "all"),
    Pair("GET /hlink/dict/list/{dict_type}", "one", lambda _: Sent({"dict_type": "job_status"})),
    Pair("GET /hlink/dict/list/{dict_type}", "one that is not there", lambda _: Sent({"dict_type": "nothing"})),
    Pair("GET /hlink/dashboard/clusterInfo", "one cluster's", lambda w: _query(clusterId=w.cluster)),
    Pair("GET /hlink/dashboard/clusterInfo", "no number", lambda _: _query(clusterId="x"), status=400),
    Pair("POST /hlink/ds/addDO", "one", lambda _: Sent(json=table()), ("data",)),
    Pair("POST /hlink/ds/addDO", "no columns", lambda _: Sent(json=table(dsSchemaColumnVOS=[]))),
    Pair("GET /hlink/ds/checkTableName", "free", lambda _: _query(tableName="free")),
    Pair("GET /hlink/ds/checkTableName", "taken", lambda w: _query(tableName=w.source["tableName"])),
    Pair("GET /hlink/ds/get", "one", lambda w: _query(id=w.source["id"]), masked=("dsDdl", "fieldValue")),
    Pair("GET /hlink/ds/get", "one that is not there", lambda _: _query(id=_NOBODY)),
    Pair("GET /hlink/ds/getFieldTemplete", "a sink's", lambda _: _query(dsType="sink", tableType="mysql")),
    Pair("GET /hlink/ds/getFieldTemplete", "of nothing", lambda _: _query(dsType="sink", tableType="x")),
    Pair("GET /hlink/ds/getTypeList", "all"),
    Pair("GET /hlink/ds/list", "a page", lambda _: _page(dsType="sink")),
    Pair("GET /hlink/ds/list", "no number", lambda _: _page(curPage="x"), status=400),
    Pair("PUT /hlink/ds/modifyDO", "one", lambda w: Sent(json=table(id=w.new_source()))),
    Pair("PUT /hlink/ds/modifyDO", "without its id", lambda _: Sent(json=table())),
    Pair("DELETE /hlink/ds/removeDO", "one", lambda w: _query(id=w.new_source())),
    Pair("DELETE /hlink/ds/removeDO", "one that is not there", lambda _: _query(id=_NOBODY)),
    Pair("POST /hlink/ds/schemaAnalysisDO", "a schema", lambda _: _schema("s.json"), ("virtualId", "virtualPid")),
    Pair("POST /hlink/ds/schemaAnalysisDO", "another file", lambda _: _schema("s.txt")),
    Pair("GET /hlink/file/down", "a file", lambda w: _query(filePath=str(w.file), fileName="r.bin")),
    Pair("GET /hlink/file/down", "no file", lambda w: _query(filePath=f"{w.file}.gone")),
    Pair("GET /hlink/file/down", "no path"),
    Pair("GET /hlink/jars/list", "a cluster's", lambda w: _query(clusterId=w.cluster)),
    Pair("GET /hlink/jars/list", "no number", lambda _: _query(clusterId="x"), status=400),
    Pair("GET /hlink/jars/listPage", "a page", lambda w: _page(clusterId=w.cluster)),
    Pair("GET /hlink/jars/listPage", "no number", lambda _: _page(pageSize="x"), status=400),
    Pair("DELETE /hlink/jars/removeDO", "one", lambda w: _query(jarid=w.new_jar()["id"])),
    Pair("DELETE /hlink/jars/removeDO", "one that is not there", lambda _: _query(jarid=_NOBODY)),
    Pair("POST /hlink/jars/upload", "one", lambda w: Sent(query={"clusterId": w.cluster}, files=jar("jarfile"))),
    Pair("POST /hlink/jars/upload", "no jar", lambda w: Sent(query={"clusterId": w.cluster}, files=jar("jarfile", "x.zip"))),
    Pair("POST /hlink/jars/upload", "no file", lambda w: Sent(query={"clusterId": w.cluster}, files=jar("x")), status=400),
    Pair("DELETE /hlink/ds/udf/delete", "one", lambda w: _query(id=w.new_function())),
    Pair("DELETE /hlink/ds/udf/delete", "one that is not there", lambda _: _query(id=_NOBODY)),
    Pair("GET /hlink/ds/udf/list", "a page", lambda w: _page(udfName="made") if w.function else Sent()),
    Pair("GET /hlink/ds/udf/list", "no number", lambda _: _page(pageSize="x"), status=400),
    Pair("PUT /hlink/ds/udf/update", "one", lambda w: _query(id=w.new_function(), udfDesc="now")),
    Pair("PUT /hlink/ds/udf/update", "none", lambda _: _query(udfDesc="now")),
    Pair("POST /hlink/ds/udf/upload", "one", _udf),
    Pair("POST /hlink/ds/udf/upload", "no jar", lambda w: _udf(w, "f.txt")),
    Pair("GET /hlink/doc/get/{key}", "one", lambda _: Sent({"key": "sql"})),
    Pair("GET /hlink/doc/get/{key}", "one that is not there", lambda _: Sent({"key": "nothing"})),
    Pair("POST /hlink/cluster/add", "one", lambda w: _query(name=new_name(), type=0, address=w.flink.url, remark="数")),
    Pair("POST /hlink/cluster/add", "no type", lambda w: _query(name=new_name(), address=w.flink.url), status=400),
    Pair("GET /hlink/cluster/check/list", "all"),
    Pair("DELETE /hlink/cluster/delete", "one", lambda w: _query(id=w.new_cluster())),
    Pair("DELETE /hlink/cluster/delete", "none", status=400),
    Pair("GET /hlink/cluster/info", "one", lambda w: _query(clusterId=w.cluster)),
    Pair("GET /hlink/cluster/info", "one that is not there", lambda _: _query(clusterId=_NOBODY)),
    Pair("GET /hlink/cluster/list", "a page", lambda _: _page()),
    Pair("GET /hlink/cluster/list", "no number", lambda _: _page(pageSize="x"), status=400),
    Pair("PUT /hlink/cluster/update", "one", _changed_cluster),
    Pair("PUT /hlink/cluster/update", "none", status=400),
]  # fmt: skip


def real(method: str, path: str) -> tuple[str, str]:
    """Where Hlink itself has what the api-server has below one prefix."""
    return method, path.removeprefix("/hlink")
