"""Triggers that stand for a way of polling; the peers' own triggers come from their providers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import aiohttp
from airflow.providers.http.hooks.http import HttpAsyncHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

SUCCESS = {"status": "success"}


class _JobTrigger(BaseTrigger):
    """Knows its job and its interval; what is common to the triggers of this module."""

    def __init__(self, job: int, interval: float, where: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.job = job
        self.interval = interval
        self.where = where

    def serialize(self) -> tuple[str, dict[str, Any]]:
        kwargs = {"job": self.job, "interval": self.interval, "where": self.where}
        return f"{type(self).__module__}.{type(self).__qualname__}", kwargs

    async def run(self) -> AsyncIterator[TriggerEvent]:
        while not await self.ended():  # noqa: ASYNC110 # this is what is compared
            await asyncio.sleep(self.interval)
        yield TriggerEvent(SUCCESS)  # type: ignore[no-untyped-call]

    async def ended(self) -> bool:
        raise NotImplementedError


class HttpHookTrigger(_JobTrigger):
    """Calls ``HttpAsyncHook.run`` for each poll, as many triggers do; ``where`` is the connection id."""

    def __init__(self, job: int, interval: float, where: str) -> None:
        super().__init__(job, interval, where)
        self.hook = HttpAsyncHook(method="GET", http_conn_id=where)

    async def ended(self) -> bool:
        response = await self.hook.run(endpoint=f"status/{self.job}")
        return bool((await response.json())["status"] == "Succeed")


class BareTrigger(_JobTrigger):
    """The least that a trigger can do by itself: one session for all, one GET a poll; ``where`` is the URL."""

    _session: aiohttp.ClientSession | None = None

    async def ended(self) -> bool:
        if BareTrigger._session is None:
            BareTrigger._session = aiohttp.ClientSession()
        async with BareTrigger._session.get(f"{self.where}/status/{self.job}") as response:
            return bool((await response.json())["status"] == "Succeed")


class IdleTrigger(_JobTrigger):
    """Polls nothing: what Airflow itself needs for a trigger. Whoever measures it ends it, by its future."""

    waiting: ClassVar[dict[int, asyncio.Future[None]]] = {}

    async def ended(self) -> bool:
        if self.where != "warm up":
            self.waiting[self.job] = asyncio.get_running_loop().create_future()
            await self.waiting[self.job]
        return True
