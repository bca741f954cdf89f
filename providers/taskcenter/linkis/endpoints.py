"""Every Linkis endpoint that we use, declared once (documents 任务提交执行, facts sections 4-13).

Paths are below the connection's prefix, ``/api/rest_j/v1`` by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import msgspec

from taskcenter.core.endpoint import Endpoint, Reply
from taskcenter.core.errors import ErrorContext, MalformedReplyError, ResultError
from taskcenter.core.gateway import Envelope
from taskcenter.linkis.status import PolledRow

DEFAULT_PREFIX = "/api/rest_j/v1"

SUBMIT_TIMEOUT_SECONDS = 400.0
"""A submit may take six minutes while Linkis retries to store the job (facts section 4)."""

MAX_IDS_PER_REQUEST = 30
"""What ``list-taskids`` takes (facts section 10)."""

_ADVICE = {
    "12001": "The queue of this creator, user and engine is full. Let fewer tasks run at once (an Airflow pool), "
    "or raise the limit of the group in Linkis.",
    "20007": "The code is empty. Check the code argument, or the script that it was read from.",
    "20009": "A label is missing or wrong. Check engine_type, run_type and labels.",
    "30010": "Nothing is left of the code once its comments are removed.",
    "50079": "The userCreator label was not understood: neither the user nor the creator may contain '-'.",
    "50080": "The userCreator label names another user than the one who is logged in. Use the user of the connection.",
    "50081": "Linkis refuses this shell command for its words (rm, find, kill, hive, ...). Take them out of the code, "
    "or have them allowed in Linkis.",
}


parse_data = Envelope(
    "Linkis",
    advice=_ADVICE,
    not_found=(
        "job was not found",
        "is not exists",
        "Can't find execID",
        "Get job by ID error",
        "ID The corresponding job",
    ),
)


def parse_file(reply: Reply, context: ErrorContext) -> Mapping[str, str]:
    """The headers of a download that was streamed; an error comes as HTTP 200 with text (facts section 13).

    :raises ResultError: the server answered with an error instead of a file.
    """
    if reply.streamed:
        return reply.headers
    context = parse_data.check_reachable(reply, context)
    if reply.headers.get("content-type", "").startswith("application/json"):
        parse_data(reply, context)
    message = (
        "Linkis did not send the result as a file. Check that the path is a result of a job that this user may "
        "read, that it still exists, and that the file type is csv or xlsx (xlsx for tables only)."
    )
    raise ResultError(message, context)


class _Rows(msgspec.Struct):
    jobHistoryList: list[PolledRow]  # noqa: N815 # Linkis' name


class _GoodPoll(msgspec.Struct):
    status: Literal[0]
    data: _Rows


_good_poll = msgspec.json.Decoder(_GoodPoll)


def parse_polled_rows(reply: Reply, context: ErrorContext) -> list[PolledRow]:
    """The rows of a poll, decoded without the three quarters of each that nobody looks at.

    :raises MalformedReplyError: a row lacks its taskID.
    """
    if reply.status == 200:
        try:
            return _good_poll.decode(reply.body).data.jobHistoryList
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass  # not as usual: what it is, is told below
    rows = parse_data(reply, context).get("jobHistoryList")
    try:
        return msgspec.convert(rows or [], list[PolledRow])
    except msgspec.ValidationError as error:
        raise MalformedReplyError(f"The jobs that Linkis sent could not be read: {error}", context) from error


def _is_file(status: int, headers: Mapping[str, str]) -> bool:
    return status == 200 and "content-disposition" in headers


EXECUTE = Endpoint(
    "execute",
    "POST",
    "/entrance/execute",
    parse_data,
    idempotent=False,
    timeout_seconds=SUBMIT_TIMEOUT_SECONDS,
    changes=True,
    runs=True,
)
SUBMIT = Endpoint(
    "submit",
    "POST",
    "/entrance/submit",
    parse_data,
    idempotent=False,
    timeout_seconds=SUBMIT_TIMEOUT_SECONDS,
    changes=True,
    runs=True,
)
# taskID is none of the document's: without it a job that has left the entrance's memory is not found (facts section 9)
STATUS = Endpoint("status", "GET", "/entrance/{exec_id}/status", parse_data, takes=("taskID",))
LOG = Endpoint("log", "GET", "/entrance/{exec_id}/log", parse_data, takes=("fromLine", "size"))
PROGRESS = Endpoint("progress", "GET", "/entrance/{exec_id}/progress", parse_data)
KILL = Endpoint("kill", "GET", "/entrance/{exec_id}/kill", parse_data, changes=True, runs=True, takes=("taskID",))

HISTORY_GET = Endpoint("job history", "GET", "/jobhistory/{task_id}/get", parse_data)
HISTORY_LIST = Endpoint("job history list", "GET", "/jobhistory/list", parse_data)
HISTORY_LIST_IDS = Endpoint("job history by ids", "GET", "/jobhistory/list-taskids", parse_data)
HISTORY_POLL = replace(HISTORY_LIST_IDS, parse=parse_polled_rows)

DIR_FILE_TREES = Endpoint("result sets", "GET", "/filesystem/getDirFileTrees", parse_data, takes=("path",))
OPEN_FILE = Endpoint(
    "open file", "GET", "/filesystem/openFile", parse_data, takes=("path", "charset", "page", "pageSize")
)
OPEN_LOG = Endpoint("open log", "GET", "/filesystem/openLog", parse_data)
RESULT_TO_EXCEL = Endpoint(
    "download",
    "GET",
    "/filesystem/resultsetToExcel",
    parse_file,
    streams=_is_file,
    takes=(
        "path",
        "charset",
        "csvSeperator",
        "limit",
        "nullValue",
        "outputFileName",
        "outputFileType",
        "autoFormat",
    ),
)

DOCUMENTED = (
    EXECUTE,
    SUBMIT,
    STATUS,
    LOG,
    PROGRESS,
    KILL,
    HISTORY_GET,
    DIR_FILE_TREES,
    OPEN_FILE,
    RESULT_TO_EXCEL,
)
"""What the two documents list; the rest are the server's own."""
