"""What a StatsD server receives of the jobs that tasks run and triggers wait for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from support.airflow_task import InMemoryAirflow
from support.job_task import InThread, events_of, make_task, recreate, run_task
from support.linkis_replies import PREFIX
from support.linkis_stub import LinkisStub
from support.scripted_server import LOSE, html_answer
from support.statsd_listener import StatsdListener, airflow_sending_to_statsd
from taskcenter.core.errors import JobExpiredError, RemoteError
from taskcenter.core.job import JobRef
from taskcenter.jobs import metrics
from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.triggers import LinkisTrigger

SUBMIT = f"POST {PREFIX}/entrance/submit"
LIST_IDS = f"GET {PREFIX}/jobhistory/list-taskids"
HOST = socket.gethostname().replace(".", "__")


@pytest.fixture
def statsd(monkeypatch: pytest.MonkeyPatch) -> Iterator[StatsdListener]:
    """Where Airflow sends its metrics."""
    with airflow_sending_to_statsd(monkeypatch) as listener:
        yield listener


def run_to_its_end(airflow: InMemoryAirflow, linkis: LinkisStub, **arguments: Any) -> None:
    """Run a task whose job succeeds once it has been looked at."""
    running = InThread(lambda: run_task(airflow, lambda: make_task(**arguments)))
    linkis.wait_for(lambda: bool(linkis.jobs) and len(linkis.asked) >= 3)
    linkis.jobs[max(linkis.jobs)].status = "Succeed"
    running.result()


@pytest.mark.parametrize("deferrable", [False, True])
def test_a_submitted_job_is_counted_by_system(airflow: InMemoryAirflow, linkis: LinkisStub, statsd, deferrable):
    run_to_its_end(airflow, linkis, deferrable=deferrable)
    statsd.wait_for(lambda: statsd.total("taskcenter.submissions.linkis"))
    assert statsd.total("taskcenter.submissions") == 1
    assert statsd.total("taskcenter.adoptions") == 0
    assert statsd.total("taskcenter.errors") == 0


def test_a_job_whose_submission_got_no_answer_is_an_adoption(airflow: InMemoryAirflow, linkis: LinkisStub, statsd):
    linkis.script(SUBMIT, LOSE)
    run_to_its_end(airflow, linkis)
    statsd.wait_for(lambda: statsd.total("taskcenter.adoptions.linkis") == 1)
    assert statsd.total("taskcenter.submissions") == 0


async def test_waiting_jobs_polls_and_their_lag(linkis: LinkisStub, statsd: StatsdListener):
    jobs = [linkis.add_job() for _ in range(3)]
    waiting = [asyncio.create_task(events_of(trigger(number))) for number in (1, 2, 3)]
    await asyncio.to_thread(statsd.wait_for, lambda: 3 in statsd.values(f"taskcenter.jobs_waiting.linkis.{HOST}"))
    await asyncio.to_thread(statsd.wait_for, lambda: statsd.total("taskcenter.polls.linkis") >= 6)
    for job in jobs:
        job.status = "Succeed"
    await asyncio.gather(*waiting)
    await asyncio.to_thread(statsd.wait_for, lambda: statsd.values("taskcenter.jobs_waiting")[-1] == 0)
    requests = len(linkis.asked_for(LIST_IDS))
    await asyncio.to_thread(statsd.wait_for, lambda: statsd.total("taskcenter.poll_requests") == requests)
    assert statsd.total("taskcenter.polls") >= statsd.total("taskcenter.poll_requests")
    lags = statsd.values("taskcenter.poll_lag.linkis")
    assert lags
    assert all(0 <= lag < 10_000 for lag in lags)


async def test_a_failed_request_of_a_triggerer_is_one_error_for_all_its_jobs(linkis: LinkisStub, statsd):
    for _ in range(3):
        linkis.add_job()
    waiting = [asyncio.create_task(events_of(trigger(number))) for number in (1, 2, 3)]
    await asyncio.to_thread(linkis.wait_for, lambda: len(linkis.asked_for(LIST_IDS)) > 3)
    linkis.always(LIST_IDS, html_answer(503))
    await asyncio.to_thread(statsd.wait_for, lambda: statsd.total("taskcenter.errors"))
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert {line.partition(":")[0] for line in statsd.lines if ".errors" in line} == {
        "airflow.taskcenter.errors",
        "airflow.taskcenter.errors.linkis.MalformedReplyError",
    }


def test_an_error_of_a_hook_is_counted_by_its_class(linkis: LinkisStub, statsd: StatsdListener):
    with LinkisHook() as hook, pytest.raises(RemoteError) as caught:
        hook.jobhistory_get(99)
    name = type(caught.value).__name__
    statsd.wait_for(lambda: statsd.total(f"taskcenter.errors.linkis.{name}") == 1)


def test_a_job_that_runs_out_of_time_is_a_kill(airflow: InMemoryAirflow, linkis: LinkisStub, statsd):
    with pytest.raises(JobExpiredError):
        run_task(airflow, lambda: make_task(timeout_seconds=0.2))
    statsd.wait_for(lambda: statsd.total("taskcenter.kills.linkis") == 1)


async def test_a_job_that_its_trigger_stops_is_a_kill(linkis: LinkisStub, statsd: StatsdListener):
    linkis.add_job()
    await recreate(trigger(1)).on_kill()
    await asyncio.to_thread(statsd.wait_for, lambda: statsd.total("taskcenter.kills.linkis") == 1)


def test_with_legacy_names_off_there_is_only_the_short_name(airflow: InMemoryAirflow, linkis: LinkisStub, monkeypatch):
    with airflow_sending_to_statsd(monkeypatch, legacy_names_on="False") as statsd:
        run_to_its_end(airflow, linkis)
        statsd.wait_for(lambda: statsd.total("taskcenter.submissions") == 1)
        assert not statsd.values("taskcenter.submissions.linkis")


def test_a_statsd_with_tags_gets_the_system_as_a_tag(airflow: InMemoryAirflow, linkis: LinkisStub, monkeypatch):
    with airflow_sending_to_statsd(monkeypatch, statsd_influxdb_enabled="True") as statsd:
        run_to_its_end(airflow, linkis)
        statsd.wait_for(lambda: statsd.total("taskcenter.submissions,system=linkis") == 1)


def test_where_metrics_are_off_none_are_sent_and_no_task_reports_them(linkis: LinkisStub):
    assert not metrics.enabled()

    async def wait() -> set[str]:
        linkis.add_job()
        waiting = asyncio.create_task(events_of(trigger(1)))
        await asyncio.to_thread(linkis.wait_for, lambda: bool(linkis.asked_for(LIST_IDS)))
        names = {task.get_coro().__qualname__ for task in asyncio.all_tasks()}
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        return names

    names = asyncio.run(wait())
    assert "Poller._poll_forever" in names
    assert "PollMeter.report_forever" not in names


def test_metrics_that_cannot_be_sent_disturb_no_task(airflow: InMemoryAirflow, linkis: LinkisStub, monkeypatch):
    with airflow_sending_to_statsd(monkeypatch, statsd_custom_client_path="taskcenter.no_such_client"):
        run_to_its_end(airflow, linkis)


def trigger(job: int) -> LinkisTrigger:
    return LinkisTrigger(
        conn_id="linkis_default", job=JobRef(str(job)).to_json(), deadline=4e9, poll_interval_seconds=0.05
    )
