"""A job's log is shown once and whole, although live lines and the file number them differently (facts, section 7)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.flows import ByHand
from support.linkis_replies import envelope, log_gone, no_instance, refusal
from support.linkis_stub import TOKEN, USER
from support.scripted_server import Answer
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import MalformedReplyError, RefusedError
from taskcenter.core.gateway import LoginState
from taskcenter.core.job import JobRef, LogCursor
from taskcenter.core.status import JobState, JobStatus
from taskcenter.linkis.system import LOG_PAGE_LINES, MAX_LOG_PAGES, LinkisSystem

REF = JobRef("7", {"exec_id": "exec_7"})
ENDED = JobStatus(JobState.SUCCEEDED, "Succeed", details={"log_path": "file:///logs/7.log"})


@pytest.fixture
def linkis() -> LinkisSystem:
    return new_system()


def new_system() -> LinkisSystem:
    return LinkisSystem(ConnectionSettings("linkis_default", "http://h", "", USER, TOKEN, "token"), LoginState())


def live(lines: list[str], start: int, size: int = LOG_PAGE_LINES) -> Answer:
    """What the entrance says of the lines from ``start``: those without text are counted and not sent."""
    page = lines[start - 1 : start - 1 + size]
    text = "\n".join(line for line in page if line.strip() and "com.netflix" not in line)
    return envelope({"execID": "exec_7", "log": ["", "", text, text], "fromLine": start + len(page)})


def whole(lines: list[str]) -> Answer:
    """What openLog says of a file."""
    return envelope({"log": ["", "", "", "".join(f"{line}\n" for line in lines)]})


def read(linkis: LinkisSystem, cursor: LogCursor, *answers: Answer) -> tuple[list[str], LogCursor]:
    chunk = ByHand(*answers).run(linkis.read_log(REF, cursor))
    return list(chunk.lines), chunk.cursor


def finish(linkis: LinkisSystem, cursor: LogCursor, *answers: Answer) -> list[str]:
    return list(ByHand(*answers).run(linkis.final_log(REF, ENDED, cursor)).lines)


def test_a_log_is_read_in_pages_and_goes_on_where_it_stopped(linkis: LinkisSystem):
    lines = [f"line {number}" for number in range(LOG_PAGE_LINES + 5)]
    first, cursor = read(linkis, LogCursor(), live(lines, 1), live(lines, LOG_PAGE_LINES + 1))
    assert first == lines
    assert cursor == LogCursor(len(lines) + 1, lines[-1], len(lines))
    more = [*lines, "one more"]
    assert read(linkis, cursor, live(more, cursor.line))[0] == ["one more"]


def test_a_log_without_news_is_asked_for_once(linkis: LinkisSystem):
    assert read(linkis, LogCursor(4, "x", 3), live(["a", "b", "x"], 4)) == ([], LogCursor(4, "x", 3))


def test_a_very_long_log_is_read_in_turns_with_the_state(linkis: LinkisSystem):
    lines = [str(number) for number in range(LOG_PAGE_LINES * (MAX_LOG_PAGES + 3))]
    pages = [live(lines, 1 + LOG_PAGE_LINES * page) for page in range(MAX_LOG_PAGES)]
    assert len(read(linkis, LogCursor(), *pages)[0]) == LOG_PAGE_LINES * MAX_LOG_PAGES


NOTHING: dict[str, Any] = {
    "null": None,
    "an empty text": "",
    "four times null": [None, None, None, None],
    "an empty list": [],
    "a number": 3,
}


@pytest.mark.parametrize("log", NOTHING.values(), ids=NOTHING)
def test_what_is_no_log_is_none(linkis: LinkisSystem, log):
    lines, cursor = read(linkis, LogCursor(), envelope({"log": log, "fromLine": 2}))
    assert (lines, cursor.last) == ([], "")


def test_a_log_that_is_one_text_is_taken_too(linkis: LinkisSystem):
    assert read(linkis, LogCursor(), envelope({"log": "a\nb", "fromLine": 3}))[0] == ["a", "b"]


def test_a_notice_of_a_failover_is_not_shown_again_and_again(linkis: LinkisSystem):
    notice = envelope({"log": [None, None, "being recovered", "being recovered"], "fromLine": 0})
    assert read(linkis, LogCursor(5, "x", 4), notice) == ([], LogCursor(5, "x", 4))


@pytest.mark.parametrize("refused", [log_gone(), refusal(20038, "reader failed"), envelope({}, 1, "Can't find execID")])
def test_a_log_that_the_entrance_has_no_more_is_left_for_the_end(linkis: LinkisSystem, refused):
    assert read(linkis, LogCursor(5, "x", 4), refused) == ([], LogCursor(5, "x", 4))


def test_a_job_that_has_no_exec_id_yet_has_no_log(linkis: LinkisSystem):
    assert list(ByHand().run(linkis.read_log(JobRef("7"), LogCursor())).lines) == []


def test_an_unreadable_file_is_made_good_by_the_entrances_memory(linkis: LinkisSystem):
    rest = finish(linkis, LogCursor(2, "a", 1), refusal(80018, "no"), live(["a", "b"], 2))
    assert rest == ["b"]


def test_a_log_that_nobody_has_is_told(linkis: LinkisSystem):
    with pytest.raises(RefusedError, match="80018") as caught:
        finish(linkis, LogCursor(2, "a", 1), refusal(80018, "no"), log_gone())
    assert caught.value.context.job_id == "7"


def test_a_gateway_in_trouble_is_not_taken_for_an_empty_log(linkis: LinkisSystem):
    with pytest.raises(MalformedReplyError):
        finish(linkis, LogCursor(), *[no_instance(503)] * 4)


def test_a_job_without_a_log_path_is_read_from_memory(linkis: LinkisSystem):
    status = JobStatus(JobState.SUCCEEDED, "Succeed")
    chunk = ByHand(live(["a"], 1)).run(linkis.final_log(REF, status, LogCursor()))
    assert list(chunk.lines) == ["a"]


LINES = st.lists(
    st.sampled_from(
        ["x", "y", "", "  ", "x ", "progress\r50%\r100%", "a\x0bb\x85c\u2028d", "tab\t", "错误", "com.netflix z"]
    )
    | st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=8),
    max_size=30,
)


def has_text(lines: list[str]) -> list[str]:
    return [line for line in lines if line.strip()]


def shown_live(lines: list[str]) -> list[str]:
    return [line for line in has_text(lines) if "com.netflix" not in line]


def is_subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return all(line in rest for line in short)


@given(lines=LINES, seen=st.integers(0, 30))
@example(lines=["", "a"], seen=1)
@example(lines=["x", "", "x", "y"], seen=2)
@example(lines=["a", "b", "", "a", "b", "", "", "a", "b"], seen=4)
@example(lines=["progress\r50%\r100%", "next"], seen=1)
def test_no_line_is_lost_or_doubled_when_the_file_has_what_was_shown(lines, seen):
    """Lines without text are counted live, and are missing from the file or not."""
    linkis, seen = new_system(), min(seen, len(lines))
    lines = [line for line in lines if "com.netflix" not in line]
    shown, cursor = read(linkis, LogCursor(), live(lines[:seen], 1))
    for file in (lines, has_text(lines)):
        assert [*shown, *finish(linkis, cursor, whole(file))] == has_text(lines)


@given(lines=LINES, seen=st.integers(0, 30), doubled=st.sets(st.integers(0, 29)))
@example(lines=["x", "y", "x", "z"], seen=3, doubled={0, 1})
def test_no_line_is_lost_where_the_file_doubles_lines_and_live_ones_left_some_out(lines, seen, doubled):
    linkis, seen = new_system(), min(seen, len(lines))
    shown, cursor = read(linkis, LogCursor(), live(lines[:seen], 1))
    file = [line for number, line in enumerate(lines) for _ in range(1 + (number in doubled))]
    everything = [*shown, *finish(linkis, cursor, whole(file))]
    assert is_subsequence(shown_live(lines), everything)


@given(lines=LINES, cuts=st.lists(st.integers(0, 30), max_size=4))
def test_no_line_is_lost_or_doubled_while_the_log_grows(lines, cuts):
    linkis, cursor = new_system(), LogCursor()
    shown: list[str] = []
    for end in [*sorted(min(cut, len(lines)) for cut in cuts), len(lines)]:
        chunk, cursor = read(linkis, cursor, live(lines[:end], cursor.line))
        shown += chunk
    assert shown == shown_live(lines)


@given(lines=LINES, seen=st.integers(1, 30), flushed=st.integers(0, 30))
def test_a_file_that_lacks_the_end_brings_nothing_twice(lines, seen, flushed):
    linkis = new_system()
    unique = [f"{number} {line}" for number, line in enumerate(lines)]
    shown, cursor = read(linkis, LogCursor(), live(unique[:seen], 1))
    rest = finish(linkis, cursor, whole(unique[: min(flushed, seen)]))
    assert [line for line in rest if line in shown] == []
