"""What the demo prints can be read by people: states, log tails, result tables."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from taskcenter_sandbox.demo.display import LOG_LINES, ROWS, Display


@pytest.fixture
def shown():
    output = io.StringIO()
    display = Display(Console(file=output, width=100, highlight=False))

    def text(show) -> str:
        show(display)
        return output.getvalue()

    return text


def result_set(rows, **more):
    columns = [
        {"name": "city", "type": "string", "comment": None},
        {"name": "amount", "type": "double", "comment": None},
    ]
    return {"columns": columns, "rows": rows, "row_count": len(rows), "truncated": False, "path": None, **more}


def test_a_state_is_shown_with_its_task_and_its_duration(shown):
    text = shown(lambda display: display.task_state("ask[1]", "success", 2.345))
    assert "✔ success" in text
    assert "ask[1]" in text
    assert "2.3 s" in text


def test_a_state_that_airflow_adds_later_is_shown_too(shown):
    assert "? levitating" in shown(lambda display: display.task_state("ask", "levitating", None))


def test_of_many_log_lines_the_last_are_shown_and_the_others_counted(shown):
    text = shown(lambda display: display.log("ask", [f"line {n}" for n in range(LOG_LINES + 2)]))
    lines = [line.strip() for line in text.splitlines()]
    assert lines == ["ask │ ... 2 more lines", *(f"ask │ line {n}" for n in range(2, LOG_LINES + 2))]


def test_a_log_line_is_shown_as_it_is(shown):
    assert "[red]not markup[/red]" in shown(lambda display: display.log("ask", ["[red]not markup[/red]"]))


def test_first_rows_of_a_result_set_are_a_table_in_which_null_is_told_from_text(shown):
    value = {"task_id": 1, "result_sets": [result_set([["Beijing", 12.5], ["NULL city", None]])]}
    text = shown(lambda display: display.result("ask", value))
    assert "ask, result set 1 of 1: 2 rows" in text
    assert "city (string)" in text
    assert ["Beijing", "12.5"] in [line.split() for line in text.splitlines()]
    assert ["NULL", "city", "NULL"] in [line.split() for line in text.splitlines()]


def test_a_longer_result_set_is_cut(shown):
    rows = [[f"city {n}", n] for n in range(ROWS + 1)]
    text = shown(lambda display: display.result("ask", {"result_sets": [result_set(rows, row_count=None)]}))
    assert f"city {ROWS - 1}" in text
    assert f"city {ROWS} " not in text
    assert "? rows" in text
    assert text.rstrip().endswith("...")


def test_a_written_result_says_where_it_is(shown):
    value = {"result_sets": [result_set([], path="/exports/orders.csv", row_count=4)]}
    assert "4 rows in /exports/orders.csv" in shown(lambda display: display.result("export", value))


def test_any_other_value_is_shown_on_one_line_and_nothing_for_nothing(shown):
    assert "check │ returned 200" in shown(lambda display: display.result("check", 200))
    before = shown(lambda _: None)
    assert shown(lambda display: display.result("check", None)) == before
