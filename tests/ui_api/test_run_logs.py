"""The logs of remote jobs as the page reads them: by windows, while they grow, once for all who look."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from support.log_page import LogPage, end
from support.runs_of_plans import record
from taskcenter_sandbox.waiting import wait_until


def test_a_log_is_read_by_windows_from_its_beginning_and_from_its_end(page, execution):
    begin = page.until(lambda data: data["total"] == 2500, "all lines", count=3)
    assert begin == {"lines": ["line 1", "line 2", "line 3"], "first": 1, "total": 2500, "done": False, "notice": None}
    assert page.read(from_line=1234, count=2)["lines"] == ["line 1234", "line 1235"]
    last = page.read(from_line=-2)
    assert (last["lines"], last["first"]) == (["line 2499", "line 2500"], 2499)
    assert page.read(from_line=0, count=1)["first"] == 1
    assert page.read(from_line=-9999, count=1)["lines"] == ["line 1"]
    beyond = page.read(from_line=2501)
    assert (beyond["lines"], beyond["first"], beyond["total"]) == ([], 2501, 2500)


def test_it_grows_while_one_looks_and_is_done_when_the_job_is(page, execution):
    page.until(lambda data: data["total"] == 2500, "all lines")
    execution.log.append("one more")
    more = page.until(lambda data: data["lines"], "the new line", from_line=2501)
    assert (more["lines"], more["done"]) == (["one more"], False)
    execution.log.append("the last one")
    end(execution)
    assert page.whole()[2499:] == ["line 2500", "one more", "the last one"]


def test_many_who_look_at_a_log_have_it_read_once(page, execution, exchangis):
    page.until(lambda data: data["total"] == 2500, "all lines")
    end(execution)
    page.until(lambda data: data["done"], "the end")
    before = len(exchangis.endpoints())
    for user in ("ada", "vera", "ada"):
        assert page.read(user=user, from_line=-1)["lines"] == ["line 2500"]
    assert len(exchangis.endpoints()) == before


def test_many_who_begin_to_look_at_once_have_it_read_once(page, execution, exchangis):
    def read(_: int) -> dict[str, Any]:
        return page.read(from_line=2500)

    with ThreadPoolExecutor(8) as readers:
        told = list(readers.map(read, range(8)))
    assert {tuple(each["lines"]) for each in told} == {("line 2500",)}
    pages = [each for each in exchangis.endpoints() if each.endswith(f"{execution.id}/log")]
    assert 0 < len(pages) <= 6


def test_an_endless_line_is_cut_and_no_secret_is_shown(page, exchangis, monkeypatch):
    stub = json.loads(exchangis.connection())
    log = ["x" * 50_000, f"logged in with {stub['password']}", "refused, token: abcdef", "first\rsecond"]
    record(page.context, "exchangis", exchangis.add(log=log).id)
    lines = page.until(lambda data: data["total"] == 4, "all lines")["lines"]
    assert lines[0] == "x" * 10_000 + "…"
    assert lines[1:] == ["logged in with ***", "refused, token: ***", "first\rsecond"]


def test_a_window_is_no_larger_than_a_browser_likes(page, exchangis):
    record(page.context, "exchangis", exchangis.add(log=["x" * 9_000] * 600).id)
    data = page.until(lambda data: data["total"] == 600, "all lines", count=600)
    assert 200 < len(data["lines"]) < 300


def test_a_system_that_goes_down_in_the_middle_is_named_beside_the_lines_that_were_read(page, execution, monkeypatch):
    page.until(lambda data: data["total"] == 2500, "all lines")
    disconnect(monkeypatch)
    data = page.until(lambda data: data["notice"], "the notice", from_line=-1)
    assert data["lines"] == ["line 2500"]
    assert (data["notice"], data["done"]) == (
        "Exchangis cannot be reached. See whether it is up, and try again later.",
        False,
    )


def test_a_system_that_is_down_from_the_beginning_is_a_bad_gateway(page, monkeypatch):
    disconnect(monkeypatch)
    record(page.context, "exchangis", "7")
    status, _, message = wait_until(lambda: refused(page), what="a refusal", timeout_seconds=30)
    assert (status, message) == (502, "Exchangis cannot be reached. See whether it is up, and try again later.")
    assert page.ask(search=True, q="x")[0] == 502


def test_a_job_that_its_system_does_not_know_any_more_is_not_found(page, exchangis):
    record(page.context, "exchangis", "4711")
    assert page.ask()[0] == 404


def refused(page: LogPage) -> tuple[int, Any, str] | None:
    answer = page.ask()
    return None if answer[0] == 200 else answer


def disconnect(monkeypatch) -> None:
    from taskcenter.jobs import hook

    monkeypatch.setattr(hook, "RECHECK_SECONDS", 0.0)
    fields = {"conn_type": "exchangis", "host": "127.0.0.1", "port": 9, "login": "a", "password": "b"}
    monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", json.dumps(fields))


def test_a_task_without_a_job_has_no_log_of_one(page):
    status, _, message = page.ask()
    assert (status, message) == (404, "The task has no remote job on record, or not yet.")
