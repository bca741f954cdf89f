"""What went wrong in a Flink job: its exceptions, and what a Java stack trace says (Flink documentation, "REST API")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from taskcenter.core.flow import Flow, Pause

MAX_REASON_CHARS = 600

_STACK = re.compile(r"\s*(at |\.\.\. \d+ |<Exception on server side|End of exception on server side)")
_CLASS = re.compile(r"^(?:(?:[a-z_][\w$]*\.)+)?([A-Z][\w$]*(?:Exception|Error|Throwable|Cause))(?:: (.*)|)$", re.DOTALL)
_EMPTY_WORDS = ("Internal server error", "Could not execute application", "The main method caused an error",
    "Failed to execute sql", "Failed to execute job", "Failed to fetchResults", "Failed to execute the operation",
    "Failed to execute statement", "Could not start the JobMaster", "Recovery is suppressed", "java.util.concurrent")  # fmt: skip
"""What Flink says above the cause, which alone tells something."""

_CAUSED_BY = "Caused by: "

GRAPH_SECONDS = (0.5, 1.0, 1.0, 1.0)
"""When to look again for the exceptions of a job that has failed: Flink's REST API tells what it knew up to three seconds
ago (its option ``web.refresh-interval``), and a job that fails at once has none in that."""


class JobException(NamedTuple):
    """Something that went wrong in a job.

    :param when: epoch milliseconds.
    :param trace: the Java stack trace.
    :param task: the task that it was in, empty where it was in none.
    """

    when: int
    trace: str
    task: str = ""

    @property
    def key(self) -> str:
        """What tells it from others."""
        return f"{self.when}/{self.task}"


def read_exceptions(answer: Mapping[str, Any]) -> list[JobException]:
    """The exceptions of ``/jobs/{id}/exceptions``, the oldest first, as Flink 1.10 to 2.x tell of them."""
    history = answer.get("exceptionHistory")
    entries = (history.get("entries") if isinstance(history, Mapping) else None) or answer.get("all-exceptions") or []
    found = [
        JobException(
            _milliseconds(entry.get("timestamp")),
            str(entry.get("stacktrace") or entry.get("exception") or entry.get("exceptionName") or ""),
            str(entry.get("taskName") or entry.get("task") or ""),
        )
        for entry in entries
        if isinstance(entry, Mapping)
    ]
    if not found and answer.get("root-exception"):  # before Flink 1.13
        found.append(JobException(_milliseconds(answer.get("timestamp")), str(answer["root-exception"])))
    return sorted(found)


def of_failed_job(read: Callable[[], Flow[list[JobException] | None]]) -> Flow[list[JobException]]:
    """The exceptions of a job that is known to have failed, once Flink tells them.

    :param read: asks for them; None where the cluster gives no answer.
    """
    found = yield from read()
    for seconds in GRAPH_SECONDS:
        if found is None or found:
            break
        yield Pause(seconds)
        found = yield from read()
    return found or []


def explain(trace: str) -> str:
    """What a Java stack trace says: its last cause that has words, without the classes' packages.

    :param trace: one or several stack traces.
    """
    causes = list(_causes(trace))
    telling = [cause for cause in causes if not any(word in cause for word in _EMPTY_WORDS)]
    words = (telling or causes or ["no reason given"])[-1]
    return words[:MAX_REASON_CHARS]


def _causes(trace: str) -> Iterable[str]:
    """The messages of a stack trace; one may have several lines."""
    message: list[str] = []
    for line in trace.splitlines():
        text = line.strip()
        begins = text.startswith(_CAUSED_BY) or _CLASS.match(text) is not None
        if message and (begins or _STACK.match(line)):
            yield _without_packages(" ".join(message))
            message = []
        if text and not _STACK.match(line):
            message.append(text.removeprefix(_CAUSED_BY))
    if message:
        yield _without_packages(" ".join(message))


def _without_packages(text: str) -> str:
    """``a.b.CException: a.b.DException: words`` as ``DException: words``."""
    name = ""
    while (form := _CLASS.match(text)) is not None:
        name, rest = form[1], form[2]
        if not rest:
            return name
        text = rest
    return f"{name}: {text}" if name else text


def trace_of(cause: Mapping[str, Any] | str | None) -> str:
    """The text of a serialized throwable, ``{"class", "stack-trace"}``."""
    if isinstance(cause, Mapping):
        return str(cause.get("stack-trace") or cause.get("class") or "")
    return str(cause or "")


def _milliseconds(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
