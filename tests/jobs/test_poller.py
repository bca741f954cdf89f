"""Many jobs are watched from one event loop with few requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from support.linkis_replies import not_logged_in
from support.linkis_stub import TOKEN, USER, LinkisStub
from support.scripted_server import DROP, Answer, json_answer
from support.scripted_system import RUNNING, ScriptedSystem
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import JobLostError, JobUnknownError
from taskcenter.core.gateway import LoginState
from taskcenter.core.job import JobRef
from taskcenter.core.patience import Patience
from taskcenter.core.status import Decision, JobState, JobStatus
from taskcenter.jobs import poller as poller_module
from taskcenter.jobs.poller import MAX_IN_FLIGHT, MAX_MISSES, Poller, Watch
from taskcenter.jobs.transport import AsyncTransport
from taskcenter.linkis.system import LinkisSystem

PREFIX = "/api/rest_j/v1"
LIST_IDS = f"GET {PREFIX}/jobhistory/list-taskids"
FAST = 0.05
FAR = 1e12


@pytest.fixture
def linkis() -> Iterator[LinkisStub]:
    with LinkisStub() as stub:
        yield stub


@pytest.fixture
def settings(linkis: LinkisStub) -> ConnectionSettings:
    """One attempt a request, so that the poller's own patience is what is seen."""
    return ConnectionSettings("linkis_default", linkis.url, PREFIX, USER, TOKEN, "token", attempts=1)


@pytest.fixture
async def poller(settings: ConnectionSettings) -> AsyncIterator[Poller]:
    async with AsyncTransport(settings) as transport:
        yield Poller(LinkisSystem(settings, LoginState()), transport.send, log_requests_per_second=0)


@pytest.fixture
async def logging_poller(settings: ConnectionSettings) -> AsyncIterator[Poller]:
    async with AsyncTransport(settings) as transport:
        yield Poller(LinkisSystem(settings, LoginState()), transport.send, log_requests_per_second=50)


@pytest.fixture
def _all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first polls are spread at random otherwise."""
    monkeypatch.setattr(poller_module, "FIRST_POLL_SECONDS", 0.0)


def watch(poller: Poller, number: int, interval: float = FAST, deadline: float = FAR) -> Watch:
    return poller.watch(JobRef(str(number)), interval_seconds=interval, deadline=deadline)


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for a condition of the server's, which lives in another thread."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not come about"
        await asyncio.sleep(0.005)


async def end_of(watched: Watch, seconds: float = 10.0) -> Watch:
    async def wait() -> None:
        while not watched.over:
            await watched.changed()
            watched.lines = []

    await asyncio.wait_for(wait(), seconds)
    return watched


def polled_ids(linkis: LinkisStub) -> list[list[str]]:
    return [asked.query["taskID"].split(",") for asked in linkis.asked_for("GET /list-taskids")]


# How few requests


@pytest.mark.usefixtures("_all_at_once")
async def test_a_hundred_jobs_are_asked_for_in_four_requests(linkis: LinkisStub, poller: Poller):
    jobs = [linkis.add_job("Succeed") for _ in range(100)]
    watches = [watch(poller, job.id) for job in jobs]
    for watched in watches:
        await end_of(watched)
    assert sorted(map(len, polled_ids(linkis))) == [10, 30, 30, 30]
    assert linkis.endpoints() == [LIST_IDS] * 4


async def test_jobs_that_came_one_by_one_are_soon_asked_for_together(linkis: LinkisStub, poller: Poller):
    jobs = [linkis.add_job() for _ in range(60)]
    watches = [watch(poller, job.id, 0.2) for job in jobs]
    await until(lambda: sum(map(len, polled_ids(linkis))) >= 300)
    requests = polled_ids(linkis)
    assert max(map(len, requests)) <= 30
    assert len(requests) <= 300 / 5
    for watched in watches:
        poller.forget(watched)


@pytest.mark.usefixtures("_all_at_once")
async def test_requests_under_way_at_once_are_bounded(linkis: LinkisStub, poller: Poller):
    linkis.always(LIST_IDS, Answer(503, held=True))
    watches = [watch(poller, number) for number in range(1000)]
    await until(lambda: linkis.in_flight == MAX_IN_FLIGHT)
    for _ in range(50):
        await asyncio.sleep(0)
    assert linkis.most_in_flight == MAX_IN_FLIGHT
    for watched in watches:
        poller.forget(watched)


@pytest.mark.usefixtures("_all_at_once")
async def test_a_job_is_asked_for_no_more_often_than_its_interval_says(linkis: LinkisStub, poller: Poller):
    job = linkis.add_job()
    began = time.monotonic()
    watched = watch(poller, job.id, 0.1)
    await until(lambda: len(polled_ids(linkis)) >= 8)
    # Seven pauses, each at most a tenth shorter than the interval.
    assert time.monotonic() - began >= 7 * 0.1 * 0.9
    poller.forget(watched)


async def test_a_server_without_the_batch_request_is_asked_one_by_one(linkis: LinkisStub, poller: Poller):
    linkis.always(LIST_IDS, json_answer({"timestamp": 0, "status": 404, "error": "Not Found"}, 404))
    jobs = [linkis.add_job() for _ in range(3)]
    watches = [watch(poller, job.id) for job in jobs]
    await until(lambda: len(linkis.asked_for("GET /get")) >= 12)
    for job in jobs:
        job.status = "Succeed"
    for watched in watches:
        assert (await end_of(watched)).end is not None
    assert len(linkis.asked_for("GET /list-taskids")) <= MAX_IN_FLIGHT


async def test_jobs_asked_for_one_by_one_do_not_wait_for_one_that_the_server_stumbles_over(
    linkis: LinkisStub, poller: Poller
):
    linkis.always(LIST_IDS, json_answer({"timestamp": 0, "status": 404, "error": "Not Found"}, 404))
    jobs = [linkis.add_job() for _ in range(8)]
    watches = {job.id: watch(poller, job.id) for job in jobs}
    await until(lambda: len(linkis.asked_for("GET /get")) >= 80)
    bad = jobs[3]
    stumbling = watches.pop(bad.id)
    linkis.always(f"GET {PREFIX}/jobhistory/{bad.id}/get", Answer(503, b"x"))
    await until(lambda: stumbling.outage is not None)
    for job in jobs:
        job.status = "Succeed"
    for watched in watches.values():
        assert (await end_of(watched)).outage is None
    assert not stumbling.over
    poller.forget(stumbling)


async def test_one_refusal_does_not_end_batches_for_ever(linkis: LinkisStub, poller: Poller):
    linkis.script(LIST_IDS, json_answer({"status": 1, "message": "database gone", "data": {}}, 400))
    jobs = [linkis.add_job() for _ in range(3)]
    watches = [watch(poller, job.id) for job in jobs]
    await until(lambda: len(linkis.asked_for("GET /list-taskids")) >= 6)
    assert len(linkis.asked_for("GET /get")) <= 3
    for watched in watches:
        poller.forget(watched)


# How a job ends


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        ("Succeed", Decision.DONE),
        ("Failed", Decision.FAILED),
        ("Cancelled", Decision.FAILED),
        ("Timeout", Decision.FAILED),
    ],
)
async def test_the_end_of_a_job_is_noticed(linkis: LinkisStub, poller: Poller, status, decision):
    job = linkis.add_job()
    watched = watch(poller, job.id)
    await until(lambda: watched.status is not None)
    job.status = status
    await end_of(watched)
    assert watched.end is not None
    assert watched.end.decision is decision
    assert watched.error is None


async def test_a_deadline_is_met_although_the_next_poll_would_be_much_later(linkis: LinkisStub, poller: Poller):
    job = linkis.add_job()
    began = time.time()
    watched = watch(poller, job.id, interval=60.0, deadline=began + 1.2)
    await end_of(watched)
    assert watched.end is not None
    assert watched.end.decision is Decision.EXPIRED
    assert 1.2 <= time.time() - began < 3.0


@pytest.mark.usefixtures("_all_at_once")
async def test_a_job_that_is_gone_is_lost_after_some_answers_without_it(linkis: LinkisStub, poller: Poller):
    there, gone = linkis.add_job(), linkis.add_job(visible=False)
    other, watched = watch(poller, there.id), watch(poller, gone.id)
    await end_of(watched)
    assert isinstance(watched.error, JobLostError)
    assert watched.error.context.job_id == str(gone.id)
    assert sum(str(gone.id) in ids for ids in polled_ids(linkis)) == MAX_MISSES
    assert not other.over
    poller.forget(other)


async def test_a_job_of_which_the_system_gives_up_telling_is_not_waited_for_any_longer(poller: Poller):
    given_up = JobStatus(JobState.RUNNING, "Running", error=JobUnknownError("nobody knows"))
    scripted = Poller(ScriptedSystem(statuses=[RUNNING, given_up]), poller._send, log_requests_per_second=0)
    watched = await end_of(watch(scripted, 42))
    assert isinstance(watched.error, JobUnknownError)
    assert watched.error.context.job_id == "42"


async def test_a_job_that_is_missing_now_and_then_is_not_lost(linkis: LinkisStub, poller: Poller):
    job = linkis.add_job()
    watched = watch(poller, job.id)
    for _ in range(3):
        job.visible = False
        await until(lambda: watched.misses >= 2)
        job.visible = True
        await until(lambda: watched.misses == 0)
    job.status = "Succeed"
    assert (await end_of(watched)).error is None


async def test_the_id_that_the_job_runs_under_now_is_taken_over(linkis: LinkisStub, poller: Poller):
    job = linkis.add_job("Succeed")
    watched = await end_of(watch(poller, job.id))
    assert watched.ref == JobRef(str(job.id), {"exec_id": job.exec_id})


# The server struggles


@pytest.mark.parametrize("trouble", [DROP, Answer(503, b"x"), Answer(200, b'{"status": 0, "da')])
async def test_an_outage_is_told_once_waited_for_and_its_end_told(linkis: LinkisStub, poller: Poller, trouble):
    job = linkis.add_job()
    watched = watch(poller, job.id)
    await until(lambda: watched.status is not None)
    linkis.always(LIST_IDS, trouble)
    before = len(linkis.asked)
    await asyncio.wait_for(watched.changed(), 10)
    assert watched.outage is not None
    watched.outage = None
    await until(lambda: len(linkis.asked) >= before + 3)
    assert watched.outage is None
    linkis.always(LIST_IDS, None)
    await asyncio.wait_for(watched.changed(), 10)
    assert watched.recovered is not None
    assert watched.recovered > 0
    job.status = "Succeed"
    assert (await end_of(watched)).error is None


async def test_while_the_server_is_away_polls_become_rarer(linkis: LinkisStub, poller: Poller):
    linkis.always(LIST_IDS, Answer(503, b"x"))
    began = time.monotonic()
    watched = watch(poller, linkis.add_job().id, 0.02)
    await until(lambda: len(linkis.asked) >= 6)
    assert time.monotonic() - began >= 0.02 * (1 + 2 + 4 + 8 + 16)
    poller.forget(watched)


async def test_an_outage_until_the_deadline_ends_as_expired(linkis: LinkisStub, poller: Poller):
    linkis.always(LIST_IDS, DROP)
    watched = await end_of(watch(poller, linkis.add_job().id, deadline=time.time() + 0.5))
    assert watched.end is not None
    assert (watched.end.decision, watched.end.status) == (Decision.EXPIRED, None)


async def test_credentials_that_are_refused_for_too_long_end_the_waiting(
    linkis: LinkisStub, poller: Poller, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(poller_module, "Patience", lambda interval: Patience(interval, grace_seconds=0.2))
    linkis.always("*", not_logged_in())
    watched = await end_of(watch(poller, linkis.add_job().id))
    assert watched.error is not None
    assert "Check user, password or token" in str(watched.error)
    assert watched.error.context.job_id is not None


async def test_an_answer_that_breaks_our_reading_ends_no_worker_and_is_told(linkis: LinkisStub, poller: Poller):
    linkis.script(LIST_IDS, json_answer({"status": 0, "message": "OK", "data": {"jobHistoryList": [{"status": "x"}]}}))
    job = linkis.add_job()
    watched = watch(poller, job.id)
    await asyncio.wait_for(watched.changed(), 10)
    assert "could not be read" in str(watched.outage)
    job.status = "Succeed"
    assert (await end_of(watched)).error is None


# Waking, logs, and the end of it all


async def test_a_trigger_is_woken_only_when_there_is_something_to_say(linkis: LinkisStub, logging_poller: Poller):
    job = linkis.add_job()
    watched = watch(logging_poller, job.id)
    wakes = 0

    async def trigger() -> None:
        nonlocal wakes
        while not watched.over:
            await watched.changed()
            wakes += 1
            watched.shown, watched.lines = watched.status, []

    task = asyncio.create_task(trigger())
    await until(lambda: len(polled_ids(linkis)) >= 10)
    assert wakes == 1, "for the state, which is told once"
    job.progress = "0.7"
    await until(lambda: wakes == 2)
    job.log.append("a line")
    await until(lambda: wakes == 3)
    job.status = "Succeed"
    await asyncio.wait_for(task, 10)


async def test_logs_of_all_jobs_come_whole_within_the_budget(linkis: LinkisStub, logging_poller: Poller):
    jobs = [linkis.add_job() for _ in range(12)]
    began = time.monotonic()
    watches = {job.id: watch(logging_poller, job.id, 0.1) for job in jobs}
    got: dict[int, list[str]] = {job.id: [] for job in jobs}
    for number in range(30):
        for job in jobs:
            job.log.append(f"line {number} of {job.id}")
        await asyncio.sleep(0.01)

    def take() -> bool:
        for number, watched in watches.items():
            got[number] += watched.lines
            watched.lines = []
        return all(len(lines) >= 30 for lines in got.values())

    await until(take)
    elapsed = time.monotonic() - began
    assert got == {job.id: [f"line {number} of {job.id}" for number in range(30)] for job in jobs}
    assert len(linkis.asked_for("GET /log")) <= elapsed * 50 + 2
    for watched in watches.values():
        logging_poller.forget(watched)


async def test_a_budget_of_nothing_reads_no_log(linkis: LinkisStub, poller: Poller):
    job = linkis.add_job(log=["a"])
    watched = watch(poller, job.id)
    await until(lambda: len(polled_ids(linkis)) >= 3)
    assert linkis.asked_for("GET /log") == []
    poller.forget(watched)


async def test_a_log_that_cannot_be_read_disturbs_nothing(linkis: LinkisStub, logging_poller: Poller):
    job = linkis.add_job(log=["a"])
    linkis.always(f"GET {PREFIX}/entrance/{job.exec_id}/log", Answer(200, b"<html>"))
    watched = watch(logging_poller, job.id)
    await until(lambda: len(linkis.asked_for("GET /log")) >= 3)
    assert (watched.outage, watched.error) == (None, None)
    job.status = "Succeed"
    assert (await end_of(watched)).end is not None


async def test_with_the_last_watch_all_tasks_end_and_a_new_one_starts_them_again(
    linkis: LinkisStub, logging_poller: Poller
):
    before = asyncio.all_tasks()
    job = linkis.add_job()
    for _ in range(2):
        first, second = watch(logging_poller, job.id), watch(logging_poller, job.id)
        await until(lambda first=first: first.status is not None)
        assert asyncio.all_tasks() > before
        logging_poller.forget(first)
        assert asyncio.all_tasks() > before
        await until(lambda second=second: second.status is not None)
        logging_poller.forget(second)
        await until(lambda: asyncio.all_tasks() == before)
    asked = len(linkis.asked)
    await asyncio.sleep(3 * FAST)
    assert len(linkis.asked) == asked


async def test_a_watch_that_is_forgotten_is_not_asked_for_any_more(linkis: LinkisStub, poller: Poller):
    kept, dropped = linkis.add_job(), linkis.add_job()
    stays, goes = watch(poller, kept.id), watch(poller, dropped.id)
    await until(lambda: goes.status is not None)
    poller.forget(goes)
    seen = len(polled_ids(linkis))
    await until(lambda: len(polled_ids(linkis)) >= seen + 5)
    assert not any(str(dropped.id) in ids for ids in polled_ids(linkis)[seen + 2 :])
    poller.forget(stays)
