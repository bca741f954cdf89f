"""Logs that are slow to come keep nothing else waiting, however many are asked for and given up."""

from __future__ import annotations

import asyncio

import pytest

from support.runs_of_plans import change
from support.scripted_server import Answer, ScriptedServer
from support.task_center import bearer
from taskcenter_plugin.ui import log_windows
from taskcenter_plugin.ui.log_feeds import feeds


@pytest.fixture
def worker(page, monkeypatch):
    """The machine on which the task runs, which takes its time to give out the log."""
    with ScriptedServer(lambda asked: Answer(held=True)) as machine:
        monkeypatch.setenv("AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT", str(machine.port))
        monkeypatch.setattr(log_windows, "WAIT_SECONDS", 0.05)
        change(page.context, hostname="127.0.0.1")
        yield machine
        machine.release()


async def _give_up() -> None:
    feeds().close()


def test_logs_that_were_given_up_hold_two_threads_at_most_and_no_other_work(page, worker):
    for _ in range(12):
        assert page.read(source="task")["total"] == 0
        page.http.portal.call(_give_up)
    worker.wait_for(lambda: worker.in_flight == 2)
    assert page.http.portal.call(asyncio.to_thread, sum, (1, 2)) == 3
    assert page.http.get("/me", headers={"Authorization": bearer("ada")}).status_code == 200
    assert (worker.in_flight, worker.most_in_flight) == (2, 2)
