"""Airflow's own TriggerRunner, with a stopwatch in its event loop."""

from __future__ import annotations

import asyncio
import cProfile
import gc
import json
import os
import time
import urllib.request
from contextlib import nullcontext
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from airflow.jobs.triggerer_job_runner import TriggerRunner

from contenders import CONTENDERS, Contender
from jobs import WARM_UP_ID, Jobs
from stopwatch import EventTimes, GarbagePauses, Heartbeat, MemorySamples, resident_bytes, seconds_waited_for_core
from triggers import IdleTrigger

WARM_UP_SECONDS = 60.0

GRACE_SECONDS = 30.0
"""How long after the measured time events are waited for."""


@dataclass(frozen=True)
class Plan:
    """One run of one contender.

    :param interval: how often each job is to be polled, seconds.
    :param seconds: for how long it is measured once all triggers run.
    :param url: of the mock server.
    :param result: the file that the measurement is written to, as JSON.
    :param profile: a file for a cProfile of the measured time, which slows everything down.
    """

    contender: str
    jobs: Jobs
    interval: float
    seconds: float
    url: str
    result: Path
    profile: Path | None = None

    @property
    def subject(self) -> Contender:
        """Who is measured."""
        return CONTENDERS[self.contender]

    def ask(self, what: str, settings: dict[str, Any]) -> Any:
        """Control the mock server; blocks the loop for a millisecond, at the edges of the measured time."""
        request = urllib.request.Request(f"{self.url}/bench/{what}", data=json.dumps(settings).encode())
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as reply:
            return json.load(reply)


class MeasuredRunner(TriggerRunner):
    """Runs the triggers that the supervisor sends and measures them; ends its process when done."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.plan = plan
        self.events: EventTimes = EventTimes()
        self._sent = 0
        self._all_started = asyncio.Event()
        self._measuring: asyncio.Task[None] | None = None

    async def init_comms(self) -> None:
        await super().init_comms()  # type: ignore[no-untyped-call]
        self.plan.subject.prepare()
        self._measuring = asyncio.create_task(self._measure())

    async def create_triggers(self) -> None:
        self._sent += len(self.to_create)
        await super().create_triggers()  # type: ignore[no-untyped-call]
        if self._sent == self.plan.jobs.count + 1:  # the warm-up is one
            self._all_started.set()

    async def _measure(self) -> None:
        try:
            bare_memory, created = await self._start_all()
            with cProfile.Profile() if self.plan.profile else nullcontext() as profiler:
                watched = await self._watch(bare_memory)
            if profiler and self.plan.profile:
                profiler.dump_stats(self.plan.profile)
            result = {**created, **watched, **await self._lags(watched["start"])}
        except BaseException as error:  # noqa: BLE001 # told to the parent, whatever it is
            result = {"error": repr(error)}
        self.plan.result.write_text(json.dumps(result))
        # Not in order: cancelling thousands of triggers would take as long as the measurement.
        os._exit(0)

    async def _start_all(self) -> tuple[int, dict[str, float]]:
        """Wait until all triggers run; returns the memory without them and what starting them took."""
        # The first trigger imports what its provider imports; that memory is not the triggers'.
        await self._in_time(self.events.warmed_up, WARM_UP_SECONDS, "the first trigger had no event")
        await asyncio.sleep(0.1)
        gc.collect()
        memory, start, cpu = resident_bytes(), time.time(), time.process_time()
        await self._in_time(self._all_started, WARM_UP_SECONDS + self.plan.jobs.count / 20, "not all triggers started")
        created = {"created_in": time.time() - start, "created_cpu": time.process_time() - cpu}
        await asyncio.sleep(self.plan.interval)
        # What starting the triggers left is nobody's garbage; from here on it is the contender's own.
        gc.collect()
        return memory, created

    async def _in_time(self, event: asyncio.Event, seconds: float, otherwise: str) -> None:
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except asyncio.TimeoutError:
            raise RuntimeError(f"{otherwise} in {seconds:.0f} s; {self.events.failures[:1]}") from None

    async def _watch(self, bare_memory: int) -> dict[str, Any]:
        """Let the triggers wait, for the measured time."""
        plan = self.plan
        memory, heartbeat, garbage = MemorySamples(), Heartbeat(), GarbagePauses()
        started = plan.ask("start", {"seconds": plan.seconds})
        start = started["start"]
        waited, cpu = seconds_waited_for_core(), time.process_time()
        ender = None if plan.subject.polls else asyncio.create_task(_end_idle(plan.jobs.ends(start, plan.seconds)))
        await asyncio.sleep(start + plan.seconds - time.time())
        server, stop = plan.ask("stats", {}), time.time()
        cpu, waited = time.process_time() - cpu, seconds_waited_for_core() - waited
        if ender:
            ender.cancel()
        garbage.stop()
        delays = heartbeat.stop()
        ends = plan.jobs.ends(start, plan.seconds)
        return {
            "start": start,
            "elapsed": stop - start,
            "cpu": cpu,
            "waited_for_core": waited,
            "polls_wanted": sum(min(ends.get(job, stop), stop) - start for job in plan.jobs.ids) / plan.interval,
            "bytes_per_job": (memory.stop() - bare_memory) / plan.jobs.count,
            "stall_p99": delays[int(len(delays) * 0.99)],
            "stall_max": delays[-1],
            "garbage_max": garbage.longest,
            "garbage_total": garbage.total,
            "full_collections": garbage.full,
            "server": server,
            "already_open": started["open_connections"],
        }

    async def _lags(self, start: float) -> dict[str, Any]:
        """Wait for events that are late; returns how late all are."""
        ends = self.plan.jobs.ends(start, self.plan.seconds)
        patience = time.time() + max(GRACE_SECONDS, 3 * self.plan.interval)
        while not self.events.times.keys() >= ends.keys() and time.time() < patience:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        times, now = self.events.times, time.time()
        return {
            # A job whose event has not come has waited at least until now.
            "lags": sorted(times.get(job, now) - end for job, end in ends.items()),
            "missing": len(ends.keys() - times.keys()),
            "early": len(times.keys() - ends.keys() - {WARM_UP_ID}),
            "failures": self.events.failures[:5],
        }


async def _end_idle(ends: dict[int, float]) -> None:
    for job, end in sorted(ends.items(), key=itemgetter(1)):
        await asyncio.sleep(end - time.time())
        IdleTrigger.waiting[job].set_result(None)
