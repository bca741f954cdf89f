"""A log can be read by line numbers while it grows, and whole when the job has ended."""

from __future__ import annotations

import re

import pytest

from taskcenter_sandbox.linkis.logs import RING_LINES, JobLog, by_level, file_by_level, stamped


@pytest.fixture
def log(tmp_path) -> JobLog:
    return JobLog(tmp_path / "job.log", 1 << 20)


def numbered(first, last):
    return [f"line {number}" for number in range(first, last + 1)]


def test_lines_count_from_one_in_memory_and_in_the_file(log):
    log.extend(numbered(1, 5 * RING_LINES))
    for first in (1, 2, 999, 1000, 1001, 4 * RING_LINES, 5 * RING_LINES - 9):
        assert log.read(first, 10) == (numbered(first, first + 9), 10)
    assert log.read(5 * RING_LINES, 10) == ([f"line {5 * RING_LINES}"], 1)
    assert log.read(5 * RING_LINES + 1, 10) == ([], 0)
    log.close()
    assert log.read(1234, 2) == (numbered(1234, 1235), 2)


def test_number_zero_is_an_empty_place_while_the_job_runs_and_line_one_twice_afterwards(log):
    log.extend(numbered(1, 3))
    assert log.read(0, 2) == (["", "line 1"], 2)
    log.close()
    assert log.read(0, 2) == (["line 1", "line 2"], 2)


def test_a_text_of_several_lines_takes_several_numbers_and_a_text_without_any_takes_one(log):
    log.append("one\ntwo\n")
    log.append("")
    log.append("four")
    assert log.read(1, 9) == (["one", "two", "", "four"], 4)


def test_nothing_comes_after_the_end(log):
    log.append("one")
    log.close()
    log.append("two")
    assert log.read(1, 9) == (["one"], 1)


def test_what_is_too_much_is_left_out_and_it_says_so(tmp_path):
    log = JobLog(tmp_path / "job.log", 100)
    for _ in range(50):
        log.append("x" * 30)
    lines, count = log.read(1, 99)
    assert count == 5
    assert "larger than 100 bytes" in lines[-1]


def test_a_line_may_come_twice_once_the_job_has_ended(api):
    api.server.fault("repeated-log-line")
    job = api.submit("print('first'); print('last')", "python")
    row = api.wait(job["taskID"])
    lines = api.log_of(row).splitlines()
    assert lines[-1] == lines[-2]
    data = api.data(f"/entrance/{job['execID']}/log", fromLine=len(lines), size=10)
    assert data["log"][3] == lines[-1]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("2024-01-01 10:00:00.007 ERROR bad", 0),
        ("2024-01-01 10:00:00.007 SYSTEM-WARN careful", 1),
        ("2024-01-01 10:00:00.007 INFO fine", 2),
        ("prefix 2024-01-01 10:00:00 ERROR bad", 0),
        ("ERROR without a time", 2),
        ("plain", 2),
    ],
)
def test_the_entrance_knows_levels_by_their_header(line, place):
    parts = by_level([line])
    assert [bool(part) for part in parts] == [number in (place, 3) for number in range(4)]


def test_the_entrance_leaves_blank_lines_and_those_of_netflix_out():
    lines = ["a", "", "  ", stamped("com.netflix.discovery is chatty"), stamped("com.netflix broke", "ERROR")]
    assert by_level(lines)[3].split("\n") == ["a", lines[4]]


def test_the_file_keeps_all_lines_and_gives_those_without_a_header_to_the_level_before():
    trace = [stamped("broken", "ERROR"), "  at line 7", "", stamped("goes on")]
    errors, warnings, infos, everything = file_by_level(["before any", *trace])
    assert errors == f"{trace[0]}\n  at line 7\n\n"
    assert (warnings, infos) == ("", f"{trace[3]}\n")
    assert everything == "".join(f"{line}\n" for line in ["before any", *trace])


def test_the_time_shows_minutes_where_the_milliseconds_belong():
    hour_minute = re.match(r"\d{4}-\d\d-\d\d \d\d:(\d\d):\d\d\.(\d{3}) INFO text", stamped("text"))
    assert hour_minute[2] == f"0{hour_minute[1]}"


def test_a_long_log_is_read_from_its_middle(api):
    job = api.submit("for n in range(20000): print('line', n)", "python")
    api.wait(job["taskID"])
    whole = api.data(f"/entrance/{job['execID']}/log", fromLine=1, size=100)
    start = whole["log"][3].split("\n").index("line 0") + 1
    page = api.data(f"/entrance/{job['execID']}/log", fromLine=start + 12345, size=2)
    assert page["log"][3] == "line 12345\nline 12346"
    assert page["fromLine"] == start + 12347


def test_a_size_below_zero_means_ten_thousand_lines(api):
    job = api.submit("for n in range(12000): print(n)", "python")
    api.wait(job["taskID"])
    assert api.data(f"/entrance/{job['execID']}/log", fromLine=1, size=-5)["fromLine"] == 10_001
    assert api.data(f"/entrance/{job['execID']}/log", fromLine=1)["fromLine"] == 101


def test_the_log_of_a_running_job_comes_while_it_runs(api):
    job = api.submit("import time\nprint('begun')\ntime.sleep(60)", "python")
    api.wait_for_log(job, "begun")
    assert api.task(job["taskID"])["status"] == "Running"
    api.get(f"/entrance/{job['execID']}/kill")
