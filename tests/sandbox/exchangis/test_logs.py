"""Logs of jobs and tasks, with the oddities of their paging (facts section 3)."""

from __future__ import annotations

import pytest

from taskcenter_sandbox.waiting import wait_until


@pytest.fixture(scope="module")
def ended(api, tmp_path_factory, shop_of):
    """An execution whose logs are complete."""
    shop = shop_of(api, tmp_path_factory.mktemp("logs"))
    return api.run(shop.job())


def page(api, execution, **query):
    return api.get(f"/job/execution/{execution}/log", **{"fromLine": 1, "pageSize": 100, **query})


def task_page(api, execution, **query):
    task = api.tasks(execution)[0]["taskId"]
    query = {"jobExecutionId": execution, "fromLine": 1, "pageSize": 100, **query}
    return api.get(f"/task/execution/{task}/log", **query)


def test_a_page_of_lines_is_no_end_even_after_the_last_one(api, ended):
    first = page(api, ended)
    lines = first["logs"]["all"].split("\n")
    assert (first["endLine"], first["isEnd"]) == (len(lines), False)
    assert page(api, ended, fromLine=first["endLine"] + 1) == {"endLine": len(lines), "isEnd": True, "logs": {}}


def test_lines_count_from_1_and_0_is_the_same(api, ended):
    assert page(api, ended, fromLine=0, pageSize=1) == page(api, ended, fromLine=1, pageSize=1)


def test_pages_together_are_the_whole_log(api, ended):
    whole = page(api, ended)["logs"]["all"].split("\n")
    lines, start = [], 1
    while not (part := page(api, ended, fromLine=start, pageSize=2))["isEnd"]:
        lines += part["logs"]["all"].split("\n")
        start = part["endLine"] + 1
    assert lines == whole


def test_levels_are_told_apart_and_those_without_lines_are_not_there(api, ended):
    logs = page(api, ended)["logs"]
    assert "info" in logs
    assert "error" not in logs


def test_lines_can_be_left_out_or_picked(api, ended):
    whole = page(api, ended)["logs"]["all"].split("\n")
    only = page(api, ended, onlyKeywords="Launched,nonsense")["logs"]["all"].split("\n")
    assert len(only) == 1
    assert only[0] in whole
    others = page(api, ended, ignoreKeywords="Launched")
    assert others["logs"]["all"].split("\n") == [line for line in whole if line not in only]
    assert others["endLine"] == len(whole)  # of the file, not of what is told


def test_the_last_rows_come_with_the_end_and_without_a_number(api, ended):
    whole = page(api, ended)["logs"]["all"].split("\n")
    tail = page(api, ended, lastRows=2, ignoreKeywords="job")
    assert (tail["endLine"], tail["isEnd"], tail["logs"]["all"].split("\n")) == (0, True, whole[-2:])


def test_with_tail_the_end_comes_with_the_lines(api, ended):
    found = page(api, ended, enableTail="true")
    assert found["isEnd"] is True
    assert found["logs"]["all"]


@pytest.mark.parametrize("query", [{"pageSize": ""}, {"fromLine": ""}])
def test_from_where_and_how_much_must_be_said(api, ended, query):
    message = api.refusal("GET", f"/job/execution/{ended}/log", **{"fromLine": 1, "pageSize": 10, **query})
    assert "NullPointerException" in message


def test_the_end_line_of_a_task_log_is_one_too_high(api, ended, server):
    found = task_page(api, ended)
    lines = found["logs"]["all"].split("\n")
    assert (found["endLine"], found["isEnd"]) == (len(lines) + 1, True)
    full = task_page(api, ended, pageSize=1)
    assert (full["endLine"], full["isEnd"]) == (1, False)
    server.fault("exact-end-line")
    try:
        assert task_page(api, ended)["endLine"] == len(lines)
    finally:
        server.fault(clear=True)


def test_a_task_log_needs_the_execution(api, ended):
    task = api.tasks(ended)[0]["taskId"]
    assert "NullPointerException" in api.refusal("GET", f"/task/execution/{task}/log", fromLine=1, pageSize=10)
    assert "reason: null" in api.refusal("GET", "/task/execution/1/log", jobExecutionId=ended, fromLine=1, pageSize=10)


def test_a_task_that_was_not_launched_has_no_log_yet(api, server, shop):
    server.fault("no-engine:-1")
    try:
        execution = api.execute(shop.job())
        api.wait(execution, "Scheduled")
        query = {"jobExecutionId": execution, "fromLine": 1, "pageSize": 10}

        def told():
            # Its row goes and comes back with each launch.
            answers = [
                api.ask("GET", f"/task/execution/{task['taskId']}/log", **query).json() for task in api.tasks(execution)
            ]
            return [answer["data"] for answer in answers if answer["status"] == 0]

        found = wait_until(told, what="the log of the task", timeout_seconds=20, poll_seconds=0.02)
        assert found == [{"endLine": 0, "isEnd": False, "logs": {}}]
        wait_until(
            lambda: "error" in page(api, execution)["logs"], what="the reason", timeout_seconds=20, poll_seconds=0.02
        )
        assert "Launch task" in page(api, execution)["logs"]["error"]
    finally:
        server.fault(clear=True)
    api.data("POST", f"/job/execution/{execution}/kill")
    api.wait(execution)


def test_lines_with_passwords_are_not_told(api, shop):
    job = shop.job()
    api.data("PUT", f"/job/{job}", {"jobName": "the password of somebody"})
    execution = api.run(job)
    assert "password" not in api.log(execution).lower()
    # They count nevertheless: the first page of one line is empty, and looks like the end.
    first = page(api, execution, pageSize=1)
    assert first == {"endLine": 1, "isEnd": True, "logs": {}}
