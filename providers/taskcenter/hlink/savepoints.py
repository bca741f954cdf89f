"""A savepoint of a job that goes on: asked for once, and looked for where the answer is lost.

Hlink answers when the savepoint is complete, which may take long, and the request must not be made again. What becomes
of it is told by the job's cluster, which numbers its savepoints, and by the path that Hlink stores in the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from taskcenter.core.errors import (
    ErrorContext,
    JobFailedError,
    JobUnknownError,
    MalformedReplyError,
    RemoteError,
    UnavailableError,
)
from taskcenter.core.flink.checkpoints import COMPLETED, FAILED, Savepoint, last_id, savepoints_after
from taskcenter.core.flink.endpoints import CHECKPOINTS
from taskcenter.core.flow import Flow, Pause
from taskcenter.hlink.api import Json
from taskcenter.hlink.cluster import FlinkRun
from taskcenter.hlink.system import HlinkSystem

LOOK_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""When to look for a savepoint whose answer was lost; then at the last interval."""

NOT_BEGUN_LOOKS = 5
"""After how many looks a cluster that tells of no savepoint is believed: the request may be on its way to it."""


@dataclass(frozen=True)
class SavepointMark:
    """A job before a savepoint of it is asked for; what is newer has come of the asking.

    :param path: the savepoint that Hlink has, empty without one.
    :param last_id: the number of the last checkpoint or savepoint on the cluster, None where that does not say.
    """

    job_id: str
    path: str
    flink_job_id: str = ""
    address: str = ""
    last_id: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: object) -> SavepointMark | None:
        """The reverse; None where it is something else."""
        try:
            return cls(**value) if isinstance(value, Mapping) else None
        except TypeError:
            return None


def mark_savepoint(api: HlinkSystem, job: Json) -> Flow[SavepointMark]:
    """The job as it is now."""
    run = yield from api.run_of(job)
    job_id, path = str(job["id"]), str(job.get("savepointPath") or "")
    if run is None:
        return SavepointMark(job_id, path)
    answer = yield from _checkpoints(api, run)
    number = None if answer is None else last_id(answer)
    return SavepointMark(job_id, path, run.flink_job_id, run.address, number)


def take_savepoint(api: HlinkSystem, mark: SavepointMark, deadline: float) -> Flow[str]:
    """Ask for a savepoint, once, and wait for it; its path.

    :param deadline: until when to wait, epoch seconds.
    :raises RefusedError: the job does not run, there is no directory for savepoints, or the savepoint failed.
    :raises JobUnknownError: the answer is lost, and what has become of it could not be found out.
    """
    try:
        now: float = yield Pause(0)
        yield from api.trigger_savepoint(mark.job_id, max(1.0, deadline - now))
    except (UnavailableError, MalformedReplyError) as error:  # a proxy in between gives up long before
        if not error.sent:
            raise
        return (yield from find_savepoint(api, mark, deadline, error.message))
    path = (yield from api.job(mark.job_id)).get("savepointPath")
    if not path:
        message = (
            f"Hlink says that the savepoint of job {mark.job_id} is complete, and names no path. See the job's log."
        )
        raise RemoteError(message, _context(api, mark))
    return str(path)


def find_savepoint(api: HlinkSystem, mark: SavepointMark, deadline: float, lost: str) -> Flow[str]:
    """Wait for a savepoint that has been asked for by one who did not get the answer; only looks.

    :param lost: how the answer was lost, for errors.
    :raises JobFailedError: the savepoint failed, or was never begun.
    :raises JobUnknownError: it could not be found out until the deadline.
    """
    looks = 0
    while True:
        seen = yield from look_for_savepoint(api, mark)
        if seen.path:
            return seen.path
        looks += 1
        if seen.made is not None and seen.made.status == FAILED:
            reason = seen.made.reason or "it says no reason"
            message = f"The savepoint of job {mark.job_id} failed on its cluster: {reason}. The job's log may say more."
            raise JobFailedError(message, _context(api, mark))
        if seen.cluster_tells and seen.made is None and looks >= NOT_BEGUN_LOOKS:
            message = (
                f"No savepoint of job {mark.job_id} was made: Hlink was asked for one, its answer was lost ({lost}), and "
                f"the cluster at {mark.address} has begun none since. The job goes on; run the task again."
            )
            raise JobFailedError(message, _context(api, mark))
        now: float = yield Pause(0)
        pause = LOOK_SECONDS[min(looks, len(LOOK_SECONDS)) - 1]
        if now + pause > deadline:
            raise _not_known(api, mark, seen.made, lost)
        yield Pause(pause)


@dataclass(frozen=True)
class Seen:
    """What is newer than a mark.

    :param path: of a savepoint that is complete, empty without one.
    :param made: the savepoint that the cluster tells of.
    :param cluster_tells: whether it tells of savepoints at all.
    """

    path: str = ""
    made: Savepoint | None = None
    cluster_tells: bool = False


def look_for_savepoint(api: HlinkSystem, mark: SavepointMark) -> Flow[Seen]:
    """Look at the job and at its cluster, once."""
    try:
        path = str((yield from api.job(mark.job_id)).get("savepointPath") or "")
    except RemoteError:
        path = ""  # Hlink may be away; the cluster tells as well
    if path and path != mark.path:
        return Seen(path)
    answer = yield from _checkpoints(api, FlinkRun(mark.flink_job_id, mark.address))
    if answer is None or mark.last_id is None:
        return Seen()
    made = next(iter(savepoints_after(answer, mark.last_id)), None)
    done = made is not None and made.status == COMPLETED
    return Seen(made.path if made is not None and done else "", made, cluster_tells=True)


def _checkpoints(api: HlinkSystem, run: FlinkRun) -> Flow[Json | None]:
    """What the cluster tells of a job's checkpoints; None where it tells nothing."""
    if not run.flink_job_id:
        return None
    try:
        answer: Json = yield from api.client.call_flink(CHECKPOINTS(job_id=run.flink_job_id), run.address)
    except RemoteError:
        return None
    return answer


def _not_known(api: HlinkSystem, mark: SavepointMark, made: Savepoint | None, lost: str) -> JobUnknownError:
    if made is not None:
        known = f"it was still being made when its time was up (savepoint {made.id} of Flink job {mark.flink_job_id})"
    elif mark.address:
        known = f"Hlink names no new one, and its cluster at {mark.address} does not tell"
    else:
        known = "Hlink names no new one, and no cluster that could be asked"
    message = (
        f"It is not known whether the savepoint of job {mark.job_id} was made: Hlink was asked for it once, its answer was "
        f"lost ({lost}); {known}. The job goes on. See its log in Hlink and its directory for savepoints before the task "
        "is run again."
    )
    return JobUnknownError(message, _context(api, mark))


def _context(api: HlinkSystem, mark: SavepointMark) -> ErrorContext:
    return ErrorContext(system=api.name, connection=api.connection, job_id=mark.job_id)
