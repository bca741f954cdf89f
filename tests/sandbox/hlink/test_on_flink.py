"""The whole of it on a real Flink: SQL and jars, savepoints, failures, a cluster that dies."""

from __future__ import annotations

import json
import struct

import psutil
import pytest
import requests

from support.flink_cluster import flink_cluster, skip_without_flink
from taskcenter_sandbox.flink.class_file import PUBLIC, ConstantPool, Method, class_file, write_jar
from taskcenter_sandbox.flink.sql_jar import MAIN_CLASS, write_sql_jar
from taskcenter_sandbox.hlink.server import HlinkServer
from taskcenter_sandbox.waiting import wait_until

pytestmark = pytest.mark.e2e

RUNNING, FAILED, CANCELED, FINISHED = 3, 5, 7, 8


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with flink_cluster(tmp_path_factory.mktemp("flink"), slots=4) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def cluster_id(api, cluster):
    return api.cluster(cluster.url)


@pytest.fixture
def sql_job(api, cluster_id):
    """Makes a job out of a source, a sink and a statement; its id."""

    def make(source: int, sink: int, run_sql: str, **fields) -> int:
        parts = [{"dsId": source, "dsType": "source"}, {"dsId": sink, "dsType": "sink", "runSql": run_sql}]
        return api.job(jobType=0, clusterId=cluster_id, jobDsVOS=parts, **fields)["id"]

    return make


def name_of(api, source: int) -> str:
    return api.get("/ds/get", id=source)["tableName"]


def rows_in(directory) -> list[dict]:
    files = [path for path in directory.rglob("part-*") if not path.name.startswith(".")]
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]


def state(cluster, job) -> str:
    return requests.get(f"{cluster.url}/jobs/{job['flinkJobId']}", timeout=10).json()["state"]


def wait_for_tasks(cluster, job) -> None:
    """Wait until all tasks of a job run; before that a savepoint fails, and a cancel with it."""

    def all_run() -> bool:
        found = requests.get(f"{cluster.url}/jobs/{job['flinkJobId']}", timeout=10).json()
        return all(each["status"] == "RUNNING" for each in found["vertices"])

    wait_until(all_run, what="all tasks to run", timeout_seconds=20, poll_seconds=0.05)


def test_an_sql_job_writes_files_takes_a_savepoint_and_goes_on_from_it(api, cluster, sql_job, make_column, tmp_path):
    columns = [make_column("n", "BIGINT")]
    options = {"rowsPerSecond": "50", "fields.n.kind": "sequence", "fields.n.start": "1", "fields.n.end": "20000"}
    source = api.source("source", "datagen", columns=columns, **options)
    sink = api.source("sink", "filesystem", columns=columns, path=str(tmp_path / "out"), format="json")
    job = sql_job(source, sink, f"SELECT n * 2 FROM {name_of(api, source)}", checkpointInterval=200, parallelism=1)
    assert api.data("POST", f"/jobs/run/{job}") == "作业启动中，请稍后！"
    api.wait(job, RUNNING)
    wait_until(lambda: len(rows_in(tmp_path / "out")) > 20, what="rows in files", timeout_seconds=30)

    api.get(f"/jobs/savepoint/{job}")
    assert "/savepoint-" in api.view(job)["savepointPath"]
    api.data("POST", f"/jobs/cancel/{job}")
    stopped = api.wait(job, CANCELED)
    assert state(cluster, stopped) == "CANCELED"

    api.data("POST", f"/jobs/run/{job}")
    again = api.wait(job, RUNNING)
    assert again["flinkJobId"] != stopped["flinkJobId"]
    restored = requests.get(f"{cluster.url}/jobs/{again['flinkJobId']}/checkpoints", timeout=10).json()
    assert restored["latest"]["restored"]["external_path"] == stopped["savepointPath"]
    before = len(rows_in(tmp_path / "out"))
    wait_until(lambda: len(rows_in(tmp_path / "out")) > before, what="more rows", timeout_seconds=30)
    api.data("POST", f"/jobs/cancel/{job}")
    api.wait(job, CANCELED)
    # Exactly once, over both runs.
    numbers = sorted(row["n"] for row in rows_in(tmp_path / "out"))
    assert numbers == [2 * number for number in range(1, len(numbers) + 1)]


def test_a_job_with_an_end_finishes(api, sql_job, make_column, tmp_path):
    (tmp_path / "in.csv").write_text("1,one\n2,two\n3,three\n", encoding="utf-8")
    source = api.source("source", "filesystem", path=str(tmp_path / "in.csv"), format="csv")
    sink = api.source("sink", "filesystem", path=str(tmp_path / "out"), format="json")
    job = sql_job(source, sink, f"SELECT id, UPPER(name) FROM {name_of(api, source)} WHERE id > 1")
    api.data("POST", f"/jobs/run/{job}")
    wait_until(lambda: len(rows_in(tmp_path / "out")) == 2, what="the rows", timeout_seconds=30)
    assert sorted(row["name"] for row in rows_in(tmp_path / "out")) == ["THREE", "TWO"]
    api.wait(job, RUNNING, FINISHED)


def test_a_side_table_joins(api, sql_job, make_column, tmp_path):
    (tmp_path / "left.csv").write_text("1,a\n2,b\n", encoding="utf-8")
    (tmp_path / "side.csv").write_text("2,second\n", encoding="utf-8")
    key = [make_column("id", "BIGINT", joinKey=1), make_column("name", "VARCHAR")]
    source = api.source("source", "filesystem", path=str(tmp_path / "left.csv"), format="csv")
    side = api.source("side", "filesystem", columns=key, path=str(tmp_path / "side.csv"), format="csv")
    sink = api.source("sink", "filesystem", path=str(tmp_path / "out"), format="json")
    left, right = name_of(api, source), name_of(api, side)
    job = sql_job(source, sink, f"SELECT l.id, r.name FROM {left} l JOIN {right} r ON l.id = r.id")
    view = api.view(job)
    parts = [*view["jobDsVOS"], {"dsId": side, "dsType": "side"}]
    api.data("POST", "/jobs/updateDO", {"id": job, "jobType": 0, "jobDsVOS": parts})
    api.data("POST", f"/jobs/run/{job}")
    wait_until(lambda: rows_in(tmp_path / "out"), what="the rows", timeout_seconds=30)
    assert rows_in(tmp_path / "out") == [{"id": 2, "name": "second"}]


@pytest.mark.parametrize(
    ("run_sql", "said"),
    [
        ("SELEC nothing", "SQL parse failed"),
        ("SELECT nothing FROM {source}", "Column 'nothing' not found"),
        ("SELECT id FROM {source}", "Column types of query result and sink for"),
    ],
)
def test_sql_that_is_wrong_fails_with_flinks_reason_in_the_log(api, sql_job, run_sql, said):
    source, sink = api.source("source", "datagen"), api.source("sink", "blackhole")
    job = sql_job(source, sink, run_sql.format(source=name_of(api, source)))
    api.data("POST", f"/jobs/run/{job}")
    assert api.wait(job, FAILED)["flinkJobId"] is None
    assert said in api.get(f"/jobs/{job}/log")


def test_a_connector_that_this_flink_does_not_have_fails_with_its_name(api, sql_job):
    source = api.source("source", "kafka", topic="t", bootstrapServers="127.0.0.1:1", format="json")
    sink = api.source("sink", "blackhole")
    job = sql_job(source, sink, f"SELECT * FROM {name_of(api, source)}")
    api.data("POST", f"/jobs/run/{job}")
    api.wait(job, FAILED)
    assert "Could not find any factory for identifier 'kafka'" in api.get(f"/jobs/{job}/log")


@pytest.fixture
def sql_jar(api, cluster_id, tmp_path):
    """The jar that runs SQL, on the cluster; its record."""
    with write_sql_jar(tmp_path / "sql.jar").open("rb") as file:
        api.data("POST", "/jars/upload", files={"jarfile": file}, clusterId=cluster_id, entryClass=MAIN_CLASS)
    return max(api.get("/jars/list", clusterId=cluster_id), key=lambda each: each["id"])


def test_a_jar_runs_and_is_cancelled(api, cluster, cluster_id, sql_jar):
    program = (
        "\"CREATE TABLE a (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '5')\" "
        "\"CREATE TABLE b (n INT) WITH ('connector' = 'blackhole')\" "
        '"INSERT INTO b SELECT n FROM a"'
    )
    job = api.job(jobType=1, clusterId=cluster_id, useJar=sql_jar["resUname"], entryClass=MAIN_CLASS, program=program)[
        "id"
    ]
    api.data("POST", f"/jobs/run/{job}")
    running = api.view(job)
    assert running["jobStatus"] == RUNNING
    assert api.refusal("DELETE", "/jars/removeDO", jarid=sql_jar["id"])[0] == -2
    wait_for_tasks(cluster, running)
    api.data("POST", f"/jobs/cancel/{job}")
    assert "/savepoint-" in api.wait(job, CANCELED)["savepointPath"]
    api.data("DELETE", "/jobs/removeDO", id=job)
    api.data("DELETE", "/jars/removeDO", jarid=sql_jar["id"])


@pytest.fixture
def function_jar(tmp_path):
    """A jar with a function that says a text twice: ``String eval(String text) { return text.concat(text); }``."""
    name, parent, text = "taskcenter/Twice", "org/apache/flink/table/functions/ScalarFunction", "java/lang/String"
    pool = ConstantPool()
    above = pool.method(parent, "<init>", "()V")
    concat = pool.method(text, "concat", f"(L{text};)L{text};")
    # aload_0, invokespecial, return; aload_1, aload_1, invokevirtual, areturn
    make = Method(PUBLIC, "<init>", "()V", struct.pack(">BBHB", 0x2A, 0xB7, above, 0xB1), stack=1, variables=1)
    code = struct.pack(">BBBHB", 0x2B, 0x2B, 0xB6, concat, 0xB0)
    evaluate = Method(PUBLIC, "eval", f"(L{text};)L{text};", code, stack=2, variables=2)
    return write_jar(tmp_path / "twice.jar", {name: class_file(name, parent, pool, [make, evaluate])})


def test_a_function_is_used_by_name_and_a_broken_one_breaks_only_those_who_use_it(api, sql_job, function_jar, tmp_path):
    for name, content in (("twice", function_jar.read_bytes()), ("broken", b"no jar")):
        fields = {"udfName": name, "udfClass": "taskcenter.Twice", "udfType": "SCALA"}
        api.data("POST", "/ds/udf/upload", files={"jarfile": (f"{name}.jar", content)}, **fields)
    (tmp_path / "in.csv").write_text("1,one\n", encoding="utf-8")
    source = api.source("source", "filesystem", path=str(tmp_path / "in.csv"), format="csv")
    sink = api.source("sink", "filesystem", path=str(tmp_path / "out"), format="json")
    good = sql_job(source, sink, f"SELECT id, TWICE(name) FROM {name_of(api, source)}")
    api.data("POST", f"/jobs/run/{good}")
    wait_until(lambda: rows_in(tmp_path / "out"), what="the row", timeout_seconds=30)
    assert rows_in(tmp_path / "out") == [{"id": 1, "name": "oneone"}]
    bad = sql_job(source, sink, f"SELECT id, BROKEN(name) FROM {name_of(api, source)}")
    api.data("POST", f"/jobs/run/{bad}")
    api.wait(bad, FAILED)
    assert "broken" in api.get(f"/jobs/{bad}/log").lower()


def test_a_jar_whose_program_fails_is_refused_with_its_reason_in_the_log(api, cluster_id, sql_jar):
    job = api.job(jobType=1, clusterId=cluster_id, useJar=sql_jar["resUname"], program="SELEC")["id"]
    assert api.refusal("POST", f"/jobs/run/{job}") == (-2, "作业启动异常")
    assert "SQL parse failed" in api.get(f"/jobs/{job}/log")


def test_a_cluster_that_dies_leaves_the_status_stale_until_somebody_looks(tmp_path, api_of):
    with (
        flink_cluster(tmp_path / "flink", slots=1) as cluster,
        HlinkServer(data_dir=tmp_path / "hlink", options=["--sync-seconds", "0.2"]) as server,
    ):
        server.fault("stale-status:-1")
        api = api_of(server)
        number = api.cluster(cluster.url)
        source, sink = api.source("source", "datagen"), api.source("sink", "blackhole")
        parts = [
            {"dsId": source, "dsType": "source"},
            {"dsId": sink, "dsType": "sink", "runSql": f"SELECT * FROM {name_of(api, source)}"},
        ]
        job = api.job(jobType=0, clusterId=number, jobDsVOS=parts)["id"]
        api.data("POST", f"/jobs/run/{job}")
        api.wait(job, RUNNING)
        cluster.kill()
        assert api.view(job)["jobStatus"] == RUNNING
        assert api.refusal("POST", f"/jobs/cancel/{job}")[0] == -2
        server.fault("stale-status:0")
        api.wait(job, FAILED)
        assert api.refusal("POST", f"/jobs/run/{job}") == (0, "集群地址不可用，请检查")

        # Flink's client is a process of the server's; it goes with it, however that goes.
        assert server.pid is not None
        below = psutil.Process(server.pid).children(recursive=True)
        assert [process.name() for process in below] == ["java"]
        server.kill()
        assert not any(process.is_running() for process in below)


def test_a_flink_of_its_own_lives_with_the_server(tmp_path, api_of):
    skip_without_flink()
    with HlinkServer(data_dir=tmp_path, options=["--flink"]) as server:
        (cluster,) = api_of(server).get("/cluster/check/list")
        assert cluster["name"] == "local"
        assert f"A Flink is at {cluster['address']}, cluster 'local'. Ctrl-C stops both." in server.log_tail()
        server.kill()
        with pytest.raises(requests.ConnectionError):
            requests.get(cluster["address"], timeout=5)
        server.start()
        (again,) = api_of(server).get("/cluster/check/list")
        assert api_of(server).get("/cluster/info", clusterId=again["id"])["slotTotal"] == 4
        assert again["id"] == cluster["id"]
    with pytest.raises(requests.ConnectionError):
        requests.get(again["address"], timeout=5)
