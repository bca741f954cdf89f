"""Windows into a log, and searches in it, as answers."""

from __future__ import annotations

from taskcenter_plugin.ui.log_feed import Feed
from taskcenter_plugin.ui.log_threads import WINDOWS
from taskcenter_plugin.ui.run_answers import LogSearchOut, LogWindowOut

MAX_ANSWER_BYTES = 2 << 20
WAIT_SECONDS = 2.0
"""How long a request waits for lines that are not there yet."""

SEARCH_SECONDS = 1.0
"""How long a request looks through a log; where it has stopped the next one can go on."""

NOTHING = (
    "Airflow has no log of this try. Its log storage may have removed it, or the machine that ran it cannot be reached."
)


async def window(feed: Feed, from_line: int, count: int, *, of_task: bool, ended: bool) -> LogWindowOut:
    """Lines of a log.

    :param from_line: the number of the first one; below 0, so many before the end
    :param of_task: whether it is Airflow's log
    :param ended: whether the task has ended
    :raises TaskCenterError: nothing of it can be had.
    """
    spool = feed.spool
    until = from_line + count - 1
    feed.look(ended=ended)
    await feed.wait(lambda: from_line > 0 and until <= spool.lines.total, WAIT_SECONDS)
    _check(feed)
    done, lines = _is_done(feed), spool.lines  # in this order: when it is done, these are the last ones
    first = from_line if from_line > 0 else max(1, lines.total + from_line + 1)
    found = await WINDOWS.run(lines.read, first, count, MAX_ANSWER_BYTES)
    total = lines.total
    return LogWindowOut(lines=found, first=first, total=total, done=done, notice=_notice(feed, of_task=of_task))


async def search(feed: Feed, text: str, after_line: int, limit: int, *, ended: bool) -> LogSearchOut:
    """The lines after one that have a text.

    :raises TaskCenterError: nothing of it can be had.
    """
    spool = feed.spool
    feed.look(ended=ended)
    await feed.wait(lambda: after_line < spool.lines.total, WAIT_SECONDS)
    _check(feed)
    done, lines = _is_done(feed), spool.lines
    hits = await WINDOWS.run(lines.search, text, after_line, limit, SEARCH_SECONDS)
    total = lines.total
    return LogSearchOut(lines=hits.lines, scanned=hits.scanned, total=total, done=done and hits.scanned >= total)


def _check(feed: Feed) -> None:
    if feed.error is not None and feed.spool.lines.total == 0 and not feed.is_busy:
        raise feed.error


def _is_done(feed: Feed) -> bool:
    return feed.spool.done or feed.spool.is_full


def _notice(feed: Feed, *, of_task: bool) -> str | None:
    spool = feed.spool
    if spool.is_full:
        whose = "Airflow's own page of the task" if of_task else "The system that runs the job"
        return f"The log is too long to be shown whole here: these are its first {spool.lines.total} lines. {whose} has the rest."
    if feed.error is not None:
        return feed.error.message
    if of_task and spool.done and spool.lines.total == 0:
        return NOTHING
    return None
