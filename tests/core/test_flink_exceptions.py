"""A Java stack trace is cut down to what says something."""

from __future__ import annotations

import pytest

from taskcenter.core.drivers import run_sync
from taskcenter.core.flink.exceptions import JobException, explain, of_failed_job

TRACES = {
    "the last cause": ("a.BException: b\n\tat a.B.c(B.java:1)\nCaused by: d.EException: why\n\t... 1 more\n", "EException: why"),
    "wrapped classes": ("a.b.CException: d.e.FException: words", "FException: words"),
    "several lines": (
        ("a.BException: x\n\tat a.B.c(B.java:1)\nCaused by: org.x.ValidationException: Column types do not match.\nCause: "
        "Incompatible types\n\nSink schema:  [n: BIGINT]\n\tat a.B.c(B.java:1)"),
        "ValidationException: Column types do not match. Cause: Incompatible types Sink schema:  [n: BIGINT]",
    ),
    "a server's exception in another": (
        ("Internal server error.\n<Exception on server side:\nx.YException: no slots\n\tat a.B.c(B.java:1)\n\nEnd of "
        "exception on server side>"),
        "YException: no slots",
    ),
    "nothing but a general word": ("Internal server error.", "Internal server error."),
    "a class without words": ("java.lang.NullPointerException\n\tat a.B.c(B.java:1)", "NullPointerException"),
    "nothing": ("", "no reason given"),
}  # fmt: skip


@pytest.mark.parametrize(("trace", "reason"), TRACES.values(), ids=TRACES)
def test_the_reason_of_a_trace(trace, reason):
    assert explain(trace) == reason


def test_a_long_reason_is_cut():
    assert len(explain(f"a.BException: {'x' * 5000}")) == 600


def told_at_last(*answers):
    """What is read of a job that has failed, and for how long it was waited."""
    waited, given = [], iter(answers)

    def read():
        return next(given)
        yield

    return run_sync(of_failed_job(read), send=None, sleep=waited.append), sum(waited)


def test_a_job_that_fails_at_once_is_asked_for_its_exceptions_until_flink_tells_them():
    late = JobException(1, "java.io.IOException: disk full")
    assert told_at_last([], [], [late]) == ([late], 1.5)
    assert told_at_last([late]) == ([late], 0)
    assert told_at_last(*[[]] * 5) == ([], 3.5)  # longer than Flink's REST API may lag behind


def test_a_cluster_that_gives_no_answer_is_not_asked_again():
    assert told_at_last(None) == ([], 0)
