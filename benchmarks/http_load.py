"""Several clients that make the same request again and again, each over a connection of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp


@dataclass
class Load:
    """What was seen.

    :param seconds: how long they asked.
    :param times: of each request, in seconds.
    """

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)

    def __add__(self, other: Load) -> Load:
        return Load(self.seconds + other.seconds, self.times + other.times)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.times) / self.seconds

    def quantile(self, share: float) -> float:
        """The seconds within which so large a share of the requests was answered."""
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


async def load(url: str, headers: Mapping[str, str], clients: int, seconds: float) -> Load:
    """Make requests for so long.

    :raises aiohttp.ClientResponseError: an answer is an error.
    """
    seen = Load()
    connector = aiohttp.TCPConnector(limit=clients)
    async with aiohttp.ClientSession(connector=connector, headers=dict(headers), raise_for_status=True) as session:
        start = time.perf_counter()

        async def ask() -> None:
            while (begin := time.perf_counter()) < start + seconds:
                async with session.get(url) as reply:
                    await reply.read()
                seen.times.append(time.perf_counter() - begin)

        await asyncio.gather(*(ask() for _ in range(clients)))
        seen.seconds = time.perf_counter() - start
    return seen
