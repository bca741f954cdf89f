"""What is noted in the triggerer's process while a contender runs."""

from __future__ import annotations

import array
import asyncio
import gc
import time
from collections import deque
from pathlib import Path
from typing import Any

import psutil

from jobs import WARM_UP_ID

HEARTBEAT_SECONDS = 0.01
SUCCESSES = ("success", "ended")


class EventTimes(deque[Any]):
    """The runner's outbound events; remembers when the first of each trigger came and whether it told of a success."""

    def __init__(self) -> None:
        super().__init__()
        self.times: dict[int, float] = {}
        self.failures: list[str] = []
        self.warmed_up = asyncio.Event()

    def append(self, entry: Any) -> None:
        super().append(entry)
        if entry.trigger_id not in self.times:
            self.times[entry.trigger_id] = time.time()
            payload = entry.event.payload
            if not isinstance(payload, dict) or (payload.get("status") or payload.get("outcome")) not in SUCCESSES:
                self.failures.append(f"{payload}")
        if entry.trigger_id == WARM_UP_ID:
            self.warmed_up.set()


class Heartbeat:
    """Notes how late the event loop runs what is due."""

    def __init__(self) -> None:
        self._delays = array.array("d")
        self._on = True
        self._schedule()

    def stop(self) -> list[float]:
        """End; returns all delays in order of size, seconds."""
        self._on = False
        return sorted(self._delays)

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(HEARTBEAT_SECONDS, self._beat, loop.time() + HEARTBEAT_SECONDS)

    def _beat(self, due: float) -> None:
        if self._on:
            self._delays.append(asyncio.get_running_loop().time() - due)
            self._schedule()


class GarbagePauses:
    """Notes how long the garbage collector holds everything up; full collections are what long stalls are made of."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.total = 0.0
        self.full = 0
        self._started = 0.0
        gc.callbacks.append(self._note)

    def stop(self) -> None:
        """End."""
        gc.callbacks.remove(self._note)

    def _note(self, phase: str, details: dict[str, int]) -> None:
        if phase == "start":
            self._started = time.perf_counter()
        else:
            seconds = time.perf_counter() - self._started
            self.longest = max(self.longest, seconds)
            self.total += seconds
            self.full += details["generation"] == 2


class MemorySamples:
    """Notes the resident memory each second."""

    def __init__(self) -> None:
        self._samples: list[int] = []
        self._task = asyncio.create_task(self._sample())

    def stop(self) -> int:
        """End; returns the median, bytes."""
        self._task.cancel()
        return sorted(self._samples)[len(self._samples) // 2]

    async def _sample(self) -> None:
        while True:
            self._samples.append(resident_bytes())
            await asyncio.sleep(1)


def resident_bytes() -> int:
    """This process' resident memory."""
    return int(psutil.Process().memory_info().rss)


def seconds_waited_for_core() -> float:
    """How long this process was ready to run and other programs had its core (Linux; elsewhere 0)."""
    try:
        return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0
