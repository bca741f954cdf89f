"""What differs between the supported versions of Airflow, and the calls that are not its public interface.

Tested on each of them by ``tests/jobs/test_compat.py``.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import BaseTrigger
from asgiref.sync import sync_to_async

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping, Sequence

log = logging.getLogger(__name__)

TRIGGER_HAS_ON_KILL = hasattr(BaseTrigger, "on_kill")
"""Airflow 3.3 tells a trigger that a user has acted on its task; 3.2 only cancels it, as it does when it shuts down."""

FAIL_METHOD = "__fail__"
"""The ``next_method`` that Airflow resumes a task with when its trigger failed or timed out (private, all versions)."""

_DEFERRED = "deferred"
_METRICS_SWITCHES = ("statsd_on", "statsd_datadog_enabled", "otel_on")


def mask_in_logs(secrets: Iterable[str]) -> None:
    """Have Airflow take secrets out of its logs."""
    from airflow.sdk.log import mask_secret

    for secret in secrets:
        mask_secret(secret)


async def amask_in_logs(secrets: Sequence[str]) -> None:
    """As :func:`mask_in_logs`, without ever waiting for Airflow's supervisor on the event loop's own thread."""
    if not secrets:
        return
    try:
        from airflow.sdk.log import amask_secret
    except ImportError:  # 3.2
        await sync_to_async(mask_in_logs)(secrets)
        return
    for secret in secrets:
        await amask_secret(secret)


async def cancelled_by_user(trigger: BaseTrigger) -> bool:
    """Whether the task of a cancelled trigger has been taken out of its deferral by a user (needed on 3.2 only).

    Asks Airflow for the task's state: a shutdown of the triggerer leaves it deferred.
    """
    ti = trigger.task_instance
    return ti is not None and await sync_to_async(task_state)(ti) != _DEFERRED


async def despite_cancels(work: Coroutine[Any, Any, None], seconds: float) -> None:
    """Finish some work in a task that is being cancelled, within a time (needed on 3.2 only).

    Airflow 3.2 cancels a trigger anew every second until it is gone.
    """
    task = asyncio.create_task(asyncio.wait_for(work, seconds))
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
    if not task.cancelled() and task.exception() is not None:
        log.warning("The job of a killed task could not be stopped in time: %r", task.exception())


@cache
def metrics() -> Any | None:
    """Airflow's metrics, with ``incr``, ``gauge`` and ``timing``; None where none of its ways to send them is on."""
    from airflow.sdk.configuration import conf

    if not any(conf.getboolean("metrics", switch, fallback=False) for switch in _METRICS_SWITCHES):
        return None
    # Sets the SDK's metrics up in whatever process imports it, also in those that run no task.
    import airflow.sdk.serde  # noqa: F401
    from airflow.sdk.observability import stats

    # 3.3 has functions in the module, 3.2 a class with the same.
    return stats if hasattr(stats, "gauge") else stats.Stats


@cache
def metric_names_with_tags() -> bool:
    """Whether Airflow reports its metrics also under names that have the tags' values in them."""
    from airflow.sdk.configuration import conf

    return bool(conf.getboolean("metrics", "legacy_names_on", fallback=True))


def gauge(name: str, value: float, tags: Mapping[str, str]) -> None:
    """Report a figure to whatever Airflow's metrics go to."""
    backend = metrics()
    if backend is not None:
        backend.gauge(name, value, tags=dict(tags))


def task_state(ti: Any) -> str | None:
    """The state that Airflow has the task instance in now, whatever its running process believes."""
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    states: Mapping[str, Mapping[str, object]] = RuntimeTaskInstance.get_task_states(
        dag_id=ti.dag_id, task_ids=[ti.task_id], run_ids=[ti.run_id], map_index=ti.map_index
    )
    of_run = states.get(ti.run_id, {})
    name = ti.task_id if ti.map_index is None or ti.map_index < 0 else f"{ti.task_id}_{ti.map_index}"
    state = of_run.get(name, of_run.get(ti.task_id))
    return None if state is None else str(getattr(state, "value", state))
