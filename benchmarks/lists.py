"""What a page of plans and of executions costs at two sizes, beside Airflow's own pages of DAGs and of DAG runs.

Also plans in other orders, further on, and narrowed.

    python benchmarks/lists.py            1,000 plans with 10,000 runs, then 100,000 with 1,000,000
    python benchmarks/lists.py --quick    100 and 300 plans; that it runs

On PostgreSQL, one api-server. One plan is created over HTTP, the others are copies of its rows.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg2
import requests

import cluster
import machine
from tables import render
from taskcenter_sandbox.waiting import wait_until

PAGES = {
    "/api/schedules?limit=10": "/api/v2/dags?limit=10",
    "/api/contexts?limit=10": "/api/v2/dags/~/dagRuns?limit=10&order_by=-id",
}
ORDERS = [f"{sign}{name}" for name in ("name", "updatedAt", "nextStartAt", "startAt", "costTime") for sign in ("", "-")]
FILTERS = (
    "q=copied-{last}",
    "q=copied",
    "q=nothing",
    "entityGroup=NOTEBOOK",
    "entityCreatedByList=1",
    "entityCreatedByList=2",
    "enabled=true",
    "enabled=false",
    "jobStatusList=SUCCESSFUL",
    "jobStatusList=FAILED",
    "jobStatusList=RUNNING",
    "jobStatusList=NONE",
    "jobStatusList=FAILED&q=9&sort=name",
    "jobStatusList=SUCCESSFUL&sort=-nextStartAt",
    "offset={middle}",
    "offset={last}",
    "offset={middle}&sort=name",
    "offset={middle}&sort=nextStartAt",
    "offset={last}&sort=nextStartAt",
    "offset={middle}&sort=-startAt",
)
WAYS = (*(f"sort={order}" for order in ORDERS), *FILTERS)
RUNS_EACH = 10
AT_ONCE = 4
PAGE_SECONDS, LEAST_REQUESTS = 20.0, 20
"""A slow page is asked for less often."""

SLOWER_AT_MOST = 1.5
SLOWER_WAY_AT_MOST = 3.0
"""Of the time of the first plans by their ids."""

PLAN = {
    "entityGroup": "LINKIS",
    "entityKey": "copied",
    "planItems": [{"triggerType": "CRON_JOB", "cronDesc": "0 0 3 * * ?"}, {"triggerType": "ONCE"}],
    "execDetail": {"jobParams": {"code": "SELECT 1"}},
}
Times = Mapping[str, tuple[list[float], float]]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few plans, few requests: only that it runs")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    options = parser.parse_args(arguments)
    sizes, requests_each = ((100, 300), 20) if options.quick else ((1_000, 100_000), 300)
    bullet = "- " if options.markdown else ""
    for line in (
        f"Up to {requests_each} requests a page, one after another; load {machine.load():.1f}",
        *machine.describe(),
    ):
        print(bullet + line)
    print()
    measured: dict[int, Times] = {}
    with cluster.airflow({}, only=["api-server", "dag-processor"]) as (airflow, url):
        client = cluster.session(airflow)
        post(client, airflow.settings.url)
        airflow.stop_component("dag-processor")
        for size in sizes:
            with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as database:
                database.autocommit = True
                copy_rows(database, size)
                database.cursor().execute("VACUUM ANALYZE")
            pages = dict.fromkeys((page for pair in PAGES.items() for page in pair), requests_each)
            pages |= dict.fromkeys((page_of(way, size) for way in WAYS), requests_each // 5)
            measured[size] = {
                page: measure(client, airflow.settings.url + page, count) for page, count in pages.items()
            }
    report(measured, markdown=options.markdown)
    report_ways(measured, markdown=options.markdown)
    return 0


def page_of(way: str, plans: int) -> str:
    """The page of plans in an order, or narrowed."""
    return f"{next(iter(PAGES))}&{way.format(last=plans - 1, middle=plans // 2)}"


def post(client: requests.Session, url: str) -> None:
    """Create the plan that the others are copies of."""

    def accepted() -> bool:
        reply = client.post(f"{url}/api/schedules", json=PLAN, timeout=60)
        if reply.status_code == requests.codes.service_unavailable:
            return False  # the DAG processor has not made the bundle's row yet
        reply.raise_for_status()
        return True

    wait_until(accepted, what="the plan to be accepted", timeout_seconds=60)


def copy_rows(database: Any, plans: int, *, runs_each: int = RUNS_EACH) -> None:
    """Copy the rows of the first plan until there are so many plans, each with its runs.

    Every twentieth plan's newest run has failed, every thousandth's goes on.
    """
    cursor = database.cursor()
    cursor.execute("SELECT id, dag_id FROM taskcenter_plan ORDER BY id LIMIT 1")
    first, dag_id = cursor.fetchone()
    cursor.execute("SELECT count(*), max(id) FROM taskcenter_plan")
    begin, _ = cursor.fetchone()
    numbers = f"generate_series({begin}, {plans - 1}) AS n"
    name, key = f"'{dag_id}-' || n", "'copied-' || n"
    plan, revision = "1000000 + n", "1000000 + n"
    # A quarter of them is never due, and many are due at once.
    due = "CASE WHEN n % 4 = 0 THEN NULL ELSE now() + n % 97 * interval '1 hour' END"
    copy(cursor, "dag", {"dag_id": name, "next_dagrun_create_after": due}, numbers, f"dag_id = '{dag_id}'")
    new = {"id": plan, "dag_id": name, "entity_key": key, "revision": revision, "shard": "n % 32"}
    new |= {"sort_title": "'linkis copied-' || n", "search_text": f"{key} || E'\\nlinkis\\nlinkis ' || {key}"}
    new |= {"updated_at": "now() - n % 991 * interval '1 minute'"}
    copy(cursor, "taskcenter_plan", new, numbers, f"id = {first}")
    latest = f"id = (SELECT revision FROM taskcenter_plan WHERE id = {first})"
    copy(cursor, "taskcenter_plan_revision", {"id": revision, "plan_id": plan}, numbers, latest)
    copy(cursor, "taskcenter_plan_item", {"id": plan, "plan_id": plan}, numbers, f"plan_id = {first} AND kept")
    each = f"{numbers}, generate_series(1, {runs_each}) AS r"
    newest = f"r = {runs_each} AND n % 1000 = 7"
    run = {
        "id": f"1000000 + n * {runs_each} + r",
        "dag_id": name,
        "run_id": "'manual__' || r",
        "logical_date": "now() - r * interval '1 hour'",
        "state": f"CASE WHEN {newest} THEN 'running' WHEN n % 20 = 1 THEN 'failed' ELSE 'success' END",
        "start_date": "now() - (n * 7919 % 100003) * interval '1 second'",
        "end_date": f"CASE WHEN NOT ({newest}) THEN now() - (n * 7919 % 100003 - n % 3600) * interval '1 second' END",
    }
    copy(cursor, "dag_run", run, each, f"id = (SELECT min(id) FROM dag_run WHERE dag_id = '{dag_id}')")


def copy(cursor: Any, table: str, new: Mapping[str, str], numbers: str, template: str) -> None:
    """Insert copies of one row.

    :param new: SQL expressions of ``n`` for the columns that differ
    """
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    columns = [name for (name,) in cursor.fetchall()]
    values = ", ".join(new.get(name, f't."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    one = f"SELECT * FROM {table} WHERE {template} LIMIT 1"
    cursor.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM ({one}) AS t, {numbers}")


def measure(client: requests.Session, url: str, count: int) -> tuple[list[float], float]:
    """The seconds of each request, in order of size, and the requests a second of several clients."""

    def fetch() -> float:
        start = time.perf_counter()
        reply = client.get(url, timeout=60)
        reply.raise_for_status()
        return time.perf_counter() - start

    for _ in range(3):
        fetch()
    times: list[float] = []
    while len(times) < count and (len(times) < LEAST_REQUESTS or sum(times) < PAGE_SECONDS):
        times.append(fetch())
    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as clients:
        list(clients.map(lambda _: fetch(), times))
    return sorted(times), len(times) / (time.perf_counter() - start)


def report(measured: Mapping[int, Times], *, markdown: bool) -> None:
    """Print what was measured, and what was to be reached."""
    rows = []
    for page in (page for pair in PAGES.items() for page in pair):
        for size, pages in measured.items():
            times, rate = pages[page]
            p99 = times[int(len(times) * 0.99)]
            cells = (statistics.median(times) * 1000, p99 * 1000, rate)
            rows.append([page, f"{size:,}", *(f"{cell:.1f}" for cell in cells)])
    header = ("page", "plans", "p50 ms", "p99 ms", f"requests/s, {AT_ONCE} clients")
    print(render(header, rows, markdown=markdown))
    print()
    small, large = measured
    verdicts = []
    for ours, theirs in PAGES.items():
        medians = {
            (page, size): statistics.median(measured[size][page][0]) for page in (ours, theirs) for size in measured
        }
        for size in measured:
            share = medians[ours, size] / medians[theirs, size]
            verdicts.append([f"{ours}, of the peer's, {size:,} plans", "< 1.00", f"{share:.2f}", _verdict(share < 1)])
        growth = medians[ours, large] / medians[ours, small]
        verdicts.append(
            [
                f"{ours}, large of small",
                f"<= {SLOWER_AT_MOST:.2f}",
                f"{growth:.2f}",
                _verdict(growth <= SLOWER_AT_MOST),
            ]
        )
    print(render(("what is to be reached (medians)", "bar", "measured", ""), verdicts, markdown=markdown))


def report_ways(measured: Mapping[int, Times], *, markdown: bool) -> None:
    """The same of the orders and of what plans are narrowed by."""
    verdicts = []
    for way in WAYS:
        for size, pages in measured.items():
            median, first = (statistics.median(pages[page][0]) for page in (page_of(way, size), next(iter(PAGES))))
            share = median / first
            cells = [f"{median * 1000:.1f}", f"<= {SLOWER_WAY_AT_MOST:.2f}", f"{share:.2f}"]
            verdicts.append(
                [page_of(way, size).split("&", 1)[1], f"{size:,}", *cells, _verdict(share <= SLOWER_WAY_AT_MOST)]
            )
    print()
    header = ("/api/schedules?limit=10&...", "plans", "p50 ms", "bar", "of the time without", "")
    print(render(header, verdicts, markdown=markdown))


def _verdict(reached: bool) -> str:
    return "reached" if reached else "SHORT"


if __name__ == "__main__":
    sys.exit(cluster.run(main))
