"""APP_REFRESH: the refreshes of all data sets of an application."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from taskcenter_plugin.job_types.base import JSON, Entities, Job, JobDefinitionError, JobType, Name, Param
from taskcenter_plugin.job_types.dataset import DatasetJobType, check_refresh, refresh_of, refresh_task
from taskcenter_plugin.job_types.steps import check_key, is_id, steps_of
from taskcenter_plugin.job_types.task_ids import safe_id


class AppRefreshJobType(JobType):
    """Needs no definition: the application's data sets are the DATASET entities whose key begins with ``appId-`` (应用数据集刷新).

    Virtual ones (``isVirtual``) are left out.
    """

    group: ClassVar[str] = "APP_REFRESH"
    job_classes: ClassVar[tuple[str, ...]] = ("com.hengshi.nangaparbat.schedulejob.AppDatasetRefreshJob",)
    key_params: ClassVar[tuple[str, ...]] = ("app",)
    params: ClassVar[tuple[Param, ...] | None] = ()
    not_a_node: ClassVar[str] = "make each of the application's data sets a node of type DATASET"

    def resolve(self, key: str, params: JSON, entities: Entities) -> dict[str, Any]:
        """Gather the data sets, as they are now; a change of one of them renews the plan."""
        prefix = f"{key}-"
        found = entities.with_prefix(DatasetJobType.group, prefix)
        datasets = [
            {**refresh_of(entity, {}), "id": entity.key.removeprefix(prefix)}
            for entity in found
            if not entity.is_virtual
        ]
        definition = {**params, "datasets": datasets}
        self.check(key, definition)
        return definition

    def check(self, key: str, definition: JSON) -> None:
        """At least one data set, each with a statement; ``{"app": id}`` the entityKey."""
        check_key(self.group, key, definition, "app")
        if not definition["datasets"]:
            raise JobDefinitionError(
                f"{self.group} {key}: the application has no data sets. PUT /api/entities/DATASET/{key}-<datasetId> first."
            )
        for dataset in steps_of(self.group, key, definition, "datasets"):
            check_refresh(f"{self.group} {key}, data set {dataset['id']}", dataset)

    def borrowed(self, key: str, definition: JSON) -> dict[str, Name]:
        """The data sets."""
        return {
            safe_id(each): (DatasetJobType.group, f"{key}-{each}") for each in map(_id_of, _listed(definition)) if each
        }

    def without(self, definition: JSON, task_ids: Collection[str]) -> dict[str, Any]:
        """Of these data sets, the ids only."""
        if not task_ids:
            return dict(definition)
        left = [{"id": each["id"]} if safe_id(_id_of(each)) in task_ids else each for each in _listed(definition)]
        return {**definition, "datasets": left}

    def size(self, definition: JSON) -> int:
        """A step a data set."""
        return len(definition["datasets"])

    def build(self, job: Job) -> None:
        """One task a data set, side by side; its ``subKey`` is the data set's id."""
        for dataset in steps_of(self.group, job.key, job.definition, "datasets"):
            refresh_task(safe_id(dataset["id"]), dataset, task_display_name=dataset["id"])


def _listed(definition: JSON) -> list[Any]:
    datasets = definition.get("datasets")
    return datasets if isinstance(datasets, list) else []


def _id_of(dataset: Any) -> str:
    """The id of a data set, empty where it has none."""
    found = dataset.get("id") if isinstance(dataset, dict) else None
    return str(found) if is_id(found) else ""
