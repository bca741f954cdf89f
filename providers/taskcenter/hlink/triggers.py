"""The triggers that wait for a run of a Hlink job, and for a savepoint."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakKeyDictionary

from airflow.triggers.base import BaseTrigger, TriggerEvent

from taskcenter.core.errors import ConfigurationError, JobUnknownError, RemoteError
from taskcenter.core.job import JobRef, LogCursor
from taskcenter.hlink.hook import HlinkHook
from taskcenter.hlink.savepoints import SavepointMark, find_savepoint, take_savepoint
from taskcenter.jobs.events import ENDED, ERROR, JobEvent
from taskcenter.jobs.notes import leave_note, read_note
from taskcenter.jobs.trigger import RemoteJobTrigger

NOTE_ASKED = "hlink_savepoint_asked"
"""XCom key of the note that Hlink is asked for the savepoint, left before it is."""

SAVEPOINT_PATH = "savepoint_path"
"""In the handle of the event's reference: where the savepoint is."""

SAVEPOINTS_AT_ONCE = 8
"""A savepoint holds a connection until it is complete; the session's others are for those who wait for jobs."""

LAST_LOOK_SECONDS = 30.0
"""How long the last look at the job and its cluster may take when the time is up."""

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = WeakKeyDictionary()


class HlinkTrigger(RemoteJobTrigger):
    """Wait for a run of a Hlink job; all of a connection share one session, and one request a cluster and interval."""

    hook_class = HlinkHook


class HlinkSavepointTrigger(BaseTrigger):
    """Ask Hlink for a savepoint, once, and wait until it is complete.

    A triggerer that takes the trigger over from another does not ask again: it finds the note that the first has left,
    and looks for the savepoint.

    :param conn_id: the Airflow connection.
    :param mark: the job before, as :meth:`~taskcenter.hlink.savepoints.SavepointMark.to_json` makes it.
    :param deadline: when to give up, epoch seconds.
    :param asked: an earlier try has asked already: only look.
    """

    def __init__(self, *, conn_id: str, mark: dict[str, Any], deadline: float, asked: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.conn_id = conn_id
        self.mark = mark
        self.deadline = deadline
        self.asked = asked

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class path and the arguments."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        arguments = {"conn_id": self.conn_id, "mark": self.mark, "deadline": self.deadline, "asked": self.asked}
        return path, arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one :class:`~taskcenter.jobs.events.JobEvent`, on every path; its reference names the savepoint."""
        job_id = str(self.mark.get("job_id"))
        try:
            left = max(1.0, self.deadline - time.time())
            path = await asyncio.wait_for(self._savepoint(), left + LAST_LOOK_SECONDS)
            event = JobEvent(ENDED, JobRef(job_id, {SAVEPOINT_PATH: path}), LogCursor())
        except (TimeoutError, asyncio.TimeoutError):  # two classes on Python 3.10
            error = _out_of_time(job_id)
            event = JobEvent(ERROR, JobRef(job_id), LogCursor(), str(error))
        except RemoteError as error:
            event = JobEvent(ERROR, JobRef(job_id), LogCursor(), str(error))
        yield TriggerEvent(event.to_json())  # type: ignore[no-untyped-call]

    async def _savepoint(self) -> str:
        mark = SavepointMark.from_json(self.mark)
        if mark is None:
            raise ConfigurationError(
                "The trigger's arguments are of another version of this package; run the task again."
            )
        hook, deadline = HlinkHook(self.conn_id), self.deadline
        if self.asked or await self._read_note():
            lost = "another process was waiting for it, which is gone"
            self.log.info("Hlink has been asked for a savepoint of job %s before; looking for it", mark.job_id)
            return await hook.arun(lambda api: find_savepoint(api, mark, deadline, lost))
        async with self._turn():
            await self._leave_note()
            return await hook.arun(lambda api: take_savepoint(api, mark, deadline))

    async def _read_note(self) -> bool:
        try:
            return bool(await read_note(self, NOTE_ASKED))
        except Exception as error:
            text = (
                "Airflow could not be asked whether Hlink has been asked for this savepoint already, so that it was not "
                f"asked (again): {error}"
            )
            raise RemoteError(text) from error

    async def _leave_note(self) -> None:
        try:
            await leave_note(self, NOTE_ASKED, value=True)
        except Exception as error:
            text = (
                "Airflow did not take the note that Hlink is about to be asked for a savepoint, without which a restart of "
                f"the triggerer would have it taken twice; nothing was asked for: {error}"
            )
            raise RemoteError(text) from error

    def _turn(self) -> asyncio.Semaphore:
        of_loop = _turns.setdefault(asyncio.get_running_loop(), {})
        return of_loop.setdefault(self.conn_id, asyncio.Semaphore(SAVEPOINTS_AT_ONCE))


def _out_of_time(job_id: str) -> JobUnknownError:
    message = (
        f"The savepoint of job {job_id} was not complete when the time of the task was up; it cannot be called off, and may "
        "yet be made. See the job's log in Hlink. Raise timeout_seconds of the task if savepoints take longer."
    )
    return JobUnknownError(message).locate(system="hlink", job_id=job_id)
