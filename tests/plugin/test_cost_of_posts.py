"""How often a POST asks the database about the task center's own tables: most of what it costs beyond what Airflow needs."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy import event

from support.plans_of_tests import post

ONCE = [{"triggerType": "ONCE"}]


@contextmanager
def own_statements():
    """The statements of the block that name a table of ours."""
    from airflow import settings

    found = []

    def note(_connection, _cursor, statement, *_):
        if "taskcenter_" in statement:
            found.append(statement)

    event.listen(settings.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(settings.engine, "before_cursor_execute", note)


def test_a_new_plan_that_runs_at_once_and_one_that_runs_again(ada):
    post(ada, "0", ONCE)  # whatever a process does only once
    with own_statements() as new:
        post(ada, "1", ONCE)
    with own_statements() as again:
        post(ada, "1", ONCE)
    assert len(new) <= 24, "\n".join(new)
    assert len(again) <= 14, "\n".join(again)


def test_each_name_is_asked_for_once(ada):
    with own_statements() as found:
        post(ada, "1", ONCE)
    for table in ("taskcenter_user", "taskcenter_entity"):
        assert len([each for each in found if f"FROM {table}" in each]) <= 2, "\n".join(found)
