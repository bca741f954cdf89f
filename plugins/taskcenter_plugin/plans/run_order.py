"""Plans in the order of their newest runs. No index of the database has it, so each api-server process keeps it in memory.

It is read whole once. Then every look brings the runs that are new, those that go on, and those of plans that have changed; what these
do not tell (a run that was deleted, or was cleared and has ended between two looks) a reading anew in the background brings. Only the
order is from here: what a list shows of a plan is not.
"""

from __future__ import annotations

import logging
import time
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice
from threading import Lock
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from taskcenter_plugin.models import Plan

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
"""How old the order may be."""
CHEAP_SECONDS = 0.1
"""Where it takes no longer to read it whole, that is what a look does."""
ANEW_SECONDS = 60.0
_LATE = 200
"""A run may be committed after others with ids greater by so much."""
_OVERLAP = timedelta(minutes=2)
"""A change of a plan may be committed so long after the moment that it notes."""
_AT_ONCE = 500
_GOING_ON = (DagRunState.QUEUED, DagRunState.RUNNING)


@dataclass(frozen=True)
class _Last:
    """The newest run of a plan: ``start`` in epoch seconds, ``cost`` in seconds."""

    dag_id: str
    start: float | None
    cost: float | None
    goes_on: bool


@dataclass
class _Known:
    """Plans with their newest runs.

    :ivar going_on: plans whose newest run has not ended
    :ivar started: pairs of start and plan, in order, of plans whose newest run has started
    :ivar lasted: pairs of seconds and plan, likewise, of plans whose newest run has ended
    :ivar newest: the greatest id of a run
    :ivar since: when the plans were last looked at
    """

    newest: int
    since: datetime
    last: dict[int, _Last] = field(default_factory=dict)
    going_on: set[int] = field(default_factory=set)
    started: list[tuple[float, int]] = field(default_factory=list)
    lasted: list[tuple[float, int]] = field(default_factory=list)

    def put(self, plan_id: int, last: _Last | None) -> None:
        """Note the newest run of a plan; None: it has none, or there is no such plan any more."""
        before = self.last.pop(plan_id, None)
        self.going_on.discard(plan_id)
        if last is not None:
            self.last[plan_id] = last
            self.going_on |= {plan_id} if last.goes_on else set()
        _move(self.started, plan_id, before.start if before else None, last.start if last else None)
        _move(self.lasted, plan_id, before.cost if before else None, last.cost if last else None)


def _move(pairs: list[tuple[float, int]], plan_id: int, old: float | None, new: float | None) -> None:
    if old == new:
        return
    if old is not None:
        del pairs[bisect_left(pairs, (old, plan_id))]
    if new is not None:
        insort(pairs, (new, plan_id))


class RunOrder:
    """The order of plans by their newest runs, as this process knows it."""

    def __init__(self) -> None:
        self._known: _Known | None = None
        self._lock = Lock()
        self._looked_at = self._read_at = 0.0
        self._read_seconds = 0.0
        self._renewing = False
        self._generation = 0
        self._background = ThreadPoolExecutor(1, thread_name_prefix="taskcenter-run-order")

    def forget(self) -> None:
        """Read everything anew at the next look."""
        with self._lock:
            self._known = None
            self._generation += 1

    def ids(
        self, session: Session, *, by_cost: bool, descending: bool, offset: int = 0, limit: int | None = None
    ) -> list[int]:
        """Plans by when their newest run has started, or, those whose has ended, by how long it took; no others."""
        with self._lock:
            known = self._looked(session)
            pairs = known.lasted if by_cost else known.started
            stop = len(pairs) if limit is None else min(offset + limit, len(pairs))
            return [pairs[-1 - place if descending else place][1] for place in range(offset, stop)]

    def _looked(self, session: Session) -> _Known:
        now = time.monotonic()
        known = self._known
        if known is None or (now - self._looked_at > LOOK_SECONDS and self._read_seconds < CHEAP_SECONDS):
            known = self._known = read_whole(session)
            self._read_at, self._read_seconds = now, time.monotonic() - now
        elif now - self._looked_at > LOOK_SECONDS:
            if not catch_up(known, session):
                known = self._known = read_whole(session)
                self._read_at = now
            elif now - self._read_at > ANEW_SECONDS and not self._renewing:
                self._renewing = True
                self._background.submit(self._renew, self._generation)
        self._looked_at = time.monotonic()
        return known

    def _renew(self, generation: int) -> None:
        try:
            start = time.monotonic()
            with create_session(scoped=False) as session:
                known = read_whole(session)
            with self._lock:
                if generation == self._generation:
                    self._known, self._read_at = known, time.monotonic()
                    self._read_seconds, self._looked_at = self._read_at - start, start
        except Exception:
            log.exception("The order of plans by their runs could not be read anew; the next request tries again")
        finally:
            self._renewing = False


def read_whole(session: Session) -> _Known:
    """Read the newest runs of all plans."""
    known = _Known(since=datetime.now(timezone.utc), newest=_newest_run(session))
    known.last = dict(_newest_runs(_greatest(), session))
    known.going_on = {plan_id for plan_id, last in known.last.items() if last.goes_on}
    known.started = sorted((last.start, each) for each, last in known.last.items() if last.start is not None)
    known.lasted = sorted((last.cost, each) for each, last in known.last.items() if last.cost is not None)
    return known


def catch_up(known: _Known, session: Session) -> bool:
    """Bring in what has changed; False: that cannot be told, since runs are gone."""
    now, newest = datetime.now(timezone.utc), _newest_run(session)
    if newest < known.newest:
        return False
    going_on = set(known.going_on)
    # Not DISTINCT: for that, SQLite would read the whole index of another column.
    late = session.scalars(select(DagRun.dag_id).where(DagRun.id > known.newest - _LATE))
    dag_ids = {*(known.last[plan_id].dag_id for plan_id in going_on), *late}
    for state in _GOING_ON:  # there is an index for each of these very states
        dag_ids |= set(session.scalars(select(DagRun.dag_id).where(_in_state(state))))
    changed = select(Plan.id, Plan.dag_id, Plan.deleted_at).where(Plan.updated_at > known.since - _OVERLAP)
    deleted = set()
    for plan_id, dag_id, deleted_at in session.execute(changed):
        dag_ids.add(dag_id)
        deleted |= set() if deleted_at is None else {plan_id}
    found: dict[int, _Last] = {}
    for some in _chunks(dag_ids):
        found.update(_newest_runs(_greatest().where(DagRun.dag_id.in_(some)), session))
    for plan_id in {*found, *deleted, *going_on}:
        known.put(plan_id, found.get(plan_id))
    known.newest, known.since = newest, now
    return True


def _in_state(state: DagRunState) -> Any:
    """A condition with the state written out: SQLite uses an index of one state only then."""
    return DagRun.state == literal(state.value, literal_execute=True)


def _newest_run(session: Session) -> int:
    return session.scalar(select(func.max(DagRun.id))) or 0


def _greatest() -> Any:
    return select(DagRun.dag_id, func.max(DagRun.id).label("id")).group_by(DagRun.dag_id)


def _newest_runs(runs: Select[Any], session: Session) -> Iterator[tuple[int, _Last]]:
    """Plans with their newest runs.

    :param runs: the ``dag_id`` and the greatest ``id`` of the runs that count, by DAG
    """
    newest = runs.subquery()
    query = (
        select(Plan.id, Plan.dag_id, DagRun.start_date, DagRun.end_date, DagRun.state)
        .join(newest, newest.c.dag_id == Plan.dag_id)
        .join(DagRun, DagRun.id == newest.c.id)
        .where(Plan.deleted_at.is_(None))
    )
    for plan_id, dag_id, start, end, state in session.execute(query):
        cost = None if start is None or end is None else (end - start).total_seconds()
        yield plan_id, _Last(dag_id, None if start is None else start.timestamp(), cost, state in _GOING_ON)


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
