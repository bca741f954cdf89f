"""Notebooks, pipelines and Exchangis jobs become DAGs; bad definitions are refused with what is wrong."""

from __future__ import annotations

import pytest

GROUPS = {
    "NOTEBOOK": "taskcenter_plugin.job_types.notebook:NotebookJobType",
    "PIPELINE": "taskcenter_plugin.job_types.pipeline:PipelineJobType",
    "EXCHANGIS": "taskcenter_plugin.job_types.exchangis:ExchangisJobType",
}


A_CODE = {"code": "SELECT 1"}


class NoEntities:
    def get(self, group, key):
        return None

    def with_prefix(self, group, prefix):
        return []


def dag_of(group, params, key="1"):
    """The DAG as the scheduler reads it back from its serialised form."""
    from airflow.serialization.serialized_objects import DagSerialization

    from taskcenter_plugin.job_types.registry import job_type
    from taskcenter_plugin.plans.dags import build_dag
    from taskcenter_plugin.plans.document import PlanDocument

    definition = job_type(group).resolve(key, params, NoEntities())
    document = PlanDocument(
        1, f"plan_{group}", group, key, "title", "ada", created=1.7e9, since=1.7e9, definition=definition
    )
    built = build_dag(document)
    read_back = DagSerialization.from_dict(DagSerialization.to_dict(built))
    assert {task.task_id for task in read_back.tasks} == set(built.task_dict)
    return built


def edges(dag):
    return {(task.task_id, down) for task in dag.tasks for down in task.downstream_task_ids}


@pytest.mark.parametrize("group", GROUPS)
def test_the_group_is_registered(group):
    from taskcenter_plugin.job_types.registry import job_type

    kind = type(job_type(group))
    assert f"{kind.__module__}:{kind.__name__}" == GROUPS[group]


def test_paragraphs_run_one_after_the_other_under_their_ids():
    paragraphs = [
        {"id": 1, "code": "SELECT 1"},
        {"id": "总 数", "code": "SELECT {{ 2 }}"},
        {"id": "z", "scriptPath": "a.sql"},
    ]
    dag = dag_of("NOTEBOOK", {"notebook": 1, "paragraphs": paragraphs})
    first, second, third = dag.tasks
    assert edges(dag) == {(first.task_id, second.task_id), (second.task_id, third.task_id)}
    assert [task.task_display_name for task in dag.tasks] == ["1", "总 数", "z"]
    second.render_template_fields({})
    assert second.code == "SELECT {{ 2 }}"


def test_nodes_wait_for_those_they_depend_on():
    nodes = [
        {"id": "3", "dependsOn": ["1", 2, "1"], "code": "SELECT 3"},
        {"id": "1", "code": "SELECT 1"},
        {"id": "2", "type": "EXCHANGIS", "jobId": 12},
    ]
    dag = dag_of("PIPELINE", {"pipeline": "1", "nodes": nodes})
    assert edges(dag) == {("1", "3"), ("2", "3")}
    assert dag.get_task("2").job_id == 12
    assert len(dag.get_task("3").outlets) == 1


def test_a_node_can_be_a_job_of_any_group_and_is_named_by_its_id():
    nodes = [
        {"id": "第 1", "type": "FLINK", "sql": "SELECT '{{ ds }}'", "connection": "cluster"},
        {"id": "set", "type": "DATASET", "app": 1, "dataset": 2, "updateMethod": "INCREMENTAL", **A_CODE},
        {"id": "batch", "type": "DB_BATCH_SYNC", "jobs": [12, 13], "dependsOn": ["第 1", "set"]},
        {"id": "project", "type": "DB_BATCH_SYNC", "syncProj": 7},
        {
            "id": "notes",
            "type": "NOTEBOOK",
            "paragraphs": [{"id": 1, **A_CODE}, {"id": 2, **A_CODE}],
            "dependsOn": ["batch"],
        },
        {"id": "mail", "type": "APP_EMAIL", "to": ["a@b.cn"], "subject": "S", "attachments": [{"id": "x y", **A_CODE}]},
        {"id": "bare mail", "type": "APP_EMAIL", "to": ["a@b.cn"], "subject": "S", "dependsOn": ["notes"]},
    ]
    dag = dag_of("PIPELINE", {"nodes": nodes})
    assert names(dag) == {
        "第 1",
        "set",
        "batch/12",
        "batch/13",
        "project/jobs",
        "project/job",
        "notes/1",
        "notes/2",
        "mail/x y",
        "mail/send",
        "bare mail",
        "__done__",
    }
    flink = next(task for task in dag.tasks if task.task_display_name == "第 1")
    assert (type(flink).__name__, flink.flink_conn_id) == ("PlanFlinkSqlOperator", "cluster")
    assert dag.get_task("set").incremental is True
    assert dag.get_task("batch.job_12").upstream_task_ids == {flink.task_id, "set"}
    assert dag.get_task("notes.1").upstream_task_ids == {"batch.job_12", "batch.job_13"}
    assert dag.get_task("notes.2").upstream_task_ids == {"notes.1"}
    assert dag.get_task("mail.__send__").attachments[0][0] in dag.task_dict
    assert {name for task in dag.tasks for name in task.outlets}


def test_long_ids_of_nodes_and_of_their_steps_both_fit():
    nodes = [{"id": letter * 200, "type": "NOTEBOOK", "paragraphs": [{"id": "p" * 200, **A_CODE}]} for letter in "ab"]
    assert names(dag_of("PIPELINE", {"nodes": nodes})) == {"a" * 200, "b" * 200, "__done__"}


def names(dag) -> set[str]:
    """The subKeys of a run's logs and results."""
    from airflow.serialization.serialized_objects import DagSerialization

    from taskcenter_plugin.airflow_internals.task_logs import _name_in_group

    read_back = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    return {_name_in_group(task.task_display_name, task) for task in read_back.tasks}


def test_an_exchangis_job_is_named_by_its_id_or_by_project_and_name():
    assert dag_of("EXCHANGIS", {"jobId": 12}).get_task("run").job_id == 12
    task = dag_of("EXCHANGIS", {"project": "{{ p }}", "job": "j", "connection": "other"}).get_task("run")
    task.render_template_fields({})
    assert (task.project, task.job_name, task.exchangis_conn_id) == ("{{ p }}", "j", "other")


A = {"id": "a", "code": "x"}


@pytest.mark.parametrize(
    ("group", "params", "message"),
    [
        ("NOTEBOOK", {"notebook": 1}, "NOTEBOOK 1: give paragraphs"),
        ("NOTEBOOK", {"paragraphs": []}, "give paragraphs"),
        ("NOTEBOOK", {"notebook": 2, "paragraphs": [A]}, "jobParams.notebook is 2; it must be the entityKey, 1"),
        ("NOTEBOOK", {"notebook": True, "paragraphs": [A]}, "jobParams.notebook is True"),
        ("NOTEBOOK", {"paragraphs": ["x"]}, r"paragraphs\[0\] must be an object with an id"),
        ("NOTEBOOK", {"paragraphs": [{"code": "x"}]}, r"paragraphs\[0\] must be an object with an id"),
        ("NOTEBOOK", {"paragraphs": [{"id": "a" * 201, "code": "x"}]}, "1 to 200 characters"),
        ("NOTEBOOK", {"paragraphs": [A, A]}, "the id 'a' twice"),
        ("NOTEBOOK", {"paragraphs": [{"id": "__done__", "code": "x"}]}, "'__done__' in paragraphs is reserved"),
        ("NOTEBOOK", {"paragraphs": [{"id": "a"}]}, "paragraph a: give either code or scriptPath"),
        ("PIPELINE", {"pipeline": 1}, "PIPELINE 1: give nodes"),
        ("PIPELINE", {"pipeline": 3, "nodes": [A]}, "jobParams.pipeline is 3"),
        ("PIPELINE", {"nodes": [A, A]}, "the id 'a' twice"),
        ("PIPELINE", {"nodes": [{**A, "dependsOn": "b"}]}, "dependsOn must be a list"),
        ("PIPELINE", {"nodes": [{**A, "dependsOn": [{}]}]}, "dependsOn must be a list"),
        ("PIPELINE", {"nodes": [{**A, "dependsOn": ["b"]}]}, "dependsOn names b, but there is no such node"),
        ("PIPELINE", {"nodes": [{**A, "dependsOn": ["a"]}]}, "wait for each other: a -> a"),
        (
            "PIPELINE",
            {"nodes": [{**A, "dependsOn": ["b"]}, {**A, "id": "b", "dependsOn": ["a"]}]},
            "wait for each other: ",
        ),
        (
            "PIPELINE",
            {"nodes": [{**A, "type": "SPARK"}]},
            "PIPELINE 1, node a: There is no job type .*'SPARK'. Known: .*FLINK",
        ),
        ("PIPELINE", {"nodes": [{**A, "type": []}]}, "node a: type must be the name of a job type"),
        ("PIPELINE", {"nodes": [{**A, "type": "x" * 51}]}, "node a: type must be the name of a job type"),
        (
            "PIPELINE",
            {"nodes": [{"id": "a", "type": "PIPELINE", "nodes": [A]}]},
            "node a: a node cannot be of type PIPELINE; put",
        ),
        (
            "PIPELINE",
            {"nodes": [{"id": "a", "type": "APP_REFRESH", "app": 1}]},
            "cannot be of type APP_REFRESH; .*DATASET",
        ),
        ("PIPELINE", {"nodes": [{"id": "a", "type": "FLINK"}]}, "PIPELINE 1, node a: give one of jobId, jobCode"),
        ("PIPELINE", {"nodes": [{"id": "a", "type": "DATASET", "app": 1, "dataset": 2}]}, "node a: give either code"),
        (
            "PIPELINE",
            {"nodes": [{"id": "a", "type": "NOTEBOOK", "paragraphs": [{"id": "p"}]}]},
            "PIPELINE 1, node a, paragraph p: give either code",
        ),
        ("PIPELINE", {"nodes": [{"id": "a", "type": "DB_BATCH_SYNC", "jobs": [1, 1]}]}, "node a: jobs has 1 twice"),
        ("PIPELINE", {"nodes": [{"id": "a", "type": "EXCHANGIS"}]}, "node a: give either jobId, or project and job"),
        ("EXCHANGIS", {}, "give either jobId, or project and job"),
        ("EXCHANGIS", {"jobId": 1, "job": "x"}, "give either jobId, or project and job"),
        ("EXCHANGIS", {"project": "x"}, "give either jobId, or project and job"),
        ("EXCHANGIS", {"jobId": [1]}, "jobId must be a number"),
        ("EXCHANGIS", {"jobId": 1, "connection": 5}, "connection must be a text"),
    ],
)
def test_a_definition_that_cannot_run_is_refused(group, params, message):
    from taskcenter_plugin.job_types.base import JobDefinitionError

    with pytest.raises(JobDefinitionError, match=message):
        dag_of(group, params)
