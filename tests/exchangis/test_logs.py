"""The merged log of a job and its tasks: no line lost, none doubled, whatever the server's line numbers say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from support.exchangis_stub import ROOT, ExchangisStub, StubTask, refused
from support.flows import ByHand
from taskcenter.core.job import JobRef, LogCursor
from taskcenter.exchangis import logs
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.logs import TaskPlace, read_task

HIDDEN = "info.DefaultNodeHealthyInfoManager"


class TaskLogServer:
    """A task's log as a server tells it, which leaves lines out.

    :param counts_left_out: a page is full with the lines left out counted, as servers may do.
    """

    def __init__(self, lines: list[str], *, counts_left_out: bool) -> None:
        self.lines = lines
        self.counts_left_out = counts_left_out
        self.visible = 0
        self.sent = 0

    def task_log(self, execution_id: str, task_id: str, from_line: int, page_size: int) -> Any:
        raw = self.lines[from_line - 1 : self.visible]
        if self.counts_left_out:
            raw = raw[:page_size]
        page = [line for line in raw if HIDDEN not in line][:page_size]
        self.sent += len(page)
        return {"endLine": 0, "logs": {"all": "\n".join(page)} if page else {}}
        yield


def shown(server: TaskLogServer, steps: list[int]) -> list[str]:
    """What is shown of a log that grows to these lengths."""
    place, lines = TaskPlace(), []
    for length in steps:
        server.visible = length
        page, place = ByHand().run(read_task(server, "e", "t", place, final=length == len(server.lines)))
        lines += page
    return lines


@hypothesis_settings(max_examples=40)
@given(
    hidden=st.lists(st.integers(0, 2999), max_size=400),
    steps=st.lists(st.integers(0, 3000), max_size=12),
    repeated=st.sampled_from([1, 7, 3000]),
    counts_left_out=st.booleans(),
)
def test_a_growing_log_is_shown_once_and_whole(hidden, steps, repeated, counts_left_out):
    left_out = set(hidden)
    lines = [f"{number} {HIDDEN}" if number in left_out else f"line {number % 3000}" for number in range(3000)]
    if repeated < 3000 and not left_out:
        lines = [f"line {number % repeated}" for number in range(3000)]
    server = TaskLogServer(lines, counts_left_out=counts_left_out)
    assert shown(server, [*sorted(steps), 3000]) == [line for line in lines if HIDDEN not in line]


def test_a_long_log_is_not_read_from_its_beginning_each_time():
    lines = [f"{number} {HIDDEN}" if number % 10 == 0 else f"line {number}" for number in range(60_000)]
    server = TaskLogServer(lines, counts_left_out=False)
    assert len(shown(server, list(range(500, 60_001, 500)))) == 54_000
    assert server.sent < 54_000 * 5


def merged(hook: ExchangisHook, execution_id: str, cursor: LogCursor, *, final: bool = False) -> Any:
    return hook.run(lambda api: logs.read_merged(api, execution_id, cursor, final=final))


def test_lines_of_tasks_carry_their_name_and_those_of_the_job_none(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add()
    execution.log = ["job 1", "job 2"]
    execution.tasks = [StubTask("901", "orders", log=["a"]), StubTask("902", "items", log=["b"])]
    first = merged(hook, execution.id, LogCursor())
    assert first.lines == ["job 1", "job 2", "[orders] a", "[items] b"]
    execution.log.append("job 3")
    execution.tasks[1].log += [f"x {stub.left_out}", "c"]
    second = merged(hook, execution.id, first.cursor)
    assert second.lines == ["job 3", "[items] c"]
    assert merged(hook, execution.id, second.cursor).lines == []


def test_a_log_longer_than_a_page_is_read_whole(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(log=[f"job {number}" for number in range(2500)])
    execution.tasks = [StubTask("901", "t", log=[f"task {number}" for number in range(2500)])]
    lines = merged(hook, execution.id, LogCursor(), final=True).lines
    assert lines == execution.log + [f"[t] {line}" for line in execution.tasks[0].log]


def test_lines_that_the_server_leaves_out_do_not_end_the_log(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(status="Success", log=["first", *["set the password"] * 2500, "last"])
    assert merged(hook, execution.id, LogCursor(), final=True).lines == ["first", "last"]


def test_a_task_log_that_is_gone_is_said_to_be_once_and_hides_no_other(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(log=["job"])
    execution.tasks = [StubTask("901", "gone"), StubTask("902", "there", log=["b"])]
    stub.always(f"GET {ROOT}/task/execution/901/log", refused("the log file is not there"))
    live = merged(hook, execution.id, LogCursor())
    assert live.lines == ["job", "[there] b"]
    rest = merged(hook, execution.id, live.cursor, final=True)
    [line] = rest.lines
    assert line.startswith("[gone] (the log of this task cannot be read: ")


def test_tasks_that_cannot_be_listed_do_not_cost_the_jobs_own_log(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(log=["job"])
    stub.always(f"GET {ROOT}/job/execution/{execution.id}/taskList", refused("no"))
    assert merged(hook, execution.id, LogCursor(), final=True).lines[0] == "job"


def test_a_cursor_that_cannot_be_read_begins_anew(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(log=["one", "two"], tasks=[StubTask("901", "t", log=["a"])])
    assert merged(hook, execution.id, LogCursor(2, "garbage", 1)).lines == ["two", "[t] a"]


def test_the_last_lines_are_read_when_the_tasks_have_ended_too(stub: ExchangisStub, hook: ExchangisHook):
    execution = stub.add(status="Failed", all_ended=False, tasks=[StubTask("901", "t", log=["early"])])
    answer, looks = stub.handler, []

    def ends_at_the_third_look(asked: Any) -> Any:
        if asked.path.endswith("/status"):
            looks.append(asked)
            if len(looks) == 3:
                execution.all_ended = True
                execution.tasks[0].log.append("late")
        return answer(asked)

    stub.handler = ends_at_the_third_look
    ref = JobRef(execution.id)
    status = hook.run(lambda api: api.job_status(ref))
    assert hook.run(lambda api: api.final_log(ref, status, LogCursor())).lines == ["[t] early", "[t] late"]


@pytest.mark.parametrize("logs_value", [None, [], {"all": None}, {"error": "x"}])
def test_a_page_in_an_odd_form_is_an_empty_one(stub: ExchangisStub, logs_value):
    assert logs._lines({"logs": logs_value}) == []
