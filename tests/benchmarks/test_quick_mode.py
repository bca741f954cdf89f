"""The benchmarks run and print their tables; how fast anything is, is not asserted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / script), "--quick", *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_polling_benchmark_shows_our_trigger_beside_the_bare_loop():
    output = run("polling.py", "--contender", "bare", "--contender", "linkis")
    assert "CPU s per 1000 polls" in output
    assert [line.split("  ")[0] for line in output.splitlines() if "LinkisTrigger" in line] == ["LinkisTrigger"]
    assert "bare loop" in output


def test_the_quartz_benchmark_finds_the_fires_that_quartz_found():
    output = run("quartz.py")
    assert "337 cases" in output
    assert "croniter" in output


def test_the_results_benchmark_reads_every_row_as_the_sdk_driven_page_by_page_does():
    output = run("results.py", "--way", "rows", "--way", "sdk-rows")
    assert output.count("20,000") >= 2  # a row for each way
