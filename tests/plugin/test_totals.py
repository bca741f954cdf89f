"""Long lists are not counted for every page, and yet what is new shows at once."""

from __future__ import annotations

import threading

import pytest

from support.task_center import migrated_airflow
from taskcenter_sandbox.waiting import wait_until


class Rows:
    """Rows with ids, and which of them were counted."""

    def __init__(self, count: int) -> None:
        self.ids = list(range(1, count + 1))
        self.counted: list[int] = []

    def count(self, _session, after: int) -> tuple[int, int]:
        found = [each for each in self.ids if each > after]
        self.counted.append(len(found))
        return len(found), max(found, default=after)


@pytest.fixture(scope="module")
def make():
    with migrated_airflow():
        from taskcenter_plugin.totals import Totals

        yield Totals


def test_a_short_list_is_counted_each_time(make):
    totals, rows = make(counted_anew=10), Rows(10)
    assert totals.total("all", rows.count, None) == 10
    rows.ids.remove(3)
    assert totals.total("all", rows.count, None) == 9


def test_of_a_long_list_only_the_new_rows_are_counted(make):
    totals, rows = make(counted_anew=10), Rows(1000)
    assert totals.total("all", rows.count, None) == 1000
    rows.ids += [1001, 1002]
    assert totals.total("all", rows.count, None) == 1002
    assert rows.counted == [1000, 2]


def test_what_lists_are_narrowed_by_keeps_them_apart(make):
    totals, many, few = make(counted_anew=10), Rows(1000), Rows(50)
    assert [totals.total("many", many.count, None), totals.total("few", few.count, None)] == [1000, 50]
    assert [totals.total("many", many.count, None), totals.total("few", few.count, None)] == [1000, 50]


def test_rows_that_others_have_removed_are_noticed_by_a_count_in_the_background(make):
    totals, rows = make(counted_anew=10, fresh_seconds=0), Rows(1000)
    assert totals.total("all", rows.count, None) == 1000
    del rows.ids[:500]
    assert totals.total("all", rows.count, None) in (500, 1000)  # as fast as before, while it is counted anew
    wait_until(lambda: totals.total("all", rows.count, None) == 500, what="the new total", timeout_seconds=20)


def test_removed_rows_are_gone_at_once_where_that_is_known_also_while_they_are_counted(make):
    totals, rows = make(counted_anew=10), Rows(1000)
    counting, removed = threading.Event(), threading.Event()

    def slow_count(session, after):
        found = rows.count(session, after)
        counting.set()
        assert removed.wait(20)
        return found

    other = threading.Thread(target=totals.total, args=("all", slow_count, None))
    other.start()
    assert counting.wait(20)
    del rows.ids[:500]
    totals.forget()
    removed.set()
    other.join()
    assert totals.total("all", rows.count, None) == 500
