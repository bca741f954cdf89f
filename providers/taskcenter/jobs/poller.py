"""Watches many jobs of one connection from one event loop, with as few requests as the system allows.

A trigger that waits costs a small object and a future. A few workers take the jobs that are due, as many in one
request as the system can answer, and wake a trigger only when there is something to say. Live logs have a budget of
requests of their own, shared by all jobs, so that their cost does not grow with the number of jobs either.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from taskcenter.core.drivers import run_async
from taskcenter.core.endpoint import Call, Reply
from taskcenter.core.errors import JobLostError, RemoteError
from taskcenter.core.job import JobRef, LogCursor, RemoteSystem
from taskcenter.core.lifecycle import FollowEnd, as_lost, given_up
from taskcenter.core.patience import Patience, outage_limit
from taskcenter.core.status import Decision, JobState, JobStatus, decide
from taskcenter.jobs import metrics

MAX_IN_FLIGHT = 8
"""Status requests under way at once, per connection and event loop."""

MIN_GROUP = 10
"""Jobs that a worker takes at a time, one request after another where the system answers for fewer in one.

Jobs then stay together too, which keeps the schedule short.
"""

COALESCE_SHARE = 0.2
"""A job may be polled this share of its interval early, to fill a request; jobs then stay together."""

JITTER_SHARE = 0.05
"""How much of an interval a batch may come early or late, at random, so that batches do not all come together."""

FIRST_POLL_SECONDS = 1.0
"""A new job is polled within this time, so that many that start together are spread."""

MAX_MISSES = 5
"""How many answers in a row may lack a job before it is given up for lost."""


_UNREAD = LogCursor()


class Watch:
    """One job that is waited for; made by :meth:`Poller.watch`.

    :ivar lines: log lines not yet taken.
    :ivar status: the last status, None before the first answer.
    :ivar end: how it ended, None while it goes on.
    :ivar error: what ended the waiting instead.
    """

    __slots__ = (
        "_waiter",
        "cursor",
        "deadline",
        "end",
        "error",
        "interval",
        "lines",
        "misses",
        "outage",
        "patience",
        "recovered",
        "ref",
        "shown",
        "status",
    )

    def __init__(self, ref: JobRef, interval: float, deadline: float) -> None:
        self.ref = ref
        self.interval = interval
        self.deadline = deadline
        self.cursor = _UNREAD
        self.lines: list[str] = []
        self.status: JobStatus | None = None
        self.shown: JobStatus | None = None
        self.end: FollowEnd | None = None
        self.error: RemoteError | None = None
        self.outage: RemoteError | None = None
        self.recovered: float | None = None
        self.patience: Patience | None = None
        self.misses = 0
        self._waiter: asyncio.Future[None] | None = None

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.end is not None or self.error is not None

    @property
    def news(self) -> bool:
        """Whether the state or the progress is another than the one shown."""
        shown, status = self.shown, self.status
        if status is shown or status is None:
            return False
        return shown is None or (shown.raw, shown.progress) != (status.raw, status.progress)

    def changed(self) -> asyncio.Future[None]:
        """What to await until there is something to look at; a bare future, since each waiting job holds one."""
        self._waiter = asyncio.get_running_loop().create_future()
        if self.over or self.lines:
            self._waiter.set_result(None)
        return self._waiter

    def wake(self) -> None:
        """End the waiting for :meth:`changed`."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Schedule:
    """Groups of watches by the time they are due (seconds of the loop's clock).

    Watches that were asked for together stay together: one entry a group instead of one a watch keeps both the heap
    and the garbage collector quiet.

    :ivar popped_due: when the group was due that :meth:`pop_due` gave out last.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, list[Watch]]] = []
        self._serial = itertools.count()
        self._pushed = asyncio.Event()
        self.popped_due = 0.0

    def push(self, group: list[Watch], due: float) -> None:
        heapq.heappush(self._heap, (due, next(self._serial), group))
        if self._heap[0][2] is group:
            self._pushed.set()

    async def pop_due(self) -> list[Watch]:
        """The group that is due first, when it is due; watches that are over are dropped from it."""
        loop = asyncio.get_running_loop()
        while True:
            delay = self._heap[0][0] - loop.time() if self._heap else None
            if delay is not None and delay <= 0:
                self.popped_due, _, popped = heapq.heappop(self._heap)
                group = [watch for watch in popped if not watch.over]
                if group:
                    return group
                continue
            self._pushed.clear()
            timer = loop.call_later(delay, self._pushed.set) if delay is not None else None
            try:
                await self._pushed.wait()
            finally:
                if timer is not None:
                    timer.cancel()

    def pop_until(self, due: float, count: int) -> list[Watch]:
        """Up to ``count`` watches of the groups that are due until then."""
        watches: list[Watch] = []
        while self._heap and self._heap[0][0] <= due and len(watches) < count:
            group_due, _, group = heapq.heappop(self._heap)
            live = [watch for watch in group if not watch.over]
            room = count - len(watches)
            watches += live[:room]
            if live[room:]:
                # Requests are to be full: each costs as much as the jobs in it.
                self.push(live[room:], group_due)
        return watches


class Poller:
    """Polls the jobs of one connection.

    :param system: the remote system.
    :param send: makes a request.
    :param log_requests_per_second: the budget for live logs; 0 reads none.
    """

    def __init__(
        self,
        system: RemoteSystem[Any],
        send: Callable[[Call], Awaitable[Reply]],
        *,
        log_requests_per_second: float,
    ) -> None:
        self._system = system
        self._send = send
        self._log_pause = 1 / log_requests_per_second if log_requests_per_second > 0 else None
        self._meter = metrics.PollMeter(system.name)
        self._watches: set[Watch] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def watch(self, ref: JobRef, *, interval_seconds: float, deadline: float) -> Watch:
        """Start watching a job; :meth:`forget` it when done.

        :param deadline: epoch seconds.
        """
        if not self._tasks:
            self._start()
        watch = Watch(ref, interval_seconds, deadline)
        self._watches.add(watch)
        self._meter.waiting = len(self._watches)
        now = asyncio.get_running_loop().time()
        first = min(FIRST_POLL_SECONDS, interval_seconds) * random.random()  # noqa: S311 # spreads load
        self._due.push([watch], now + first)
        if self._log_pause is not None:
            self._log_due.push([watch], now + first + interval_seconds / 2)
        return watch

    def forget(self, watch: Watch) -> None:
        """Stop watching; with the last watch the poller's tasks end."""
        self._watches.discard(watch)
        self._meter.waiting = len(self._watches)
        if watch.end is None and watch.error is None:
            watch.end = FollowEnd(Decision.KEEP, watch.status, watch.cursor)
        if not self._watches:
            for task in self._tasks:
                task.cancel()
            self._tasks = []
            self._meter.stop()

    def _start(self) -> None:
        self._due, self._log_due, self._turn = _Schedule(), _Schedule(), asyncio.Lock()
        self._tasks = [asyncio.create_task(self._poll_forever()) for _ in range(MAX_IN_FLIGHT)]
        if self._log_pause is not None:
            self._tasks.append(asyncio.create_task(self._read_logs_forever(self._log_pause)))
        if metrics.enabled():
            self._tasks.append(asyncio.create_task(self._meter.report_forever()))

    async def _poll_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            async with self._turn:
                group = await self._due.pop_due()
                self._meter.late(loop.time() - self._due.popped_due)
                count = max(self._system.batch_size, MIN_GROUP)
                until = loop.time() + group[0].interval * COALESCE_SHARE
                taken = group[:count] + self._due.pop_until(until, count - len(group))
                if group[count:]:
                    # The server has turned out to take fewer at once than before.
                    self._due.push(group[count:], loop.time())
            await self._poll(taken)

    async def _poll(self, group: Sequence[Watch]) -> None:
        loop = asyncio.get_running_loop()
        began, size = loop.time(), self._system.batch_size
        answered: Sequence[Watch] = ()
        for end in range(size, len(group) + size, size):
            if not await self._ask(group[end - size : end]):
                # In an outage each request may take long; the others are not to wait for one another's.
                if group[end:]:
                    self._due.push(list(group[end:]), loop.time())
                break
            answered = group[:end]
        share = 1 + JITTER_SHARE * (2 * random.random() - 1)  # noqa: S311 # spreads load
        self._again([watch for watch in answered if not watch.over], began, share)

    async def _ask(self, batch: Sequence[Watch]) -> bool:
        """Make one request and tell the watches what it brought; False if that was no answer."""
        self._meter.polled(len(batch))
        try:
            statuses = await run_async(self._system.statuses([watch.ref for watch in batch]), self._send)
        except RemoteError as error:
            self._failed(batch, error)
            return False
        except Exception as error:  # noqa: BLE001 # a worker must not die, and no trigger wait for ever
            self._failed(batch, RemoteError(f"The answer could not be read: {error!r}"))
            return False
        now = time.time()
        for watch in batch:
            status = statuses.get(watch.ref.id)
            if status is None or status is not watch.status or watch.patience is not None or now >= watch.deadline:
                self._answered(watch, status, now)
            else:
                watch.misses = 0  # nearly always: all is as it was
        return True

    def _again(self, waiting: Sequence[Watch], due: float, share: float) -> None:
        """Put the watches that go on back: together, but for those with another interval or a near deadline.

        :param due: when they were due, by the loop's clock.
        :param share: of its interval, when a watch is due again.
        """
        now = time.time()
        together: list[Watch] = []
        for watch in waiting:
            left = max(0.1, watch.deadline - now)
            if watch.interval == waiting[0].interval and watch.interval * share <= left:
                together.append(watch)
            else:
                self._due.push([watch], due + min(watch.interval * share, left))
        if together:
            self._due.push(together, due + together[0].interval * share)

    def _answered(self, watch: Watch, status: JobStatus | None, now: float) -> None:
        if watch.patience is not None:
            watch.recovered = watch.patience.succeeded(now)
            watch.patience = None
            watch.wake()
        if status is None:
            watch.misses += 1
            if watch.misses >= MAX_MISSES:
                text = (
                    f"Job {watch.ref.id} is not known to {self._system.name} any more, or the user of "
                    f"{self._system.connection} may not see it."
                )
                watch.error = JobLostError(text).locate(
                    system=self._system.name, connection=self._system.connection, job_id=watch.ref.id
                )
                watch.wake()
                return
        else:
            watch.misses = 0
            if status.error is not None:
                watch.error = as_lost(status.error, self._system, watch.ref)
                watch.wake()
                return
            if watch.status != status:
                # An equal one is thrown away at once; kept, it would grow old and be the garbage collector's work.
                watch.status = status
            exec_id = status.details.get("exec_id")
            if exec_id and watch.ref.handle.get("exec_id") != exec_id:
                watch.ref = JobRef(watch.ref.id, {**watch.ref.handle, "exec_id": exec_id})
        self._decide(watch, status.state if status else JobState.UNKNOWN, now)

    def _decide(self, watch: Watch, state: JobState, now: float) -> None:
        decision = decide(state, now, watch.deadline)
        if decision is not Decision.KEEP:
            watch.end = FollowEnd(decision, watch.status, watch.cursor)
            watch.wake()

    def _failed(self, batch: Sequence[Watch], error: RemoteError) -> None:
        metrics.count_error(error.locate(system=self._system.name))
        now, due = time.time(), asyncio.get_running_loop().time()
        share = 1 + random.random() / 2  # noqa: S311 # spreads load
        for watch in batch:
            if watch.patience is None:
                watch.patience = Patience(watch.interval)
                watch.patience.outage_seconds = outage_limit(self._system, watch.ref)
                watch.outage = error
                watch.wake()
            delay = watch.patience.failed(error, now)
            if delay is None:
                watch.error = given_up(error, self._system, watch.ref, watch.patience, now)
                watch.wake()
                continue
            self._decide(watch, JobState.UNKNOWN, now)
            if not watch.over:
                self._due.push([watch], due + min(delay * share, max(0.1, watch.deadline - now)))

    async def _read_logs_forever(self, pause: float) -> None:
        while True:
            [watch] = await self._log_due.pop_due()
            requests = await self._read_log(watch) if watch.patience is None else 0
            if watch.news:
                watch.wake()
            if not watch.over:
                self._log_due.push([watch], asyncio.get_running_loop().time() + watch.interval)
            await asyncio.sleep(pause * requests)

    async def _read_log(self, watch: Watch) -> int:
        """Read what is new; return the number of requests that it took."""
        requests = 0

        async def send(call: Call) -> Reply:
            nonlocal requests
            requests += 1
            return await self._send(call)

        try:
            chunk = await run_async(self._system.read_log(watch.ref, watch.cursor), send)
        except Exception:  # noqa: BLE001 # the status requests tell whether the server is well; the rest is read at the end
            return requests
        watch.cursor = chunk.cursor
        if chunk.lines:
            watch.lines += chunk.lines
            watch.wake()
        return requests
