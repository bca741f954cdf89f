"""What bounds the logs that the api-server keeps, and who may read them."""

from __future__ import annotations

import pytest

from support.log_page import LONG_AGO
from support.runs_of_plans import change, log_file, write_log


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
        assert page.http.portal.call(_kept) == 1


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
