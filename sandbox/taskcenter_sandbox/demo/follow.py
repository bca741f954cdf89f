"""Follows one DAG run through Airflow's API and tells what happens in it."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from typing import Any

from taskcenter_sandbox.demo.display import Display
from taskcenter_sandbox.deployment.client import RUN_ENDED, AirflowClient, task_label
from taskcenter_sandbox.waiting import DeadlineExceeded

TASK_ENDED = frozenset({"success", "failed", "upstream_failed", "skipped"})
_STARTED = frozenset({"running", "deferred", "up_for_retry", "up_for_reschedule", "success", "failed"})
_JOB_LOGGERS = "taskcenter"
_POLL_SECONDS = 0.5
_FAILED_LOG_LINES = 20
_STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ ")  # of Linkis, wide; the display has the time
_GROUP = "::"  # how Airflow marks the parts of a log that its UI can fold


class RunFollower:
    """Prints each change of a run until it has ended.

    :param client: the Airflow that runs it
    :param display: where to print
    """

    def __init__(self, client: AirflowClient, display: Display, dag_id: str, run_id: str) -> None:
        self.client = client
        self.display = display
        self.dag_id = dag_id
        self.run_id = run_id
        self._states: dict[str, str] = {}
        self._lines_shown: defaultdict[tuple[str, int], int] = defaultdict(int)

    def follow(self, *, timeout_seconds: float) -> str:
        """Return the state that the run ended in.

        :raises DeadlineExceeded: when it has not ended in time
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            state = self.client.unless_down(lambda: self.client.run_state(self.dag_id, self.run_id))
            # Asked after the run's state, so that of a run which has ended all changes are seen.
            tasks = self.client.unless_down(lambda: self.client.task_instances(self.dag_id, self.run_id))
            for task in tasks or []:
                self._show(task)
            if tasks and state in RUN_ENDED:
                return str(state)
            if time.monotonic() > deadline:
                raise DeadlineExceeded(f"{self.dag_id} has not ended within {timeout_seconds:g} s: {self._states}")
            time.sleep(_POLL_SECONDS)

    def _show(self, task: dict[str, Any]) -> None:
        label, state = task_label(task), task["state"]
        changed = state is not None and self._states.get(label) != state
        # The log before the end, so that it reads in the order in which things happened.
        if state in _STARTED and (changed or state not in TASK_ENDED):
            self._show_log(task)
        if not changed:
            return
        self._states[label] = state
        self.display.task_state(label, state, task["duration"] if state in TASK_ENDED else None)
        if state == "success":
            self._show_result(task)

    def _show_log(self, task: dict[str, Any]) -> None:
        label, try_number = task_label(task), max(1, task["try_number"])
        entries = self.client.unless_down(
            lambda: self.client.task_log(
                self.dag_id, self.run_id, task["task_id"], try_number=try_number, map_index=task["map_index"]
            )
        )
        if entries is None:
            return  # not written yet; the next look shows it
        lines = [_STAMP.sub("", str(entry["event"])) for entry in entries if _is_of_job(entry)]
        if task["state"] == "failed":
            lines = [_with_error(entry) for entry in entries if not str(entry["event"]).startswith(_GROUP)]
            for line in lines[-_FAILED_LOG_LINES:]:
                self.display.say(f"{'':11}{label} │ {line}")
            return
        shown = self._lines_shown[label, try_number]
        self.display.log(label, lines[shown:])
        self._lines_shown[label, try_number] = len(lines)

    def _show_result(self, task: dict[str, Any]) -> None:
        value = self.client.unless_down(
            lambda: self.client.xcom(self.dag_id, self.run_id, task["task_id"], map_index=task["map_index"])
        )
        self.display.result(task_label(task), value)


def _is_of_job(entry: dict[str, Any]) -> bool:
    """True for the lines that our operators, sensors and triggers write."""
    return _JOB_LOGGERS in str(entry.get("logger", ""))


def _with_error(entry: dict[str, Any]) -> str:
    errors = [f"{error.get('exc_type')}: {error.get('exc_value')}" for error in entry.get("error_detail") or []]
    return " | ".join([str(entry["event"]), *errors])
