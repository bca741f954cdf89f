"""Whole flows over a real connection that misbehaves, with both drivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from support.flows import Client, Driver
from support.linkis_replies import PREFIX, no_instance, not_logged_in, warning
from support.linkis_stub import PASSWORD, TOKEN, USER, LinkisStub
from support.scripted_server import DROP, LOSE, LOSE_SLOWLY, Answer, Fault, html_answer
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import (
    AuthenticationError,
    MalformedReplyError,
    ResultError,
    SubmitUnknownError,
    UnavailableError,
)
from taskcenter.core.gateway import LoginState
from taskcenter.core.job import JobRef, JobTag, LogCursor
from taskcenter.core.lifecycle import submit_once
from taskcenter.linkis import endpoints
from taskcenter.linkis.request import LinkisRequest
from taskcenter.linkis.results import read_page
from taskcenter.linkis.system import LinkisSystem

TAG = JobTag("airflow/dag/run/task/-1/1", 1)
REQUEST = LinkisRequest("SELECT 1", "sql", "spark-3.2.1")
SUBMIT, LIST = f"POST {PREFIX}/entrance/submit", f"GET {PREFIX}/jobhistory/list"


@pytest.fixture(params=["token", "password"])
def linkis(request: pytest.FixtureRequest) -> Iterator[LinkisStub]:
    with LinkisStub(auth=request.param) as stub:
        yield stub


@pytest.fixture
def settings(linkis: LinkisStub) -> ConnectionSettings:
    secret = TOKEN if linkis.auth == "token" else PASSWORD
    return ConnectionSettings("linkis_default", linkis.url, PREFIX, USER, secret, linkis.auth, timeout_seconds=5.0)


@pytest.fixture
def run(driver: Driver, settings: ConnectionSettings) -> Iterator[Callable[[Callable[[LinkisSystem], Any]], Any]]:
    """Runs flows of one system on one session."""
    system = LinkisSystem(settings, LoginState())
    client: Client
    with driver.session(settings) as client:
        yield lambda flow: client.run(flow(system))


def submit(system: LinkisSystem) -> Any:
    return submit_once(system, REQUEST, TAG, since=0.0, look_first=False)


def test_a_submit_over_a_good_connection(linkis: LinkisStub, run):
    submission = run(submit)
    assert (submission.ref, submission.adopted) == (JobRef("1", {"exec_id": linkis.jobs[1].exec_id}), False)


ARRIVED = {
    "the connection broke": LOSE,
    "the answer was cut": Fault(handled=True, raw=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "a proxy answered": Fault(handled=True, raw=b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"),
    "the gateway gave up": Fault(handled=True, raw=b"HTTP/1.1 504 Gateway Time-out\r\nContent-Length: 0\r\n\r\n"),
    "the answer was empty": Fault(handled=True, raw=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("fault", ARRIVED.values(), ids=ARRIVED)
def test_a_submit_that_arrived_and_whose_answer_was_lost_is_adopted(linkis: LinkisStub, run, fault):
    linkis.script(SUBMIT, fault)
    submission = run(submit)
    assert (submission.ref.id, submission.adopted) == ("1", True)
    assert len(linkis.jobs) == len(linkis.asked_for("POST /submit")) == 1


DID_NOT_ARRIVE = {
    "the connection broke": DROP,
    "a proxy answered": html_answer(502),
    "no service was there": no_instance(503),
    "the answer was cut": Answer(200, b'{"method": "/api/entrance/sub', cut=True),
}


@pytest.mark.parametrize("fault", DID_NOT_ARRIVE.values(), ids=DID_NOT_ARRIVE)
def test_a_submit_that_did_not_arrive_is_made_again(linkis: LinkisStub, run, fault):
    linkis.script(SUBMIT, fault)
    assert run(submit).ref.id == "1"
    assert len(linkis.jobs) == 1
    assert len(linkis.asked_for("POST /submit")) == 2


@pytest.mark.parametrize("when", ["it arrived", "it did not"])
def test_a_submit_that_took_too_long_is_adopted_or_left_alone(
    linkis: LinkisStub, run, when, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(endpoints, "SUBMIT", replace(endpoints.SUBMIT, timeout_seconds=0.3))
    linkis.script(SUBMIT, LOSE_SLOWLY if when == "it arrived" else Fault(hang=True))
    if when == "it arrived":
        assert run(submit).adopted
    else:
        with pytest.raises(SubmitUnknownError, match=TAG.key):
            run(submit)
    assert len(linkis.asked_for("POST /submit")) == 1


def test_a_submit_in_a_session_that_has_just_expired_is_made_once(linkis: LinkisStub, run):
    run(lambda system: system.jobhistory_list())
    linkis.sessions.clear()
    if linkis.auth == "token":
        return
    assert run(submit).ref.id == "1"
    assert len(linkis.jobs) == 1
    assert len(linkis.asked_for("POST /login")) == 2


def test_a_session_that_is_refused_again_after_a_login_is_given_up(linkis: LinkisStub, run):
    linkis.always(LIST, not_logged_in())
    with pytest.raises(AuthenticationError):
        run(lambda system: system.jobhistory_list())
    assert len(linkis.asked_for("POST /login")) == (2 if linkis.auth == "password" else 0)


@pytest.mark.parametrize("fault", [DROP, Answer(200, b"{", cut=True), no_instance(503), html_answer(502)])
def test_a_read_is_repeated_until_it_is_answered(linkis: LinkisStub, run, fault):
    linkis.script(LIST, fault, fault)
    assert run(lambda system: system.jobhistory_list()) == {"tasks": [], "totalPage": 0}


@pytest.mark.parametrize(("fault", "kind"), [(DROP, UnavailableError), (html_answer(200), MalformedReplyError)])
def test_a_read_that_is_never_answered_says_where_it_was_made(linkis: LinkisStub, run, fault, kind):
    linkis.always(LIST, fault)
    with pytest.raises(kind, match=r"\[system linkis, connection linkis_default, endpoint GET /jobhistory/list"):
        run(lambda system: system.jobhistory_list())


def test_a_warning_is_an_answer(linkis: LinkisStub, run):
    linkis.script(LIST, warning(11000, "slow", {"tasks": [], "totalPage": 0}))
    assert run(lambda system: system.jobhistory_list())["totalPage"] == 0


def test_a_job_is_cancelled(linkis: LinkisStub, run):
    job = linkis.add_job()
    assert run(lambda system: system.cancel(JobRef("1"))).raw == "Cancelled"
    assert job.status == "Cancelled"


def test_a_log_is_read_to_its_end(linkis: LinkisStub, run):
    job = linkis.add_job(log=["one", "", "three"])
    ref = JobRef("1", {"exec_id": job.exec_id})
    chunk = run(lambda system: system.read_log(ref, LogCursor()))
    assert (chunk.lines, chunk.cursor) == (["one", "three"], LogCursor(4, "three", 2))
    job.log.append("four")
    job.status = "Succeed"
    status = run(lambda system: system.job_status(ref))
    assert run(lambda system: system.final_log(ref, status, chunk.cursor)).lines == ["four"]


def test_a_missing_result_is_a_refusal(linkis: LinkisStub, run):
    linkis.always(f"GET {PREFIX}/filesystem/openFile", Answer(200, b'{"status": 1, "message": "gone", "data": {}}'))
    with pytest.raises(ResultError, match="may have been deleted"):
        run(lambda system: read_page(system, "file:///r/_0.dolphin", 1, 10))
