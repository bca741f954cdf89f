"""What reading a large result set costs: ours beside linkis-python-sdk, on the same local Linkis.

    python benchmarks/results.py           a million rows
    python benchmarks/results.py --quick   20,000 rows; that it runs

Each way of reading has a process of its own. Memory is the client process's peak above what it had before it read.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import machine
from polling import clean_environment
from tables import render
from taskcenter_sandbox.linkis.server import LinkisServer

READER = Path(__file__).with_name("results_reader.py")
ROWS, QUICK_ROWS = 1_000_000, 20_000
SUBMIT_SECONDS = 300.0

TITLES = {
    "rows": "rows(), typed values, none kept",
    "arrow": "to_arrow()",
    "pandas": "to_pandas()",
    "sdk-rows": "SDK paged by us, texts, none kept",
    "sdk-pandas": "SDK paged by us, its frames joined",
    "sdk": "SDK as it is: the first 5000 rows only",
}
HEADER = ("way", "rows read", "seconds", "rows a second", "CPU s", "peak memory MB")


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the table; 1 if a way failed, or did not read all that it claims to read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the result set (1,000,000)")
    parser.add_argument("--way", action="append", choices=TITLES, help="only this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS} rows: only that it runs")
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    options = parser.parse_args(arguments)
    rows = QUICK_ROWS if options.quick else options.rows
    # In the quick mode all read at once; what is measured there means nothing anyway.
    measured = measure(rows, options.way or list(TITLES), at_once=options.quick)
    bullet = "- " if options.markdown else ""
    for line in (f"A result set of {rows:,} rows and 6 columns; load {machine.load():.1f}", *machine.describe()):
        print(bullet + line)
    print()
    print(render(HEADER, [_cells(way, result) for way, result in measured.items()], markdown=options.markdown))
    print()
    if options.quick:
        print("Quick mode: all at once, so that only the running is tested. The figures mean nothing.")
    print(
        "The SDK reads the first page of a result set and no more; to read all of it we call its own request method "
        "page by page, of 5000 rows as ours."
    )
    short = [way for way, result in measured.items() if way != "sdk" and result["rows"] != rows]
    for way in short:
        print(f"{way} read {measured[way]['rows']} of {rows} rows", file=sys.stderr)
    return 1 if short else 0


def measure(rows: int, ways: list[str], *, at_once: bool) -> dict[str, Mapping[str, Any]]:
    """Make the result set on a local Linkis and read it in each way."""
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as scratch,
        LinkisServer(data_dir=Path(scratch) / "linkis", port=0) as server,
    ):
        environment = {
            **clean_environment(),
            "AIRFLOW_HOME": f"{scratch}/airflow",
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_CONN_LINKIS_DEFAULT": _connection(server.port),
        }
        task_id = _run(environment, "submit", str(rows), str(SUBMIT_SECONDS))
        with ThreadPoolExecutor(len(ways) if at_once else 1) as readers:
            results = readers.map(lambda way: _run(environment, way, str(task_id), server.url), ways)
            return dict(zip(ways, results, strict=True))


def _run(environment: Mapping[str, str], *arguments: str) -> Any:
    print(f"{' '.join(arguments[:1])} ... (load {machine.load():.1f})", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, os.fspath(READER), *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _connection(port: int) -> str:
    fields = {"conn_type": "linkis", "schema": "http", "host": "127.0.0.1", "port": port}
    return json.dumps({**fields, "login": "hadoop", "password": "hadoop", "extra": {"auth": "password"}})


def _cells(way: str, result: Mapping[str, Any]) -> list[str]:
    return [
        TITLES[way],
        f"{result['rows']:,}",
        f"{result['seconds']:.1f}",
        f"{result['rows'] / result['seconds']:,.0f}",
        f"{result['cpu']:.1f}",
        f"{result['bytes'] / 2**20:.0f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
