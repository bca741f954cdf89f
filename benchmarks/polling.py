"""What waiting for thousands of remote jobs costs: our trigger beside others, on the same server.

    python benchmarks/polling.py                                  5000 jobs, every 5 s, for a minute, all contenders
    python benchmarks/polling.py --jobs 20000 --contender linkis  four times as many, ours only
    python benchmarks/polling.py --quick                          that it runs; the figures mean nothing

Each contender runs in a process of its own, in Airflow's own TriggerRunner on one core; the mock server, which answers
from memory, and Airflow's supervisor have another core. A job-poll is one job asked for, so a request for 30 jobs is
30 job-polls. CPU is the triggerer process's, over the measured time, which begins when all triggers run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import machine
from contenders import CONN_ID, CONTENDERS, REFERENCE
from polling_report import BARS_HEADER, HEADER, Row, bars, by_name, cells
from tables import render

HERE = Path(__file__).parent
START_SECONDS = 60
QUICK = {"jobs": 50, "interval": 0.5, "seconds": 4.0}


@dataclass(frozen=True)
class Options:
    """The command line."""

    jobs: int
    interval: float
    seconds: float
    contenders: list[str]
    quick: bool
    markdown: bool
    profile: Path | None
    raw: Path | None


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table; 1 if a contender could not be measured."""
    options = parse(arguments)
    rows, failed = measure(options)
    print(report(options, rows))
    for problem in failed:
        print(problem, file=sys.stderr)
    if options.raw:
        options.raw.write_text(json.dumps({name: row.raw for name, row in rows.items()}, indent=1))
    return 1 if failed else 0


def parse(arguments: list[str] | None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=5000, help="how many jobs are waited for (5000)")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between polls of a job (5)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each contender is measured (60)")
    parser.add_argument("--contender", action="append", choices=CONTENDERS, help="only this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help="few jobs, few seconds, all at once: only that it runs")
    parser.add_argument("--markdown", action="store_true", help="print tables in Markdown")
    parser.add_argument("--profile", type=Path, help="a directory for a cProfile of each contender (slows them down)")
    parser.add_argument("--raw", type=Path, help="a file for the measurements as JSON")
    given = parser.parse_args(arguments)
    if given.quick:
        for name, value in QUICK.items():
            setattr(given, name, value)
    return Options(
        jobs=given.jobs,
        interval=given.interval,
        seconds=given.seconds,
        contenders=given.contender or list(CONTENDERS),
        quick=given.quick,
        markdown=given.markdown,
        profile=given.profile,
        raw=given.raw,
    )


def measure(options: Options) -> tuple[dict[str, Row], list[str]]:
    """Run the contenders; returns what was measured and what went wrong."""
    results: list[tuple[str, Mapping[str, Any]]] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as scratch, ExitStack() as running:
        start = [running_contender(name, options, Path(scratch)) for name in options.contenders]
        # In the quick mode all run at once; what is measured there means nothing anyway.
        started = [running.enter_context(one) for one in start] if options.quick else None
        for index, name in enumerate(options.contenders):
            with ExitStack() as alone:
                process, result = started[index] if started else alone.enter_context(start[index])
                if not options.quick:
                    print(f"{CONTENDERS[name].title} ... (load {machine.load():.1f})", file=sys.stderr, flush=True)
                process.wait()
            raw = json.loads(result.read_text()) if result.exists() else {"error": "it wrote no result"}
            if "error" in raw:
                failed.append(f"{name}: {raw['error']}")
                continue
            results.append((name, raw))
            failed += [f"{name}: {problem}" for problem in Row(name, raw).problems()]
    return by_name(results), failed


@contextmanager
def running_contender(name: str, options: Options, scratch: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A mock server and, beside it, a contender's triggerer that measures itself and ends."""
    contender, result, cores = CONTENDERS[name], scratch / f"{name}.json", choose_cores()
    server = subprocess.Popen(
        [
            sys.executable,
            str(HERE / "mock_linkis.py"),
            f"--jobs={options.jobs}",
            *([] if contender.batches else ["--no-batches"]),
            *([f"--core={cores[0]}"] if cores else []),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        plan = {
            "contender": name,
            "jobs": options.jobs,
            "interval": options.interval,
            "seconds": options.seconds,
            "url": url,
            "result": str(result),
            "profile": str(options.profile / f"{name}.prof") if options.profile else None,
            "cores": cores,
            "ending_share": 0.2,
        }
        environment = {
            **clean_environment(),
            "AIRFLOW_HOME": str(scratch / name),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            f"AIRFLOW_CONN_{CONN_ID.upper()}": contender.connection_json(url),
        }
        command = [sys.executable, str(HERE / "triggerer.py"), json.dumps(plan)]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, text=True) as process:
            try:
                yield process, result
            finally:
                process.kill()
    finally:
        server.kill()
        server.wait()


def clean_environment() -> dict[str, str]:
    """Our environment without the user's Airflow and proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "_AIRFLOW")) and not name.lower().endswith("_proxy")
    }


def choose_cores() -> list[int] | None:
    """A core for server and supervisor and another for the contender, where there are two and we may choose."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    available = sorted(os.sched_getaffinity(0))
    return available[-2:] if len(available) > 1 else None


def report(options: Options, rows: Mapping[str, Row]) -> str:
    """The table, the bars and what is to be known of them."""
    reference, markdown = rows.get(REFERENCE), options.markdown
    bullet = "- " if markdown else ""
    parts = [
        f"{bullet}{options.jobs} jobs, a poll every {options.interval:g} s, each contender for {options.seconds:g} s",
        *[bullet + line for line in machine.describe()],
        "",
        render(HEADER, [cells(row, reference) for row in rows.values()], markdown=markdown),
    ]
    if options.quick:
        parts += ["", "Quick mode: all at once, so that only the running is tested. The figures mean nothing."]
        return "\n".join(parts)
    if reached := bars(rows, options.interval):
        parts += ["", render(BARS_HEADER, reached, markdown=markdown)]
    notes = [f"{bullet}{CONTENDERS[row.name].title}: {note}" for row in rows.values() for note in row.notes()]
    return "\n".join([*parts, "", *notes])


if __name__ == "__main__":
    sys.exit(main())
