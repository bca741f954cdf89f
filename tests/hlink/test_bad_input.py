"""What a user gets wrong, or finds broken, before anything runs: one error each, which says what to do."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from support.airflow_task import in_dag
from support.hlink_flink_stub import FlinkStub
from support.job_task import run_task
from support.scripted_server import DROP
from taskcenter.core.errors import ConfigurationError, RefusedError, RemoteError
from taskcenter.core.job import JobRef
from taskcenter.hlink import starts
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter.hlink.restart_operator import HlinkRestartJobOperator
from taskcenter.hlink.savepoint_operator import HlinkSavepointOperator
from taskcenter.hlink.stop_operators import HlinkCancelJobOperator, HlinkJarUploadOperator


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starts, "STALE_SECONDS", (0.02,) * 5)
    monkeypatch.setattr(starts, "POLL_SECONDS", 0.02)


def run(airflow: Any, kind: type[Any], **arguments: Any) -> Any:
    """Run a task to its end."""
    return run_task(airflow, partial(in_dag, kind, **arguments))


@pytest.fixture
def sql_job(hook: HlinkHook, cluster_id: int, request: pytest.FixtureRequest) -> Any:
    """Makes an SQL job with a source, and with a sink that has the statement."""
    name = f"bad_{abs(hash(request.node.name))}"

    def table(side: str, kind: str, **properties: str) -> str:
        column = {"name": "n", "flinkType": "BIGINT", "level": 1, "virtualId": "1", "virtualPid": "0"}
        fields = [{"fieldName": key, "fieldValue": value, "required": True} for key, value in properties.items()]
        body = {"dsName": f"{name}_{side}", "dsType": side, "tableType": kind, "tableName": f"{name}_{side}"}
        return hook.add_data_source({**body, "dsSchemaColumnVOS": [column], "jsonFieldVO": {"jsonValue": fields}})

    def make(statement: str | None) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [{"dsId": table("source", "datagen", rowsPerSecond="20"), "dsType": "source"}]
        if statement is not None:
            sink = table("sink", "filesystem", path="/nowhere", format="json")
            parts.append({"dsId": sink, "dsType": "sink", "runSql": statement})
        return hook.add_job({"jobName": name, "jobType": 0, "clusterId": cluster_id, "jobDsVOS": parts})

    return make


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (None, r"An SQL job needs a data source of type sink, with runSql, in jobDsVOS"),
        ("SELECT n FROM x;", r"runSql must not end in a semicolon"),
        ("", r"缺少特征加工语句"),
    ],
)
def test_an_sql_job_that_is_not_whole_is_refused_and_not_started(airflow, server, flink, sql_job, statement, text):
    job = sql_job(statement)
    before = server.stats()["submissions"]
    with pytest.raises(RefusedError, match=text):
        run(airflow, HlinkJobOperator, job_id=job["id"])
    assert server.stats()["submissions"] == before
    assert flink.jobs == {}


@pytest.mark.parametrize("name", ["program.zip", "program.jar.bak", "program"])
def test_a_jar_of_another_type_is_not_sent(airflow, flink: FlinkStub, cluster_id, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ConfigurationError, match="is no jar"):
        run(airflow, HlinkJarUploadOperator, path=str(path), cluster_id=cluster_id)
    assert flink.jars == []


def test_a_job_of_a_cluster_that_is_down_is_not_started(airflow, hook, flink, make_job, sql_job):
    jar_job, sql = make_job(), sql_job("SELECT n FROM x")
    flink.always("*", DROP)
    with pytest.raises(
        RefusedError, match=r"The Flink cluster of the job does not answer Hlink\. See whether it is up"
    ):
        run(airflow, HlinkJobOperator, job_id=jar_job["id"])
    with pytest.raises(RefusedError, match=r"Hlink cannot reach a Flink cluster at that address"):
        run(airflow, HlinkJobOperator, job_id=sql["id"])


def test_a_jar_is_not_brought_to_a_cluster_that_is_down(airflow, flink, cluster_id, jar):
    flink.always("*", DROP)
    with pytest.raises(RefusedError, match="for a cluster that it knows and that is up"):
        run(airflow, HlinkJarUploadOperator, path=str(jar), cluster_id=cluster_id)


def test_a_job_that_may_run_on_a_cluster_that_is_down_is_not_started_again(airflow, hook, flink, make_job):
    job = make_job()
    hook.run_job(job["id"])
    flink.always("*", DROP)
    with pytest.raises(RefusedError, match=r"runs already: it is RUNNING by Hlink's account; its cluster .* no answer"):
        run(airflow, HlinkJobOperator, job_id=job["id"])


@pytest.mark.parametrize("kind", [HlinkCancelJobOperator, HlinkRestartJobOperator, HlinkSavepointOperator])
def test_a_job_on_a_cluster_that_is_down_cannot_be_stopped_or_saved(airflow, hook, flink, make_job, kind):
    job = make_job(stateSavepointsDir="file:///savepoints")
    hook.run_job(job["id"])
    flink.always("*", DROP)
    with pytest.raises(
        RemoteError, match=r"[Cc]luster did not take it\. See whether it is up|failed on the cluster"
    ) as error:
        run(airflow, kind, job_id=job["id"])
    assert error.value.context.job_id == str(job["id"])
    flink.always("*", None)
    assert set(flink.jobs.values()) == {"RUNNING"}


def test_a_job_that_failed_with_its_cluster_says_that_the_cluster_does_not_know_it(airflow, hook, flink, make_job):
    job = make_job()
    hook.run_job(job["id"])
    flink.jobs.clear()
    hook.update_job({"id": job["id"], "jobType": 1, "jobStatus": 5})
    status = hook.run(lambda api: api.job_status(JobRef(str(job["id"]))))
    assert status.reason is not None
    assert f"cluster at {flink.url} does not know the Flink job" in status.reason
