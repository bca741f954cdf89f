"""Airflow 3.2 cancels a trigger anew every second: what it has begun to do must be done all the same."""

from __future__ import annotations

import asyncio

import pytest

from taskcenter.jobs.compat import despite_cancels


async def test_work_is_finished_although_its_task_is_cancelled_again_and_again():
    done = asyncio.Event()
    began = asyncio.Event()

    async def work():
        began.set()
        for _ in range(5):
            await asyncio.sleep(0)
        done.set()

    task = asyncio.create_task(despite_cancels(work(), 10))
    await began.wait()
    while not done.is_set():
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([task])
    assert done.is_set()


@pytest.mark.parametrize("error", [ValueError("broken"), asyncio.CancelledError()])
async def test_work_that_fails_or_hangs_ends_the_wait(error):
    async def fail():
        raise error

    await despite_cancels(fail(), 10)
    await asyncio.wait_for(despite_cancels(asyncio.Event().wait(), 0.01), 10)
