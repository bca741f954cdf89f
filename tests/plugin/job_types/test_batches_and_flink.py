"""Batches of Exchangis jobs run side by side; Flink is refused with what to do."""

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
        ("FLINK", {"jobId": 1}, "FLINK 7: Flink jobs cannot be run yet; use LINKIS"),
    ],
)
def test_a_definition_that_cannot_run_is_refused(group, params, message):
    from taskcenter_plugin.job_types.base import JobDefinitionError

    with pytest.raises(JobDefinitionError, match=message):
        dag_of(group, params)
