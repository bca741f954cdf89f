"""Queues of jobs: one ring for each creator, user and engine, of which some run at once (facts section 3).

An execID names a place in such a ring. The ring has 1000 places and is used again and again; it begins anew when the
entrance restarts, and when a group has been idle. So an old execID can name nothing, or somebody else's newer job.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from taskcenter_sandbox.gateway.envelope import LinkisError
from taskcenter_sandbox.linkis import ids
from taskcenter_sandbox.linkis.job import LiveJob

QUEUE_FULL = 12001
IDLE_SECONDS = 600.0
IDLE_SCAN_SECONDS = 1800.0

T = TypeVar("T")


class Ring(Generic[T]):
    """Linkis' LoopArrayQueue: items have ever higher numbers, of which the last ``capacity - 1`` are kept."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: dict[int, T] = {}
        self._next = 0
        self._taken = 0

    @property
    def _first(self) -> int:
        return self._next - len(self._items)

    @property
    def full(self) -> bool:
        """Whether all items that are kept are still waiting."""
        return len(self._items) == self._capacity - 1 and self._taken == self._first

    def offer(self, item: T) -> int:
        """Append an item and return its number; an item that was taken may have to go. The ring must not be full."""
        if len(self._items) == self._capacity - 1:
            del self._items[self._first]
        self._items[self._next] = item
        self._next += 1
        return self._next - 1

    def take(self) -> T | None:
        """The oldest item that nobody has taken."""
        if self._taken >= self._next:
            return None
        self._taken += 1
        return self._items[self._taken - 1]

    def get(self, number: int) -> T | None:
        """An item; None for number 0 of a ring that has never had one.

        :raises IndexError: the number is too high, or its item is gone.
        """
        if number < self._first:
            raise IndexError(
                f"The index {number} has already been deleted, now index must be better than {self._first}"
            )
        last = max(self._next - 1, 0)
        if number > last:
            raise IndexError(f"The index {number} must be less than {last}")
        return self._items.get(number)

    def waiting(self) -> list[T]:
        """The items that nobody has taken."""
        return [self._items[number] for number in range(self._taken, self._next)]


class _Group:
    def __init__(self, capacity: int) -> None:
        self.ring: Ring[LiveJob] = Ring(capacity)
        self.running: dict[str, LiveJob] = {}
        self.used = time.monotonic()

    @property
    def idle(self) -> bool:
        return not self.running and not self.ring.waiting() and time.monotonic() - self.used > IDLE_SECONDS


class Scheduler:
    """Lets jobs run, so many of a group at once, in the order in which they came.

    :param run: runs a job to its end; called in a thread of its own.
    :param capacity: places in the ring of a group.
    """

    def __init__(self, run: Callable[[LiveJob], None], *, running_per_group: int, capacity: int) -> None:
        self._run = run
        self._running_per_group = running_per_group
        self._capacity = capacity
        self._groups: dict[str, _Group] = {}
        self._lock = threading.RLock()
        self._scanned = time.monotonic()
        self._stopped = False

    def queue(self, job: LiveJob) -> None:
        """Give a job its place; :meth:`start_waiting` lets it run.

        :raises LinkisError: 12001, there is no room.
        """
        with self._lock:
            self._drop_idle()
            group = self._groups.setdefault(job.group, _Group(self._capacity))
            if group.ring.full:
                raise LinkisError(
                    QUEUE_FULL, "The submission job failed and the queue is full!(提交作业失败，队列已满！)"
                )
            # Ring numbers and places agree: nobody else can have got in between.
            job.short_id = ids.short_id(job.group, group.ring.offer(job))
            group.used = time.monotonic()

    def start_waiting(self, name: str) -> None:
        """Let jobs of a group run, as many as may."""
        with self._lock:
            group = self._groups.get(name)
            while group is not None and not self._stopped and len(group.running) < self._running_per_group:
                job = group.ring.take()
                if job is None:
                    return
                if job.ended:
                    continue
                group.running[job.short_id] = job
                thread = threading.Thread(target=self._work, args=(group, job), name=f"job-{job.id}", daemon=True)
                thread.start()

    def get(self, short: str) -> LiveJob | None:
        """The job of a short id; None where its group has a ring that is empty.

        :raises LookupError: the group is not known, or its ring has no such place.
        :raises ValueError: this is no short id.
        """
        name, number = ids.parse_short_id(short)
        with self._lock:
            self._drop_idle()
            group = self._groups.get(name)
            if group is None:
                raise LookupError(f"group not found: {name}")
            return group.running.get(short) or group.ring.get(number)

    def undone(self) -> list[LiveJob]:
        """The jobs that wait or run."""
        with self._lock:
            return [
                job
                for group in self._groups.values()
                for job in (*group.running.values(), *group.ring.waiting())
                if not job.ended
            ]

    def forget_ended(self) -> None:
        """Lose the rings of all groups in which nothing happens, as after some idle time; the groups stay known."""
        with self._lock:
            for name, group in self._groups.items():
                if not group.running and not group.ring.waiting():
                    self._groups[name] = _Group(self._capacity)

    def forget_all(self) -> None:
        """Lose everything, as a restart does; jobs that run must be stopped by somebody else."""
        with self._lock:
            self._groups = {}

    def stop(self) -> None:
        """Start no more jobs."""
        with self._lock:
            self._stopped = True

    def _work(self, group: _Group, job: LiveJob) -> None:
        try:
            self._run(job)
        finally:
            with self._lock:
                group.running.pop(job.short_id, None)
                group.used = time.monotonic()
                self.start_waiting(job.group)

    def _drop_idle(self) -> None:
        now = time.monotonic()
        if now - self._scanned < IDLE_SCAN_SECONDS:
            return
        self._scanned = now
        for name, group in self._groups.items():
            if group.idle:
                self._groups[name] = _Group(self._capacity)
