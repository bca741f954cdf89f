from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from taskcenter_plugin.plans.quartz import QuartzCron, QuartzError

# Answers of org.quartz.CronExpression 2.3.2 on Java 17 with tzdb 2025a: `next` are the fires one after another from `start_ms` on, null if
# the constructor threw; `ended`: nothing fires after them.
CASES = [json.loads(line) for line in Path(__file__).with_name("quartz.jsonl").read_text("utf-8").splitlines()]
VALID = [case for case in CASES if case["error"] is None]
INVALID = [case for case in CASES if case["error"] is not None]


def _name(case: dict[str, Any]) -> str:
    return f"{case['expr']} {case['tz']}"


def test_all_the_cases_are_here() -> None:
    assert (len(VALID), len(INVALID)) == (350, 61)


@pytest.mark.parametrize("case", VALID, ids=_name)
def test_it_fires_when_quartz_does(case: dict[str, Any]) -> None:
    cron = QuartzCron(case["expr"], case["tz"])
    fires: list[float] = [case["start_ms"] / 1000]
    for _ in case["next"]:
        fire = cron.next_after(fires[-1])
        assert fire is not None
        fires.append(fire)
    assert fires[1:] == case["next"]
    if case["ended"]:
        assert cron.next_after(fires[-1]) is None


@pytest.mark.parametrize("case", VALID, ids=_name)
def test_it_finds_the_same_fires_backwards(case: dict[str, Any]) -> None:
    cron = QuartzCron(case["expr"], case["tz"])
    for earlier, later in zip(case["next"], case["next"][1:], strict=False):
        assert cron.previous_before(later) == later
        assert cron.previous_before(later - 0.5) == earlier


@pytest.mark.parametrize("case", INVALID, ids=_name)
def test_it_refuses_what_quartz_refuses(case: dict[str, Any]) -> None:
    with pytest.raises(QuartzError) as refused:
        QuartzCron(case["expr"], case["tz"])
    assert repr(case["expr"])[:20] in str(refused.value)
