"""A Java stack trace is cut down to what says something."""

from __future__ import annotations

import pytest

from taskcenter.core.flink.exceptions import explain

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
