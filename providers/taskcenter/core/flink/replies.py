"""Reads what Flink answers: JSON, or a list of Java stack traces."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from taskcenter.core.endpoint import Reply
from taskcenter.core.errors import (
    AuthenticationError,
    ErrorContext,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    RemoteError,
)
from taskcenter.core.flink.exceptions import explain

_UNAUTHORIZED = (401, 403)
_NOT_FOUND = 404
_UNAVAILABLE = (429, 502, 503, 504)
_SERVER_ERROR = 500

_MAY_MEND = ("AskTimeoutException", "TimeoutException", "LeaderElection", "leader election", "FencingTokenException",
    "RpcConnectionException", "EndpointNotStartedException", "RecipientUnreachableException")  # fmt: skip
"""The cluster was not able to answer; whether it did what it was asked for is not known."""

_UNKNOWN = re.compile(
    r"FlinkJobNotFoundException|rest\.NotFoundException|Jar file \S+ does not exist|File \S+ does not exist in"
    r"|There is no savepoint operation|Session '\S+' does not exist|Can not find the submitted operation"
)
DUPLICATE = "DuplicateJobSubmissionException", "DuplicateApplicationSubmissionException"
"""A job of that id has been submitted before (before 2.3, and since)."""

ADVICE = {
    "Cannot find checkpoint or savepoint": "Give the path that a savepoint ended with, and see that the cluster can "
    "read it.",
    "entry point class": "Give entry_class, as a fully qualified name that is in the jar.",
    "No jobs included in application": "The program ended without executing a job.",
    "Only Jar files are allowed": "Upload a file whose name ends in .jar.",
    "savepoint directory": "Give target_directory, or set execution.checkpointing.savepoint-dir (before Flink 2: "
    "state.savepoints.dir) in the cluster's configuration.",
    "NoResourceAvailableException": "The cluster has too few free slots for the job's parallelism.",
    "Non-query expression": "Check the statement: it does not begin like one that Flink knows.",
}


def parse_object(reply: Reply, context: ErrorContext) -> dict[str, Any]:
    """The JSON object of a good answer.

    :raises NotFoundError: the cluster does not know it.
    :raises RefusedError: the cluster says no, with its reasons.
    :raises MalformedReplyError: the cluster cannot answer now, or something else than Flink does.
    """
    check(reply, context)
    return reply.json_object(replace(context, http_status=reply.status, reply=reply.text)) if reply.body else {}


def parse_list(reply: Reply, context: ErrorContext) -> list[Any]:
    """The JSON array of a good answer; raises as :func:`parse_object` does."""
    check(reply, context)
    try:
        value = reply.json()
    except ValueError:
        value = None
    if isinstance(value, list):
        return value
    raise not_flink(replace(context, http_status=reply.status, reply=reply.text))


def check(reply: Reply, context: ErrorContext) -> None:
    """Raise what an answer that is not good stands for."""
    if 200 <= reply.status < 300:
        return
    context = replace(context, http_status=reply.status)
    try:
        errors = reply.json()["errors"]
    except (ValueError, KeyError, TypeError):
        raise _no_answer_of_flink(replace(context, reply=reply.text)) from None
    raise _refusal("\n".join(map(str, errors)) if isinstance(errors, list) else str(errors), context)


def _refusal(text: str, context: ErrorContext) -> RemoteError:
    status = context.http_status or 0
    reason = explain(text)
    if any(word in text for word in DUPLICATE):
        return RefusedError(f"Flink refused: {reason}", replace(context, code="duplicate"))
    if status in _UNAVAILABLE or any(word in text for word in _MAY_MEND):
        # A status that says so, since what is not done yet may still be done.
        return MalformedReplyError(f"Flink could not answer: {reason}", replace(context, http_status=503))
    if status == _NOT_FOUND or _UNKNOWN.search(text):
        return NotFoundError(f"Flink does not know it: {reason}", context)
    advice = next((advice for word, advice in ADVICE.items() if word in text), "")
    return RefusedError(f"Flink refused: {reason} {advice}".rstrip(), context)


def _no_answer_of_flink(context: ErrorContext) -> RemoteError:
    status = context.http_status or 0
    if status in _UNAUTHORIZED:
        text = (
            "The credentials were refused. Flink itself has none: the proxy in front of it wants others. Check auth, "
            "login and password of the connection."
        )
        return AuthenticationError(text, context)
    if status >= _SERVER_ERROR or status in _UNAVAILABLE:
        text = "The server in front of Flink answers, and Flink behind it does not. See whether the JobManager is up."
        return MalformedReplyError(text, context)
    return not_flink(context)


def not_flink(context: ErrorContext) -> MalformedReplyError:
    """The error for an answer that Flink would not give."""
    text = (
        f"HTTP {context.http_status} with an answer that is not Flink's. Check that host, port and prefix of the "
        "connection lead to the REST API of a JobManager (port 8081 by default)."
    )
    return MalformedReplyError(text, context)


def is_duplicate(error: RemoteError) -> bool:
    """Whether the cluster refused a job because it has had one of that id."""
    return error.context.code == "duplicate"
