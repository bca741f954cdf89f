"""What the next fire of a Quartz expression costs: ours beside croniter, on the cases that croniter can read.

    python benchmarks/quartz.py           each case 20 times
    python benchmarks/quartz.py --quick   once; that it runs

A case is an expression with its zone, start and successive fires, as Java's Quartz gave them. Both are parsed beforehand.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from croniter import croniter

import machine
from tables import render
from taskcenter_plugin.plans.quartz import QuartzCron, zone

CASES = Path(__file__).parents[1] / "tests" / "plans" / "quartz.jsonl"
ROUNDS = 20
BAR_MICROSECONDS = 10.0

Walk = Callable[[], list[int]]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the table; 1 if a fire of ours is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="each case once: only that it runs")
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    options = parser.parse_args(arguments)
    rounds = 1 if options.quick else ROUNDS
    cases = [case for case in map(json.loads, CASES.read_text("utf-8").splitlines()) if case["next"]]
    # The first walk also works out months and looks up the offsets of the zones.
    first = _measure([(case, _ours(case)) for case in cases], 1)
    ours = _measure([(case, _ours(case)) for case in cases], rounds)
    peers = [(case, walk) for case in cases if (walk := _croniter(case)) is not None]
    theirs = _measure(peers, rounds)
    bullet = "- " if options.markdown else ""
    for line in (f"{len(cases)} cases; load {machine.load():.1f}", *machine.describe()):
        print(bullet + line)
    print()
    header = ("evaluator", "cases read", "as Quartz", "median µs a fire", "p95 µs", "most µs")
    rows = [_cells("ours, the first time", first), _cells("ours", ours), _cells("croniter", theirs, right="-")]
    print(render(header, rows, markdown=options.markdown))
    print()
    median = statistics.median(each for each, _ in ours)
    print(f"To be reached: a median of at most {BAR_MICROSECONDS:.0f} µs; measured {median:.1f} µs.")
    return 0 if all(right for _, right in ours) else 1


def _measure(walks: list[tuple[dict[str, Any], Walk]], rounds: int) -> list[tuple[float, bool]]:
    """For each case the least microseconds a fire, and whether the fires are Quartz's."""
    measured = []
    for case, walk in walks:
        best, fires = float("inf"), []
        for _ in range(rounds):
            start = time.perf_counter()
            fires = walk()
            best = min(best, time.perf_counter() - start)
        measured.append((best / len(case["next"]) * 1e6, fires == case["next"]))
    return measured


def _ours(case: dict[str, Any]) -> Walk:
    cron = QuartzCron(case["expr"], case["tz"])

    def walk() -> list[int]:
        fires, at = [], case["start_ms"] / 1000
        for _ in case["next"]:
            at = cron.next_after(at)
            fires.append(at)
        return fires

    return walk


def _croniter(case: dict[str, Any]) -> Walk | None:
    """Its walk; None if it does not read the expression, or finds nothing.

    It knows no ``?`` and counts weekdays from 0; its fires are not Quartz's, so only its time is of interest here.
    """
    start = datetime.fromtimestamp(case["start_ms"] // 1000, zone(case["tz"]))

    def walk() -> list[int]:
        cron.set_current(start, force=True)
        return [int(cron.get_next()) for _ in case["next"]]

    try:
        cron = croniter(case["expr"].replace("?", "*"), start, second_at_beginning=True, ret_type=float)
        walk()
    except Exception:  # noqa: BLE001  # whatever it raises, it cannot do the case
        return None
    return walk


def _cells(name: str, measured: list[tuple[float, bool]], right: str | None = None) -> list[str]:
    times = sorted(each for each, _ in measured)
    return [
        name,
        str(len(times)),
        right or str(sum(correct for _, correct in measured)),
        f"{statistics.median(times):.1f}",
        f"{times[int(len(times) * 0.95)]:.1f}",
        f"{times[-1]:.0f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
