"""DATASET and APP_REFRESH: refreshes, whole or from where the last good run began."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from taskcenter_plugin.job_types.app_refresh import AppRefreshJobType
from taskcenter_plugin.job_types.base import EntityView, Job, JobDefinitionError
from taskcenter_plugin.job_types.dataset import NEVER, DatasetJobType, last_success

COUNT = {"code": "SELECT count(*) FROM orders WHERE changed > '${last_success}'"}


class Stored:
    def __init__(self, *entities: EntityView) -> None:
        self._entities = {(each.group, each.key): each for each in entities}

    def get(self, group, key):
        return self._entities.get((group, key))

    def with_prefix(self, group, prefix):
        return [
            each for name, each in sorted(self._entities.items()) if name[0] == group and name[1].startswith(prefix)
        ]


def dataset(key: str, **more) -> EntityView:
    return EntityView("DATASET", key, None, COUNT, **more)


def tasks(job_type, key: str, definition: dict) -> dict:
    from airflow.sdk import DAG

    with DAG("datasets", schedule=None) as dag:
        job_type.build(Job(job_type.group, key, "", definition))
    return dag.task_dict


def test_a_data_set_is_refreshed_as_its_entity_says():
    kind = DatasetJobType()
    definition = kind.resolve("1-2", {"app": 1, "dataset": 2}, Stored(dataset("1-2", update_method="INCREMENTAL")))
    [task] = tasks(kind, "1-2", definition).values()
    assert (task.task_id, task.incremental, task.code) == ("run", True, COUNT["code"])


def test_without_an_update_method_it_is_refreshed_whole():
    kind = DatasetJobType()
    [task] = tasks(kind, "1-2", kind.resolve("1-2", {}, Stored(dataset("1-2")))).values()
    assert task.incremental is False


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"app": 1, "dataset": 3}, "must make the entityKey, 1-2"),
        ({"updateMethod": "SOMETIMES"}, "ALL or INCREMENTAL"),
        ({"code": " "}, "code must be"),
    ],
)
def test_a_refresh_that_cannot_be_is_refused(params, told):
    with pytest.raises(JobDefinitionError, match=told):
        DatasetJobType().resolve("1-2", params, Stored(dataset("1-2")))


def test_the_last_good_run_is_told_in_the_deployments_zone():
    assert (
        last_success({"prev_start_date_success": datetime(2026, 3, 1, 8, 30, tzinfo=timezone.utc)})
        == "2026-03-01 08:30:00"
    )
    assert last_success({"prev_start_date_success": None}) == NEVER


def test_an_application_refreshes_all_its_data_sets_but_virtual_ones():
    kind = AppRefreshJobType()
    stored = Stored(dataset("1-2"), dataset("1-a b"), dataset("1-9", is_virtual=True), dataset("11-2"))
    found = tasks(kind, "1", kind.resolve("1", {"app": 1}, stored))
    assert sorted(task.task_display_name for task in found.values()) == ["2", "a b"]
    assert not any(task.upstream_task_ids for task in found.values())


def test_an_application_without_data_sets_says_how_to_make_one():
    with pytest.raises(JobDefinitionError, match="/api/entities/DATASET/1-"):
        AppRefreshJobType().resolve("1", {}, Stored(dataset("2-1")))
