"""The results of a job as tables: Linkis' result sets, Exchangis' figures, and what the task has returned otherwise."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from taskcenter.core.flow import Flow
from taskcenter.exchangis.system import ExchangisSystem
from taskcenter.linkis.results import TABLE, Page, read_page, result_paths
from taskcenter.linkis.status import parse_task
from taskcenter.linkis.system import LinkisSystem
from taskcenter_plugin.contexts.output import result_view
from taskcenter_plugin.errors import NotFound
from taskcenter_plugin.job_pages.answers import ColumnOut, JobResultOut, JobResultPageOut
from taskcenter_plugin.job_pages.remote import ask, job_itself
from taskcenter_plugin.job_pages.task_job import TaskJob

MAX_ROWS = 500
"""Most rows of one answer."""

MAX_CELL_CHARS = 2000
"""Longest value in an answer; a download has all of it."""

DOWNLOAD_ROWS = 5000
"""How many rows of a download are in memory at a time."""

LINKIS, EXCHANGIS = "linkis", "exchangis"
Rows = Sequence[Sequence[str | None]]


@dataclass(frozen=True)
class _Table:
    columns: list[ColumnOut]
    rows: list[list[str | None]]


async def list_results(task: TaskJob) -> list[JobResultOut]:
    """The results that there are; none before the job has brought some.

    :raises TaskCenterError: they cannot be asked for.
    """
    if task.job.conn_type == LINKIS:
        count = len(await _paths(task))
    else:
        count = len(await _tables(task))
    return [JobResultOut(number=number, name=f"{number + 1}") for number in range(count)]


async def read_result(task: TaskJob, number: int, offset: int, limit: int) -> JobResultPageOut:
    """Some rows of a result.

    :raises NotFound: there is no such result.
    """
    if task.job.conn_type == LINKIS:
        path = _numbered(await _paths(task), number)
        page, more = await ask(task.job, lambda api: _slice(api, path, offset, limit))
        kind, columns, rows = page.kind, _columns_of(page), page.rows
    else:
        table = _numbered(await _tables(task), number)
        kind, columns, rows = TABLE, table.columns, table.rows[offset : offset + limit]
        more = len(table.rows) > offset + limit
    short = [[_short(value) for value in row] for row in rows]
    return JobResultPageOut(number=number, kind=kind, columns=columns, rows=short, offset=offset, more=more)


async def begin_download(task: TaskJob, number: int) -> AsyncIterator[bytes]:
    """A whole result as CSV, piece by piece: NULL is empty, an empty text is ``""``.

    The first piece is read before this returns, so that what goes wrong at the beginning can still be told.

    :raises NotFound: there is no such result.
    """
    if task.job.conn_type != LINKIS:
        table = _numbered(await _tables(task), number)
        return _pieces([_csv([column.name for column in table.columns], table.rows)])
    path = _numbered(await _paths(task), number)
    first: Page = await ask(task.job, lambda api: read_page(api, path, 1, DOWNLOAD_ROWS))
    return _linkis_pieces(task, path, first)


async def _linkis_pieces(task: TaskJob, path: str, page: Page) -> AsyncIterator[bytes]:
    yield _csv([column.name for column in page.columns], page.rows)
    number = 1
    while len(page.rows) == DOWNLOAD_ROWS:
        number += 1
        wanted = number
        page = await ask(task.job, lambda api: read_page(api, path, wanted, DOWNLOAD_ROWS))  # noqa: B023 # run at once
        yield _csv(None, page.rows)


async def _pieces(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def file_name(task: TaskJob, number: int) -> str:
    """A name for a download, of letters that every system takes."""
    return (
        re.sub(r"[^A-Za-z0-9._-]+", "_", f"{task.key.dag_id}-{task.key.task_id}-{number + 1}").strip("._")[:150]
        + ".csv"
    )


async def _paths(task: TaskJob) -> list[str]:
    job_id = task.job.ref.id

    def paths(api: LinkisSystem) -> Flow[list[str]]:
        location = parse_task((yield from api.jobhistory_get(job_id))).details.get("result_location")
        return result_paths((yield from api.get_dir_file_trees(location)) if location else None)

    return await ask(task.job, paths)


async def _tables(task: TaskJob) -> list[_Table]:
    if task.job.conn_type == EXCHANGIS:
        ref = job_itself(task.job)

        def figures(api: ExchangisSystem) -> Flow[Any]:
            return api.task_results(ref)

        views = [result_view(await ask(task.job, figures))]
    else:
        view = {} if task.returned is None else result_view(task.returned)
        views = view.get("resultSets") or ([view] if view else [])
    tables = [_Table(*_table(view)) for view in views]
    return [table for table in tables if table.rows]


def _table(view: dict[str, Any]) -> tuple[list[ColumnOut], list[list[str | None]]]:
    columns = [
        ColumnOut(name=str(each.get("name")), type=_text(each.get("type")), comment=_text(each.get("comment")))
        for each in view["schema"]
    ]
    return columns, [[_text(value) for value in row] for row in view["data"]]


def _slice(api: LinkisSystem, path: str, offset: int, limit: int) -> Flow[tuple[Page, bool]]:
    """Rows ``offset`` to ``offset + limit``, and whether there are more; the server only has pages of one size."""
    first = offset // limit
    page: Page = yield from read_page(api, path, first + 1, limit)
    rows = list(page.rows)
    if len(rows) == limit and offset % limit:
        rows += (yield from read_page(api, path, first + 2, limit)).rows
    rows = rows[offset % limit :]
    more = len(rows) > limit
    if len(rows) == limit:
        more = bool((yield from read_page(api, path, offset + limit + 1, 1)).rows)
    return Page(page.kind, page.columns, rows[:limit]), more


def _columns_of(page: Page) -> list[ColumnOut]:
    return [ColumnOut(name=each.name, type=each.type, comment=each.comment) for each in page.columns]


def _numbered(found: Sequence[Any], number: int) -> Any:
    if number >= len(found):
        raise NotFound(f"The job has {len(found)} result(s); there is none of the number {number}.")
    return found[number]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= MAX_CELL_CHARS else f"{value[:MAX_CELL_CHARS]}…"


def _csv(header: Sequence[str] | None, rows: Rows) -> bytes:
    lines = [] if header is None else [",".join(map(_field, header))]
    lines += [",".join(map(_field, row)) for row in rows]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


def _field(value: str | None) -> str:
    if value is None:
        return ""
    if value == "" or any(letter in value for letter in ',"\r\n') or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value
