"""Whether the job of a task that is told to stop should go on, because another try takes it over.

A worker process is told to stop not only when a user acts on its task. When a scheduler dies, its tasks are given to a
new try while their old processes are still alive; these are then stopped, and must not take the job with them that the
new try has adopted. The same holds when a worker is shut down and the task is going to be retried.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from taskcenter.jobs import compat
from taskcenter.jobs.identity import is_last_try
from taskcenter.jobs.memory import remembered_attempt

if TYPE_CHECKING:
    from airflow.sdk import Context

    from taskcenter.core.job import JobTag

log = logging.getLogger(__name__)

ASK_SECONDS = 5.0
"""How long to wait for Airflow's answer. It may never come: the process is stopped in the middle of anything."""

_USER_STATES = {"failed", "success", "skipped", "removed", "restarting", "upstream_failed"}
"""What a task is in when a user, or the end of its run, has stopped it."""


def handed_over(context: Context, tag: JobTag) -> str | None:
    """Say who goes on with the job, or None when nobody does and it should be stopped.

    :param tag: the tag of the try that is being stopped.
    """
    answer: list[str | None] = []

    def ask() -> None:
        try:
            answer.append(_ask(context, tag))
        except Exception:
            log.warning("Airflow could not be asked why the task is stopped", exc_info=True)

    # In a thread, since this may be a signal handler that has interrupted a talk with Airflow and holds its lock.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ASK_SECONDS)
    return answer[0] if answer else None


def _ask(context: Context, tag: JobTag) -> str | None:
    ti: Any = context["ti"]
    state = compat.task_state(ti)
    if state in _USER_STATES:
        return None
    if state != "running":
        return f"Airflow has put the task back ({state or 'none'}), and its next try will adopt the job"
    attempt = remembered_attempt(context, tag)
    if attempt is not None and attempt > tag.attempt:
        return f"try {attempt} has adopted it"
    if not is_last_try(context):
        return "the worker is being stopped, and the next try will adopt the job"
    return None
