"""The logs of a run as the page reads them: by windows, while they grow, from the systems and from Airflow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest

from support.exchangis_stub import ExchangisStub, StubTask
from support.linkis_replies import PREFIX, refusal
from support.linkis_stub import LinkisStub, StubJob
from support.runs_of_plans import ONCE, change, log_file, record, write_log
from support.scripted_server import Answer, Asked
from support.task_center import bearer, forget_everything
from taskcenter.core import gateway
from taskcenter.core.flow import RetryPolicy
from taskcenter_plugin.ui import log_feed
from taskcenter_sandbox.waiting import wait_until

LONG_AGO = datetime(2026, 1, 2, 4, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch) -> None:
    monkeypatch.setattr(log_feed, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(log_feed, "PAUSE_TO_WORK", 0.0)
    monkeypatch.setattr(gateway, "RetryPolicy", partial(RetryPolicy, attempts=2, first_delay_seconds=0.02))


class Page:
    """A user who looks at a run.

    :ivar context: the run's number.
    """

    def __init__(self, http: Any, context: int) -> None:
        self._http = http
        self.context = context

    def ask(self, user: str = "ada", search: bool = False, **query: Any) -> tuple[int, Any, str]:
        """Status, data and message of an answer."""
        path = f"/runs/{query.pop('context', self.context)}/log{'/search' * search}"
        reply = self._http.get(path, params={"task_id": "run", **query}, headers={"Authorization": bearer(user)})
        answer = reply.json()
        assert reply.status_code != 200 or reply.headers["cache-control"] == "no-store"
        return reply.status_code, answer["data"], answer["msg"]

    def read(self, **query: Any) -> dict[str, Any]:
        """An answer that is a success."""
        status, data, message = self.ask(**query)
        assert status == 200, message
        return data

    def until(self, enough: Any, what: str, **query: Any) -> dict[str, Any]:
        """The first answer that is so."""

        def look() -> Any:
            data = self.read(**query)
            return data if enough(data) else None

        return wait_until(look, what=what, timeout_seconds=30)

    def whole(self, **query: Any) -> list[str]:
        """All lines, read as a page does that shows them as they come."""
        lines: list[str] = []

        def look() -> bool:
            data = self.read(from_line=len(lines) + 1, count=1000, **query)
            assert data["first"] == len(lines) + 1
            lines.extend(data["lines"])
            return data["done"] and len(lines) == data["total"]

        wait_until(look, what="the end of the log", timeout_seconds=30)
        return lines


@pytest.fixture
def page(app) -> Iterator[Page]:
    """A run of a plan with one task, which runs its first try."""
    from starlette.testclient import TestClient

    forget_everything()
    with TestClient(app, raise_server_exceptions=False) as http:
        answer = http.post("/api/schedules", json=ONCE, headers={"Authorization": bearer("ada")}).json()
        page = Page(http, answer["data"]["contextId"])
        change(page.context, state="running", try_number=1)
        yield page
        http.portal.call(_forget)


async def _forget() -> None:
    """Close what is kept for the next request, before the event loop ends."""
    from taskcenter_plugin.job_pages import remote
    from taskcenter_plugin.ui.log_feeds import feeds

    feeds().close()
    for kept in remote._kept.pop(asyncio.get_running_loop(), {}).values():
        kept.timer.cancel()
        await kept.session.release()


@pytest.fixture
def exchangis(monkeypatch) -> Iterator[ExchangisStub]:
    with ExchangisStub() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_EXCHANGIS_DEFAULT", stub.connection())
        yield stub


@pytest.fixture
def execution(page, exchangis) -> Any:
    """A transfer that goes on, which the task has on record."""
    made = exchangis.add(log=[f"line {number}" for number in range(1, 2501)], tasks=[StubTask("t1")])
    record(page.context, "exchangis", made.id)
    return made


def end(execution: Any) -> None:
    execution.status, execution.tasks[0].status, execution.all_ended = "Success", "Success", True


# The log of a remote job


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


def refused(page: Page) -> tuple[int, Any, str] | None:
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


# The same of Linkis, which gives the log of an ended job whole


class LinkisThatRemembers(LinkisStub):
    """A Linkis that still has the logs of ended jobs in memory, but refuses to open their files."""

    def _log(self, job: StubJob, asked: Asked) -> Answer:
        return super()._log(replace(job, status="Running"), asked)


@pytest.fixture(params=[LinkisStub, LinkisThatRemembers])
def linkis(request, monkeypatch) -> Iterator[LinkisStub]:
    with request.param() as stub:
        monkeypatch.setenv("AIRFLOW_CONN_LINKIS_DEFAULT", stub.connection())
        yield stub


def too_large(linkis: LinkisStub) -> None:
    linkis.always(f"GET {PREFIX}/filesystem/openLog", refusal(80033, "The file is larger than 30 MB"))


def test_the_log_of_a_linkis_job_goes_on_in_its_file_when_the_job_has_ended(page, linkis):
    job = linkis.add_job(log=[f"line {number}" for number in range(1, 2101)])
    record(page.context, "linkis", str(job.id), exec_id=job.exec_id)
    page.until(lambda data: data["total"] == 2100, "all lines")
    job.log += ["late", "last"]
    job.status = "Succeed"
    assert page.whole()[2098:] == ["line 2099", "line 2100", "late", "last"]


@pytest.mark.parametrize("linkis", [LinkisThatRemembers], indirect=True)
def test_a_log_that_is_too_large_for_linkis_to_open_is_read_page_by_page(page, linkis):
    too_large(linkis)
    job = linkis.add_job("Succeed", log=[f"line {number}" for number in range(1, 25_001)])
    record(page.context, "linkis", str(job.id), exec_id=job.exec_id)
    assert page.until(lambda data: data["total"] == 25_000, "all lines", from_line=-1)["lines"] == ["line 25000"]


@pytest.mark.parametrize("linkis", [LinkisStub], indirect=True)
def test_what_linkis_says_of_a_log_that_it_cannot_open_is_told_beside_the_lines_read_before(page, linkis):
    too_large(linkis)
    job = linkis.add_job(log=["line 1"])
    record(page.context, "linkis", str(job.id), exec_id=job.exec_id)
    page.until(lambda data: data["total"] == 1, "the line")
    job.status = "Succeed"
    data = page.until(lambda data: data["notice"], "the notice")
    assert (data["lines"], data["done"], "larger than 30 MB" in data["notice"]) == (["line 1"], False, True)


# Searching


def test_a_search_tells_the_lines_that_have_the_text_whatever_its_case(page, execution):
    page.until(lambda data: data["total"] == 2500, "all lines")
    found = page.read(search=True, q="LINE 249")
    assert found == {"lines": [249, *range(2490, 2500)], "scanned": 2500, "total": 2500, "done": False}
    assert page.read(search=True, q="nowhere")["lines"] == []
    end(execution)
    assert page.until(lambda data: data["done"], "the end", search=True, q="line 7")["lines"][0] == 7


def test_a_search_with_many_hits_is_gone_on_with_from_where_it_stopped(page, execution):
    page.until(lambda data: data["total"] == 2500, "all lines")
    first = page.read(search=True, q="line", limit=1000)
    assert (len(first["lines"]), first["scanned"]) == (1000, 1000)
    second = page.read(search=True, q="line", after_line=first["scanned"], limit=3)
    assert (second["lines"], second["scanned"]) == ([1001, 1002, 1003], 1003)
    assert page.read(search=True, q="line", after_line=2500)["lines"] == []


# The log of a task, from Airflow


def test_the_log_of_a_task_grows_while_it_runs_and_is_done_after_its_end(page):
    write_log(log_file(page.context), [("03:04:05", "begun"), ("03:04:06", "password=hidden in\ntwo lines")])
    first = page.until(lambda data: data["total"], "the first lines", source="task")
    assert [line.split(" ", 2)[2] for line in first["lines"][:2]] == ["begun", "password=*** in"]
    assert (first["lines"][2], first["done"]) == ("two lines", False)
    write_log(log_file(page.context), [("03:04:07", "ended")])
    change(page.context, state="success", end_date=LONG_AGO)
    assert [line.rsplit(" ", 1)[-1] for line in page.whole(source="task")] == ["begun", "in", "lines", "ended"]


def test_it_is_not_done_in_the_moment_of_its_end_when_the_worker_may_still_write(page):
    write_log(log_file(page.context), [("03:04:05", "begun")])
    change(page.context, state="success", end_date=datetime.now(timezone.utc) + timedelta(seconds=30))
    assert page.until(lambda data: data["total"], "the line", source="task")["done"] is False


def test_lines_that_come_late_from_another_machine_are_in_their_place_in_the_end(page):
    write_log(log_file(page.context), [("03:04:05", "a"), ("03:04:09", "d")])
    page.until(lambda data: data["total"] == 2, "the first lines", source="task")
    write_log(log_file(page.context, "attempt=1.log.trigger.2.log"), [("03:04:07", "b"), ("03:04:10", "e")])
    words = page.until(lambda data: data["total"] == 3, "the later line", source="task")["lines"]
    assert [line[-1] for line in words] == ["a", "d", "e"]
    change(page.context, state="success", end_date=LONG_AGO)
    assert [line[-1] for line in page.until(lambda data: data["done"], "the end", source="task")["lines"]] == [
        "a",
        "b",
        "d",
        "e",
    ]


def test_a_part_that_is_out_of_reach_takes_nothing_away(page):
    write_log(log_file(page.context), [("03:04:05", "a"), ("03:04:06", "b")])
    page.until(lambda data: data["total"] == 2, "the first lines", source="task")
    log_file(page.context).unlink()
    write_log(log_file(page.context), [("03:04:07", "c")])
    lines = page.until(lambda data: data["total"] == 3, "the new line", source="task")["lines"]
    assert [line[-1] for line in lines] == ["a", "b", "c"]
    change(page.context, state="success", end_date=LONG_AGO)
    assert page.until(lambda data: data["done"], "the end", source="task")["total"] == 3


def test_each_try_has_its_log(page):
    write_log(log_file(page.context), [("03:04:05", "first")])
    write_log(log_file(page.context, "attempt=2.log"), [("03:04:06", "second")])
    change(page.context, try_number=2, state="running")
    last = page.until(lambda data: data["total"], "a line", source="task")
    assert ("second" in last["lines"][0], last["done"]) == (True, False)
    first = page.until(lambda data: data["done"], "the first try", source="task", **{"try": 1})
    assert ("first" in first["lines"][0], first["total"]) == (True, 1)
    status, _, message = page.ask(source="task", **{"try": 3})
    assert (status, message) == (404, "The task has been tried 2 time(s); there is no try 3, or not yet.")


def test_a_task_that_has_not_begun_and_one_that_never_ran_say_so(page):
    change(page.context, try_number=0, state="scheduled")
    assert page.read(source="task") == {
        "lines": [],
        "first": 1,
        "total": 0,
        "done": False,
        "notice": "The task has not begun yet.",
    }
    change(page.context, state="skipped")
    skipped = page.read(source="task")
    assert (skipped["done"], skipped["notice"]) == (True, "The task has not run, so that it has no log.")
    assert page.read(source="task", search=True, q="x")["done"] is True


def test_a_log_that_is_no_more_is_told(page):
    change(page.context, state="success", end_date=LONG_AGO, hostname="")
    data = page.until(lambda data: data["done"], "the end", source="task")
    assert (data["total"], data["notice"][:28]) == (0, "Airflow has no log of this t")


# Bounds and rights


def test_a_log_that_is_too_long_is_shown_as_far_as_there_is_room(page, execution, monkeypatch):
    from taskcenter_plugin import settings

    settings.log_spool_bytes.cache_clear()
    monkeypatch.setenv("AIRFLOW__TASKCENTER__LOG_SPOOL_MEGABYTES", "0.04")
    try:
        data = page.until(lambda data: data["done"], "the end", from_line=-1)
        assert 800 < data["total"] < 1300
        assert data["lines"] == [f"line {data['total']}"]
        assert data["notice"].startswith(
            f"The log is too long to be shown whole here: these are its first {data['total']}"
        )
    finally:
        settings.log_spool_bytes.cache_clear()


def test_a_directory_that_takes_no_file_is_told_without_its_name(page, execution, monkeypatch):
    from taskcenter_plugin import settings

    settings.log_spool_path.cache_clear()
    monkeypatch.setenv("AIRFLOW__TASKCENTER__LOG_SPOOL_PATH", "/no/such/directory")
    try:
        status, _, message = page.ask()
        assert (status, "no room" in message, "/no/such" in message) == (503, True, False)
    finally:
        settings.log_spool_path.cache_clear()


def test_of_many_logs_the_longest_unread_is_given_up_and_read_anew_when_it_is_asked_for(page, monkeypatch):
    from taskcenter_plugin.ui import log_feeds

    monkeypatch.setattr(log_feeds, "MAX_LOGS", 1)
    for number in (1, 2):
        write_log(log_file(page.context, f"attempt={number}.log"), [("03:04:05", f"try {number}")])
    change(page.context, try_number=2, state="success", end_date=LONG_AGO)
    for number in (1, 2, 1, 2):
        data = page.until(lambda data: data["done"], "the log", source="task", **{"try": number})
        assert [line[-5:] for line in data["lines"]] == [f"try {number}"]
        assert page._http.portal.call(_kept) == 1


async def _kept() -> int:
    from taskcenter_plugin.ui.log_feeds import feeds

    return len(feeds()._feeds)


def test_rights_are_checked_for_every_request_even_of_a_log_that_is_kept(page, execution, monkeypatch):
    from taskcenter_plugin.routes import access

    page.until(lambda data: data["total"] == 2500, "all lines")
    allowed = access.is_authorized
    monkeypatch.setattr(
        access,
        "is_authorized",
        lambda user, method, dag_id, entity=None: user.get_name() != "vera" and allowed(user, method, dag_id, entity),
    )
    assert page.ask(user="vera")[0] == 403
    assert page.ask(user="vera", search=True, q="line")[0] == 403
    assert page.ask()[0] == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"context": 999999}, 404),
        ({"task_id": "other"}, 404),
        ({"task_id": "other", "source": "task"}, 404),
        ({"map_index": 3, "source": "task"}, 404),
        ({"task_id": ""}, 400),
        ({"task_id": "a\x00b"}, 400),
        ({"source": "elsewhere"}, 400),
        ({"count": 1001}, 400),
        ({"count": 0}, 400),
        ({"from_line": "x"}, 400),
        ({"from_line": 2**40}, 400),
        ({"try": 0}, 400),
        ({"search": True}, 400),
        ({"search": True, "q": "a\nb"}, 400),
        ({"search": True, "q": "a", "after_line": -1}, 400),
        ({"search": True, "q": "a", "limit": 1001}, 400),
    ],
    ids=str,
)
def test_a_log_that_is_not_there_and_one_that_cannot_be(page, execution, query, status):
    assert page.ask(**query)[0] == status
