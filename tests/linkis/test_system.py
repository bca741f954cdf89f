"""The lifecycle on top of the endpoints: finding, asking, cancelling; and the words for a state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.flows import ByHand
from support.linkis_replies import envelope, refusal, unknown_job
from support.linkis_stub import TOKEN, USER
from support.scripted_server import Answer, json_answer
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Call, Reply
from taskcenter.core.errors import ErrorContext, MalformedReplyError, NotFoundError, RefusedError
from taskcenter.core.gateway import LoginState
from taskcenter.core.job import JobRef, JobTag
from taskcenter.core.status import JobState
from taskcenter.linkis.endpoints import parse_polled_rows
from taskcenter.linkis.request import LinkisRequest
from taskcenter.linkis.status import PolledRow, parse_polled, parse_progress, parse_ref, parse_state, parse_task
from taskcenter.linkis.system import LIST_PAGE_SIZE, LinkisSystem

TAG = JobTag("airflow/dag/run/task/-1/1", 2)
REQUEST = LinkisRequest("SELECT 1", "sql", "spark-3.2.1")
REF = JobRef("7", {"exec_id": "exec_7"})


@pytest.fixture
def linkis() -> LinkisSystem:
    return LinkisSystem(ConnectionSettings("linkis_default", "http://h", "", USER, TOKEN, "token"), LoginState())


def row(task_id: int | str, status: str = "Running", **fields: Any) -> dict[str, Any]:
    return {"taskID": task_id, "status": status, "strongerExecId": f"exec_{task_id}", "sourceJson": "{}", **fields}


def tagged(task_id: int, status: str = "Running", attempt: str = "1", key: str = TAG.key) -> dict[str, Any]:
    return row(task_id, status, sourceJson=json.dumps({"airflowTag": key, "airflowTry": attempt, "requestIP": "x"}))


def task(status: str, **fields: Any) -> Answer:
    return envelope({"task": row(7, status, **fields)})


def listing(*rows: dict[str, Any], total: int | None = None) -> Answer:
    return envelope({"tasks": list(rows), "totalPage": len(rows) if total is None else total})


# Finding a job by its tag


def test_jobs_are_found_by_the_tag_newest_first_with_their_try(linkis: LinkisSystem):
    by_hand = ByHand(listing(row(9), tagged(5, "Failed", "1"), tagged(8, "Running", "2"), tagged(6, key="another")))
    found = by_hand.run(linkis.find(REQUEST, TAG, 900.0))
    assert [(job.ref, job.status.state, job.attempt) for job in found] == [
        (JobRef("8", {"exec_id": "exec_8"}), JobState.RUNNING, 2),
        (JobRef("5", {"exec_id": "exec_5"}), JobState.FAILED, 1),
    ]


def test_only_jobs_that_can_be_meant_are_listed(linkis: LinkisSystem):
    by_hand = ByHand(listing(), now=1000.0)
    by_hand.run(linkis.find(REQUEST, TAG, 900.0))
    [call] = by_hand.calls
    assert call.query["startDate"] == "900000"
    assert int(call.query["endDate"]) > 1_000_000, "the server's clock may be ahead"
    assert (call.query["creator"], call.query["executeApplicationName"]) == ("airflow", "spark")


def test_all_pages_are_looked_at(linkis: LinkisSystem):
    rows = [row(number) for number in range(3 * LIST_PAGE_SIZE, 0, -1)]
    rows[-1] = tagged(1)
    total = len(rows)
    pages = [listing(*rows[start : start + LIST_PAGE_SIZE], total=total) for start in range(0, total, LIST_PAGE_SIZE)]
    by_hand = ByHand(*pages)
    assert [job.ref.id for job in by_hand.run(linkis.find(REQUEST, TAG, 0.0))] == ["1"]
    assert [call.query["pageNow"] for call in by_hand.calls] == ["1", "2", "3"]


def test_a_page_past_the_end_which_is_the_last_again_ends_the_search(linkis: LinkisSystem):
    page = listing(*[row(number) for number in range(LIST_PAGE_SIZE)], total=10_000)
    by_hand = ByHand(page, page)
    assert by_hand.run(linkis.find(REQUEST, TAG, 0.0)) == []


def test_jobs_that_move_to_the_next_page_while_it_is_read_are_not_missed(linkis: LinkisSystem):
    first = [row(number) for number in range(100, 100 - LIST_PAGE_SIZE, -1)]
    second = [first[-1], *[row(number) for number in range(50, 2, -1)], tagged(2)]
    by_hand = ByHand(listing(*first, total=100), listing(*second, total=101), listing(*second[-2:], total=101))
    assert [job.ref.id for job in by_hand.run(linkis.find(REQUEST, TAG, 0.0))] == ["2"]


@pytest.mark.parametrize(
    "source", [None, "", "null", "[]", "{", '"x"', '{"airflowTag": "airflow/dag/run/task/-1/1"}', "7"]
)
def test_a_source_of_somebody_else_is_no_trouble(linkis: LinkisSystem, source):
    assert ByHand(listing(row(5, sourceJson=source))).run(linkis.find(REQUEST, TAG, 0.0)) == []


# Submitting


def test_a_submit_gives_both_ids(linkis: LinkisSystem):
    by_hand = ByHand(envelope({"taskID": 7, "execID": "exec_7"}))
    assert by_hand.run(linkis.submit_job(REQUEST, TAG)) == REF
    assert by_hand.calls[0].body["source"]["airflowTag"] == TAG.key


def test_a_submit_that_is_accepted_without_an_id_is_not_taken_for_a_refusal(linkis: LinkisSystem):
    with pytest.raises(MalformedReplyError, match="named no taskID"):
        ByHand(envelope({})).run(linkis.submit_job(REQUEST, TAG))


# Statuses of many


def test_many_are_asked_for_at_once_and_unknown_ones_are_missing(linkis: LinkisSystem):
    refs = [JobRef(str(number)) for number in (5, 6, 7)]
    by_hand = ByHand(envelope({"jobHistoryList": [row(7), row(5, "Succeed")]}))
    found = by_hand.run(linkis.statuses(refs))
    assert {job_id: status.state for job_id, status in found.items()} == {
        "7": JobState.RUNNING,
        "5": JobState.SUCCEEDED,
    }
    assert by_hand.calls[0].query == {"taskID": "5,6,7"}
    assert linkis.batch_size == 30


def test_a_server_that_keeps_refusing_batches_is_asked_one_by_one_from_then_on(linkis: LinkisSystem):
    old = json_answer({"status": 404, "error": "Not Found"}, 404)
    for _ in range(3):
        ByHand(old, task("Running"), unknown_job()).run(linkis.statuses([JobRef("7"), JobRef("8")]))
    assert linkis.batch_size == 1
    found = ByHand(task("Succeed")).run(linkis.statuses([REF]))
    assert found["7"].state is JobState.SUCCEEDED


# Cancelling


def test_a_running_job_is_killed_under_the_id_that_it_has_now_and_its_end_awaited(linkis: LinkisSystem):
    by_hand = ByHand(
        task("Running", strongerExecId="exec_new"), envelope({"execID": "exec_new"}), task("Running"), task("Cancelled")
    )
    assert by_hand.run(linkis.cancel(REF)).state is JobState.CANCELLED
    assert by_hand.calls[1].path == "/entrance/exec_new/kill"
    assert by_hand.calls[1].query == {"taskID": "7"}


@pytest.mark.parametrize("status", ["Succeed", "Failed", "Cancelled", "Timeout"])
def test_a_job_that_has_ended_is_not_killed(linkis: LinkisSystem, status):
    by_hand = ByHand(task(status))
    assert by_hand.run(linkis.cancel(REF)).raw == status
    assert len(by_hand.calls) == 1


def test_a_job_that_is_not_scheduled_yet_is_killed_by_its_task_id(linkis: LinkisSystem):
    by_hand = ByHand(task("Inited", strongerExecId="exec_id018017nullnull"), envelope({}), task("Cancelled"))
    by_hand.run(linkis.cancel(JobRef("7")))
    assert by_hand.calls[1].path == "/entrance/7/kill"


def test_a_job_that_ends_while_it_is_killed_keeps_its_end(linkis: LinkisSystem):
    by_hand = ByHand(task("Running"), refusal(20030, "already"), task("Succeed"), task("Succeed"))
    assert by_hand.run(linkis.cancel(REF)).state is JobState.SUCCEEDED


def test_a_kill_that_is_not_allowed_is_told(linkis: LinkisSystem):
    by_hand = ByHand(task("Running"), envelope({}, 1, "You have no permission to kill this job"), task("Running"))
    with pytest.raises(RefusedError, match="no permission to kill") as caught:
        by_hand.run(linkis.cancel(REF))
    assert caught.value.context.job_id == "7"


def test_a_job_that_does_not_stop_is_given_some_seconds_and_then_told_as_it_is(linkis: LinkisSystem):
    def running(call: Call) -> Answer:
        return task("Running")

    by_hand = ByHand(running, envelope({"execID": "exec_7"}), *[running] * 6)
    assert by_hand.run(linkis.cancel(REF)).state is JobState.RUNNING
    assert 5 < sum(by_hand.pauses) < 15


def test_a_job_that_is_unknown_cannot_be_cancelled(linkis: LinkisSystem):
    with pytest.raises(NotFoundError):
        ByHand(unknown_job()).run(linkis.cancel(REF))


# Words


STATES = {
    "Inited": JobState.PENDING,
    "WaitForRetry": JobState.PENDING,
    "Scheduled": JobState.PENDING,
    "Running": JobState.RUNNING,
    "Succeed": JobState.SUCCEEDED,
    "Failed": JobState.FAILED,
    "Cancelled": JobState.CANCELLED,
    "Timeout": JobState.TIMED_OUT,
}


@pytest.mark.parametrize(("raw", "state"), STATES.items())
def test_every_word_of_linkis_in_any_case(raw, state):
    assert {parse_state(raw), parse_state(raw.upper()), parse_state(raw.lower())} == {state}


@pytest.mark.parametrize("raw", ["Success", "Suspended", "", None, 7, "Succeed "])
def test_a_word_that_is_not_known_is_no_end_and_is_told_once(raw, caplog):
    assert parse_state(raw) is JobState.UNKNOWN
    caplog.clear()
    assert parse_state(raw) is JobState.UNKNOWN
    assert caplog.messages == []


PROGRESSES = [
    (None, None), (0.2, 0.2), ("0.5", 0.5), ("1.0", 1.0), ("10%", 0.1), ("100%", 1.0), (1, 1.0), (7, 1.0), (-1, 0.0),
    ("", None), ("half", None), ("nan", None),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "progress"), PROGRESSES)
def test_progress_in_all_its_forms(raw, progress):
    assert parse_progress(raw) == progress


def test_a_row_tells_state_reason_code_and_places():
    status = parse_task(
        row(7, "Failed", progress="0.5", errCode=11012, errDesc="no", logPath="/l", resultLocation="/r", extra=1)
    )
    assert (status.state, status.raw, status.progress) == (JobState.FAILED, "Failed", 0.5)
    assert (status.code, status.reason) == (11012, "no")
    assert dict(status.details) == {"log_path": "/l", "result_location": "/r", "exec_id": "exec_7"}


def test_a_row_of_a_job_that_has_begun_tells_little():
    status = parse_task({"taskID": 7, "status": "Inited", "strongerExecId": "exec_id_null", "errCode": None})
    assert (status.reason, status.code, dict(status.details)) == (None, None, {})


KNOWN = JobRef("7", {"exec_id": "exec_7"})


def polled(task: dict[str, Any]) -> PolledRow:
    """The row as a poll's answer gives it."""
    [parsed] = parse_polled_rows(answered({"jobHistoryList": [task]}), ErrorContext())
    return parsed


def answered(data: Any, status: int = 0) -> Reply:
    answer = envelope(data, status)
    return Reply(answer.status, answer.headers, answer.body)


def test_a_poll_that_is_answered_with_a_warning_is_an_answer():
    rows = parse_polled_rows(answered({"jobHistoryList": [row(7), row("8")]}, status=4), ErrorContext())
    assert [polled_row.task_id for polled_row in rows] == [7, "8"]


@pytest.mark.parametrize("data", [{}, {"jobHistoryList": None}, {"jobHistoryList": []}])
def test_a_poll_that_finds_nothing_has_no_rows(data):
    assert parse_polled_rows(answered(data), ErrorContext()) == []


@pytest.mark.parametrize("rows", [[{"status": "Running"}], [{"taskID": None}], ["x"], "x", {"taskID": 7}])
def test_a_poll_that_cannot_be_read_is_told(rows):
    with pytest.raises(MalformedReplyError, match="could not be read"):
        parse_polled_rows(answered({"jobHistoryList": rows}), ErrorContext())


def test_a_poll_that_is_refused_is_a_refusal():
    answer = refusal(1, "too many")
    with pytest.raises(RefusedError, match="too many"):
        parse_polled_rows(Reply(answer.status, answer.headers, answer.body), ErrorContext())


def test_jobs_that_go_on_alike_share_one_status():
    first, second = (parse_polled(polled(row(7, progress=progress)), KNOWN) for progress in (0.5, "0.5"))
    other = parse_polled(polled(row(8, progress="0.5")), JobRef("8", {"exec_id": "exec_8"}))
    assert first is second is other
    assert (first.state, first.raw, first.progress) == (JobState.RUNNING, "Running", 0.5)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "Succeed", "logPath": "/l", "resultLocation": "/r"},
        {"status": "Failed", "errCode": 11012, "errDesc": "no"},
        {"status": "Running", "errDesc": "retried: no"},
        {"status": "Scheduled", "strongerExecId": "exec_8"},
    ],
)
def test_a_polled_row_with_more_to_say_is_read_whole(changes):
    task = {**row(7), **changes}
    assert parse_polled(polled(task), KNOWN) == parse_task(task)


def test_a_polled_job_that_has_no_exec_id_yet_is_waited_for():
    status = parse_polled(polled(row(7, "Inited", strongerExecId="exec_id_null")), JobRef("7"))
    assert (status.state, dict(status.details)) == (JobState.PENDING, {})


def test_a_success_has_neither_code_nor_reason():
    status = parse_task(row(7, "Succeed", errCode=0, errDesc=""))
    assert (status.reason, status.code) == (None, None)


def test_a_task_id_is_a_number_or_as_in_the_document_a_text():
    assert parse_ref({"taskID": 7}, "e") == parse_ref({"taskID": "7"}, "e") == JobRef("7", {"exec_id": "e"})
