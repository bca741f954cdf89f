"""Notes that a trigger leaves for the triggerer that takes it over, since a trigger begins anew with its first arguments.

They are XComs of its task: Airflow empties them when the task's next try begins, and not when it is deferred.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk.execution_time.xcom import XCom
from airflow.triggers.base import BaseTrigger
from asgiref.sync import sync_to_async


async def leave_note(trigger: BaseTrigger, key: str, value: Any) -> None:
    """Leave an XCom for whoever runs the trigger after this triggerer; Airflow keeps it until the task's next try.

    :raises Exception: Airflow did not take it.
    """
    if (ti := trigger.task_instance) is not None:
        await sync_to_async(XCom.set)(key, value, **_place(ti))


async def read_note(trigger: BaseTrigger, key: str) -> Any:
    """What an earlier run of the trigger has left, None where there is nothing.

    :raises Exception: Airflow does not say.
    """
    if (ti := trigger.task_instance) is None:
        return None
    return await sync_to_async(XCom.get_one)(key=key, **_place(ti))


def _place(ti: Any) -> dict[str, Any]:
    index = -1 if ti.map_index is None else ti.map_index
    return {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": index}
