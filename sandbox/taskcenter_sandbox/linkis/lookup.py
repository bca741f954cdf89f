"""Which job an id in a path means: an execID, or (1.5 to 1.8) a taskID (facts section 3)."""

from __future__ import annotations

from dataclasses import dataclass

from taskcenter_sandbox.gateway.envelope import ControllerError
from taskcenter_sandbox.gateway.java_numbers import java_long
from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.job import LiveJob
from taskcenter_sandbox.linkis.service import Services
from taskcenter_sandbox.linkis.store import TERMINAL, Job


@dataclass(frozen=True)
class Found:
    """What there is; all empty means that the entrance looked and found an empty place.

    :param job: in the entrance's memory.
    :param lost: the entrance cannot look: unknown group, place used again, no short id.
    :param ended: asked for by taskID: the row of a job that has ended.
    :param orphan: asked for by taskID: the row of a job whose entrance has gone.
    """

    job: LiveJob | None = None
    lost: bool = False
    ended: Job | None = None
    orphan: Job | None = None


def find(services: Services, given: str) -> Found:
    """Look a job up.

    :raises ControllerError: the gateway cannot read the id, or there is no such taskID.
    """
    if given.startswith(ids.PREFIX):
        try:
            short = ids.parse_exec_id(given)
        except ValueError as error:
            raise _unreadable(str(error)) from None
        try:
            return Found(job=services.entrance.find(short))
        except (LookupError, ValueError):
            return Found(lost=True)
    try:
        row = services.store.get(java_long(given))
    except ValueError as error:
        raise _unreadable(f"NumberFormatException: {error}") from None
    if row is None:
        raise ControllerError(f"taskId {given} is not exists.", gateway=True)
    if row.status in TERMINAL:
        return Found(ended=row)
    job = None if services.faults.amount("awaiting-failover") else services.entrance.find_task(row)
    return Found(orphan=row) if job is None else Found(job=job)


def _unreadable(text: str) -> ControllerError:
    return ControllerError(
        text, {"stack": f"java.lang.{text}\n\tat org.apache.linkis.protocol.utils.ZuulEntranceUtils"}, gateway=True
    )
