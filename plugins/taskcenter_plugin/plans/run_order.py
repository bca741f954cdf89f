"""Plans in the order of their newest runs, and by the states of these.

No index of the database has that, so each api-server process keeps it in memory.
It is read whole once. Then every look brings the runs that are new, those that go on, and those of plans that have changed; what these
do not tell (a run that was deleted, or was cleared and has ended between two looks) a reading anew in the background brings. Only which
plans a list has, and their order, is from here: what it shows of a plan is not.
"""

from __future__ import annotations

import logging
import time
from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice
from threading import Lock
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from taskcenter_plugin.contexts.status import ContextStatus, status_of, was_cancelled
from taskcenter_plugin.models import Context, Plan

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
FEW = 1000
"""So many plans a query can name."""
_AT_ONCE = 500
_GOING_ON = (DagRunState.QUEUED, DagRunState.RUNNING)


@dataclass(frozen=True)
class _Last:
    """The newest run of a plan: ``start`` in epoch seconds, ``cost`` in seconds."""

    dag_id: str
    start: float | None
    cost: float | None
    status: ContextStatus


@dataclass(frozen=True)
class InStates:
    """Plans by the state of their newest run.

    :param ids: those that are meant; or, ``others``: those that are not, of all plans
    """

    ids: frozenset[int]
    others: bool

    @property
    def are_few(self) -> bool:
        """Whether a query can name them."""
        return len(self.ids) <= FEW

    def condition(self) -> ColumnElement[bool]:
        """For such a query."""
        return Plan.id.not_in(self.ids) if self.others else Plan.id.in_(self.ids)

    def of(self, ids: Iterable[int]) -> list[int]:
        """Those of these plans, in their order."""
        if self.others:
            return [plan_id for plan_id in ids if plan_id not in self.ids]
        return [plan_id for plan_id in ids if plan_id in self.ids]


@dataclass
class _Known:
    """Plans with their newest runs.

    :ivar in_state: plans by the state of their newest run
    :ivar started: pairs of start and plan, in order, of plans whose newest run has started
    :ivar lasted: pairs of seconds and plan, likewise, of plans whose newest run has ended
    :ivar newest: the greatest id of a run
    :ivar since: when the plans were last looked at
    """

    newest: int
    since: datetime
    last: dict[int, _Last] = field(default_factory=dict)
    in_state: dict[ContextStatus, set[int]] = field(default_factory=lambda: {each: set() for each in ContextStatus})
    started: list[tuple[float, int]] = field(default_factory=list)
    lasted: list[tuple[float, int]] = field(default_factory=list)

    def put(self, plan_id: int, last: _Last | None) -> None:
        """Note the newest run of a plan; None: it has none, or there is no such plan any more."""
        before = self.last.pop(plan_id, None)
        if before is not None:
            self.in_state[before.status].discard(plan_id)
        if last is not None:
            self.last[plan_id] = last
            self.in_state[last.status].add(plan_id)
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
    """The order of plans by their newest runs, and the states of these, as this process knows them."""

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

    def in_states(self, statuses: Collection[ContextStatus], session: Session) -> InStates:
        """The plans whose newest run is in one of these states, as it is now; NONE is that of plans without a run."""
        with self._lock:
            known = self._looked(session, at_once=True)
            others = ContextStatus.NONE in statuses
            states = set(ContextStatus) - set(statuses) if others else statuses
            return InStates(frozenset().union(*(known.in_state[state] for state in states)), others)

    def put_right(self, plans: Collection[Plan], session: Session) -> bool:
        """Read the newest runs of these anew; whether one was in another state than was known."""
        with self._lock:
            known = self._known
            if known is None:
                return True
            found = dict(_newest_runs(session, [plan.dag_id for plan in plans]))
            wrong = False
            for plan in plans:
                before, now = known.last.get(plan.id), found.get(plan.id)
                wrong |= (before and before.status) != (now and now.status)
                known.put(plan.id, now)
            return wrong

    def _looked(self, session: Session, *, at_once: bool = False) -> _Known:
        """What is known now, or, unless ``at_once``, was a moment ago."""
        now = time.monotonic()
        known = self._known
        due = at_once or now - self._looked_at > LOOK_SECONDS
        if known is None or (due and self._read_seconds < CHEAP_SECONDS):
            known = self._known = read_whole(session)
            self._read_at, self._read_seconds = now, time.monotonic() - now
        elif due:
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
    known.last = dict(_newest_runs(session))
    for plan_id, last in known.last.items():
        known.in_state[last.status].add(plan_id)
    known.started = sorted((last.start, each) for each, last in known.last.items() if last.start is not None)
    known.lasted = sorted((last.cost, each) for each, last in known.last.items() if last.cost is not None)
    return known


def catch_up(known: _Known, session: Session) -> bool:
    """Bring in what has changed; False: that cannot be told, since runs are gone."""
    now, newest = datetime.now(timezone.utc), _newest_run(session)
    if newest < known.newest:
        return False
    going_on = known.in_state[ContextStatus.PENDING] | known.in_state[ContextStatus.RUNNING]
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
        found.update(_newest_runs(session, some))
    for plan_id in {*found, *deleted, *going_on}:
        known.put(plan_id, found.get(plan_id))
    known.newest, known.since = newest, now
    return True


def _in_state(state: DagRunState) -> Any:
    """A condition with the state written out: SQLite uses an index of one state only then."""
    return DagRun.state == literal(state.value, literal_execute=True)


def _newest_run(session: Session) -> int:
    return session.scalar(select(func.max(DagRun.id))) or 0


def _newest_runs(session: Session, dag_ids: Sequence[str] | None = None) -> Iterator[tuple[int, _Last]]:
    """Plans with their newest runs.

    :param dag_ids: theirs; None: all
    """
    runs = select(DagRun.dag_id, func.max(DagRun.id).label("id")).group_by(DagRun.dag_id)
    newest = (runs if dag_ids is None else runs.where(DagRun.dag_id.in_(dag_ids))).subquery()
    query = (
        select(
            Plan.id,
            Plan.dag_id,
            DagRun.start_date,
            DagRun.end_date,
            DagRun.state,
            DagRun.queued_at,
            Context.cancelled_at,
        )
        .join(newest, newest.c.dag_id == Plan.dag_id)
        .join(DagRun, DagRun.id == newest.c.id)
        .outerjoin(Context, Context.dag_run_id == DagRun.id)
        .where(Plan.deleted_at.is_(None))
    )
    if dag_ids is not None:
        query = query.where(Plan.dag_id.in_(dag_ids))  # else PostgreSQL reads all plans
    for plan_id, dag_id, start, end, state, queued_at, cancelled_at in session.execute(query):
        cost = None if start is None or end is None else (end - start).total_seconds()
        status = status_of(state, cancelled=was_cancelled(queued_at, cancelled_at))
        yield plan_id, _Last(dag_id, None if start is None else start.timestamp(), cost, status)


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
