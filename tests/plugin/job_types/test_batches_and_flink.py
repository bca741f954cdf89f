"""Batches of Exchangis jobs run side by side; Flink jobs run in Hlink or on a cluster."""

from __future__ import annotations

import pytest


class NoEntities:
    def get(self, group, key):
        return None

    def with_prefix(self, group, prefix):
        return []


def dag_of(group, params, key="7"):
    from airflow.serialization.serialized_objects import DagSerialization

    from taskcenter_plugin.job_types.registry import job_type
    from taskcenter_plugin.plans.dags import build_dag
    from taskcenter_plugin.plans.document import PlanDocument

    definition = job_type(group).resolve(key, params, NoEntities())
    document = PlanDocument(
        1, f"plan_{group}", group, key, "t", "ada", created=1.7e9, since=1.7e9, definition=definition
    )
    built = build_dag(document)
    assert set(DagSerialization.from_dict(DagSerialization.to_dict(built)).task_dict) == set(built.task_dict)
    return built


def test_the_jobs_of_a_batch_wait_for_nothing_and_publish_once():
    dag = dag_of("DB_BATCH_SYNC", {"syncProj": 7, "jobs": [12, "13"], "connection": "other"})
    jobs = [dag.get_task("job_12"), dag.get_task("job_13")]
    assert [(job.job_id, job.task_display_name, job.exchangis_conn_id) for job in jobs] == [
        (12, "12", "other"),
        ("13", "13", "other"),
    ]
    assert all(job.upstream_task_ids == set() and job.downstream_task_ids == {"__done__"} for job in jobs)
    assert len(dag.get_task("__done__").outlets) == 1


@pytest.mark.parametrize(
    ("params", "project"),
    [({"syncProj": 7}, "7"), ({"syncProj": 7, "project": "sales"}, "sales"), ({"project": 12}, "12")],
)
def test_the_jobs_of_a_project_are_listed_when_the_plan_runs(params, project):
    dag = dag_of("DB_BATCH_SYNC", {**params, "connection": "other"})
    listed, job = dag.get_task("jobs"), dag.get_task("job")
    assert (listed.project, listed.exchangis_conn_id) == (project, "other")
    assert (job.upstream_task_ids, job.downstream_task_ids) == ({"jobs"}, {"__done__"})
    assert len(dag.get_task("__done__").outlets) == 1


def test_a_flink_job_is_one_of_hlink():
    task = dag_of("FLINK", {"jobName": "orders", "waitUntil": "running", "stableSeconds": 5}).get_task("run")
    assert (type(task).__name__, task.job_name, task.hlink_conn_id) == (
        "PlanHlinkJobOperator",
        "orders",
        "hlink_default",
    )
    assert (task.wait_until, task.stable_seconds) == ("running", 5)


def test_or_sql_or_a_jar_on_a_cluster():
    sql = dag_of("FLINK", {"sql": "SELECT '{{ ds }}'", "configuration": {"parallelism.default": 2}}).get_task("run")
    assert (type(sql).__name__, sql.sql, sql.wait_until) == ("PlanFlinkSqlOperator", "SELECT '{{ ds }}'", "finished")
    jar = dag_of("FLINK", {"jarId": "1_a.jar", "arguments": ["{{ ds }}"], "connection": "other"}).get_task("run")
    assert (jar.jar_id, list(jar.arguments), jar.flink_conn_id) == ("1_a.jar", ["{{ ds }}"], "other")


@pytest.mark.parametrize(
    ("group", "params", "message"),
    [
        ("DB_BATCH_SYNC", {}, "DB_BATCH_SYNC 7: give project, an Exchangis project, or jobs"),
        ("DB_BATCH_SYNC", {"jobs": [None]}, "give project, an Exchangis project, or jobs"),
        ("DB_BATCH_SYNC", {"project": "sales", "jobs": [12]}, "give either project or jobs"),
        ("DB_BATCH_SYNC", {"project": ""}, "project must be a number"),
        ("DB_BATCH_SYNC", {"project": ["sales"]}, "project must be a number"),
        ("DB_BATCH_SYNC", {"syncProj": 8}, "jobParams.syncProj is 8; it must be the entityKey, 7"),
        ("DB_BATCH_SYNC", {"jobs": [12, "12", 13]}, "jobs has 12 twice"),
        ("DB_BATCH_SYNC", {"syncProj": 8, "jobs": [12]}, "jobParams.syncProj is 8; it must be the entityKey, 7"),
        ("DB_BATCH_SYNC", {"jobs": [12], "connection": ""}, "connection must be a text"),
        ("FLINK", {}, "FLINK 7: give one of jobId, jobCode, jobName, sql, jarId, and only one"),
        ("FLINK", {"jobId": 1, "sql": "SELECT 1"}, "and only one"),
        ("FLINK", {"jobId": [1]}, "jobId must be a text that is not empty, or a number"),
        ("FLINK", {"sql": 7}, "sql must be a text"),
        ("FLINK", {"jobId": 1, "parallelism": 2}, "parallelism does not go with jobId"),
        ("FLINK", {"jobId": 1, "configuration": {"a": 1}}, "configuration does not go with jobId"),
        ("FLINK", {"jarId": "a.jar", "arguments": "--all"}, "arguments must be a list of texts"),
        ("FLINK", {"jarId": "a.jar", "parallelism": 0}, "parallelism must be a whole number from 1 on"),
        ("FLINK", {"sql": "SELECT 1", "configuration": {"a": [1]}}, "configuration: a is"),
        ("FLINK", {"sql": "SELECT 1", "waitUntil": "done"}, "waitUntil must be finished or running"),
        ("FLINK", {"sql": "SELECT 1", "stableSeconds": -1}, "stableSeconds must be a number of seconds"),
        ("FLINK", {"sql": "SELECT 1", "connection": " "}, "connection must be a text"),
    ],
)
def test_a_definition_that_cannot_run_is_refused(group, params, message):
    from taskcenter_plugin.job_types.base import JobDefinitionError

    with pytest.raises(JobDefinitionError, match=message):
        dag_of(group, params)
