"""The logs of tasks, from Airflow: while they grow, of each try, with parts that come late or are out of reach."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from support.log_page import LONG_AGO
from support.runs_of_plans import change, log_file, made_anew, write_log


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


def test_a_run_that_was_made_anew_under_the_same_name_has_a_log_of_its_own(page):
    write_log(log_file(page.context), [("03:04:05", "of the first")])
    change(page.context, state="success", end_date=LONG_AGO)
    page.until(lambda data: data["done"], "the end", source="task")
    log_file(page.context).unlink()
    page.context = made_anew(page.context)
    write_log(log_file(page.context), [("03:04:05", "of the second")])
    change(page.context, state="running", try_number=1)
    lines = page.until(lambda data: data["total"], "a line", source="task")["lines"]
    assert [line.rsplit(" ", 1)[-1] for line in lines] == ["second"]
