"""What the way from a POST to a running task costs, beside a hand-written DAG; and what many plans cost.

    python benchmarks/plans.py                  30 runs each, 10,000 plans by `plans apply`, 1,000 more by POST
    python benchmarks/plans.py --quick          3 runs each, 40 and 10 plans; that it runs
    python benchmarks/plans.py --loads          only what many plans cost

A whole Airflow on PostgreSQL, and a local Linkis on which the jobs run.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

import cluster
import machine
from tables import render
from taskcenter_sandbox.deployment import AirflowDeployment
from taskcenter_sandbox.waiting import wait_until

POST_AT_MOST, RUNNING_AT_MOST, LOAD_AT_MOST_MS = 3.0, 1.2, 10.0
CLIENTS = 4
PEER = """\
from airflow.sdk import DAG

from taskcenter.linkis.operators import LinkisOperator

with DAG("peer", schedule=None, catchup=False, is_paused_upon_creation=False):
    LinkisOperator(task_id="run", code="SELECT 1", run_type="sql", engine_type="spark-3.2.1", deferrable={deferrable})
"""
LOADS = '''\
import os
import time
from pathlib import Path

from airflow.sdk import DAG, task


def load(file, dag_id, before=(None, None)):
    """Load a DAG file as a worker does, in the fresh process of a task: once with all imports, then as often as is to be measured."""
    from airflow.dag_processing.dagbag import BundleDagBag

    name = "_AIRFLOW_PARSING_CONTEXT_DAG_ID"
    own = os.environ.pop(name, None)
    if dag_id:
        os.environ[name] = dag_id
    times = []
    for prepare in (None, *before):
        if prepare is not None:
            prepare()
        cpu, start = time.process_time(), time.perf_counter()
        bag = BundleDagBag(
            dag_folder=str(file), bundle_path=Path(file).parent, bundle_name="bench", safe_mode=False, load_op_links=False
        )
        times.append({{"ms": (time.perf_counter() - start) * 1000, "cpu_ms": (time.process_time() - cpu) * 1000}})
        if bag.import_errors or not bag.dags:
            raise RuntimeError(f"{{file}} has not been loaded: {{bag.import_errors}}")
    if own is not None:
        os.environ[name] = own
    return {{"with_imports": times[0], "first": times[-2], "next": times[-1], "dags": len(bag.dags)}}


with DAG("loads", schedule=None, catchup=False, is_paused_upon_creation=False, max_active_tasks=1):

    @task
    def load_peer(_number):
        return load("{peer}", "peer")

    @task
    def load_plan(_number, dag_run=None):
        from taskcenter_plugin.plans import shard_cache
        from taskcenter_plugin.plans.bundle import FILES, PlanBundle, file_of

        def forget():
            for file in shard_cache.directory().glob("*"):
                file.unlink()

        plan = dag_run.conf
        PlanBundle(name="taskcenter_plans", version=plan["version"]).initialize()
        return load(FILES / file_of(plan["shard"]), plan["dag_id"], before=(forget, None))

    @task
    def load_shard(_number, dag_run=None):
        from taskcenter_plugin.plans.bundle import FILES, file_of

        return load(FILES / file_of(dag_run.conf["shard"]), None)

    numbers = list(range({times}))
    load_peer.expand(_number=numbers) >> load_plan.expand(_number=numbers) >> load_shard.expand(_number=numbers[:3])
'''


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few runs, few plans: only that it runs")
    parser.add_argument("--plans", type=int, default=10_000, help="how many are made by `plans apply`")
    parser.add_argument("--posts", type=int, default=1_000, help="how many more are made by POST")
    parser.add_argument("--loads", action="store_true", help="only the part about many plans")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    options = parser.parse_args(arguments)
    runs, times = (3, 2) if options.quick else (30, 15)
    plans, posts = (40, 10) if options.quick else (options.plans, options.posts)
    bullet = "- " if options.markdown else ""
    for line in (f"{runs} runs each, alternating; load {machine.load():.1f}", *machine.describe()):
        print(bullet + line)
    print()
    peer = PEER.format(deferrable=True)
    with cluster.airflow({"peer.py": peer}) as (airflow, url):
        bench = Bench(airflow, url)
        peer_file = airflow.settings.dags_folder / "peer.py"
        (peer_file.parent / "loads.py").write_text(LOADS.format(peer=peer_file, times=times), encoding="utf-8")
        bench.client.headers["Content-Type"] = "application/json"
        airflow.client.wait_for_dags(["peer", "loads"])
        if not options.loads:
            runs_report(bench, runs, markdown=options.markdown)
        many_report(bench, plans, posts, times, markdown=options.markdown)
    return 0


class Bench:
    """A running Airflow, its API and its database."""

    def __init__(self, airflow: AirflowDeployment, database: str) -> None:
        self.airflow = airflow
        self.url = airflow.settings.url
        self.client = cluster.session(airflow)
        self._database = database.replace("+psycopg2", "")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request that must succeed."""
        reply = self.client.post(self.url + path, json=body, timeout=120)
        if not reply.ok:
            raise RuntimeError(f"{path}: {reply.status_code} {reply.text[:1000]}")
        return dict(reply.json())

    def query(self, sql: str, *values: object) -> Any:
        """The first row."""
        with closing(psycopg2.connect(self._database)) as database, database.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()

    def post_plan(self, key: str, *, once: bool = True) -> dict[str, Any]:
        """Create the plan of this key, and run it."""
        body = {
            "entityGroup": "LINKIS",
            "entityKey": key,
            "planItems": [{"triggerType": "ONCE"} if once else {"triggerType": "CRON_JOB", "cronDesc": "0 0 3 * * ?"}],
            "execDetail": {"jobParams": {"code": "SELECT 1", "runType": "sql", "engineType": "spark-3.2.1"}},
        }
        return dict(self.post("/api/schedules", body)["data"])

    def run_of(self, post: Callable[[], tuple[str, str]]) -> tuple[float, float, float]:
        """Post, wait for the run to end: the seconds until the answer, the run's row, and its first task running."""
        began = time.time()
        dag_id, run_id = post()
        answered = time.time() - began
        if self.airflow.client.wait_for_run(dag_id, run_id) != "success":
            raise RuntimeError(f"{dag_id} {run_id} has failed")
        queued, started = self.query(
            "SELECT extract(epoch FROM r.queued_at), (SELECT min(extract(epoch FROM coalesce(h.start_date, t.start_date)))"
            " FROM task_instance t LEFT JOIN task_instance_history h ON h.dag_id = t.dag_id AND h.run_id = t.run_id"
            " WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id)"
            " FROM dag_run r WHERE r.dag_id = %s AND r.run_id = %s",
            dag_id,
            run_id,
        )
        return answered, float(queued) - began, float(started) - began


def runs_report(bench: Bench, runs: int, *, markdown: bool) -> None:
    """Runs by POST of a new plan, of one that there is, and of the hand-written DAG, in turns."""

    def peer() -> tuple[str, str]:
        return "peer", str(bench.post("/api/v2/dags/peer/dagRuns", {"logical_date": None})["dag_run_id"])

    def plan(key: str) -> tuple[str, str]:
        context_id = bench.post_plan(key)["contextId"]
        dag_id, run_id = bench.query("SELECT dag_id, run_id FROM dag_run WHERE id = %s", context_id)
        return str(dag_id), str(run_id)

    for post in (peer, lambda: plan("known")):
        bench.run_of(post)
    measured: dict[str, list[tuple[float, float, float]]] = {"peer": [], "known": [], "new": []}
    for number in range(runs):
        measured["peer"].append(bench.run_of(peer))
        measured["known"].append(bench.run_of(lambda: plan("known")))
        measured["new"].append(bench.run_of(lambda number=number: plan(f"new-{number}")))  # type: ignore[misc]
    names = {
        "peer": "POST /api/v2/dags/{id}/dagRuns",
        "known": "POST of a plan that there is",
        "new": "POST of a new plan",
    }
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in measured.items()
    }
    rows = [[names[name], *(f"{value * 1000:.0f}" for value in values)] for name, values in medians.items()]
    print(render(("medians, ms", "answer", "run's row", "task runs"), rows, markdown=markdown))
    print()
    verdicts = []
    for name in ("known", "new"):
        for what, column, bar in (("the answer", 0, POST_AT_MOST), ("the task running", 2, RUNNING_AT_MOST)):
            share = medians[name][column] / medians["peer"][column]
            verdicts.append(
                [f"{names[name]}: {what}, of the peer's", f"<= {bar:.1f}", f"{share:.2f}", _verdict(share <= bar)]
            )
    print(render(("what is to be reached", "bar", "measured", ""), verdicts, markdown=markdown))
    print()


def many_report(bench: Bench, plans: int, posts: int, times: int, *, markdown: bool) -> None:
    """Many plans: how long they take to be live, what one change touches, what a worker and the DAG processor load."""
    seconds = apply(bench, plans)
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda number: bench.post_plan(f"posted-{number}", once=False), range(posts)))
    posting = time.perf_counter() - began
    live = bench.post_plan("posted-0")
    before = bench.query("SELECT array_agg(revision ORDER BY id) FROM taskcenter_shard")[0]
    bench.post("/api/schedules", {**changed("posted-0"), "planItems": None})
    after = bench.query("SELECT array_agg(revision ORDER BY id) FROM taskcenter_shard")[0]
    touched = sum(old != new for old, new in zip(before, after, strict=True))
    shard, dag_id = bench.query("SELECT shard, dag_id FROM taskcenter_plan WHERE id = %s", live["id"])
    # It is busy with all those plans, and no part of what a worker does.
    bench.airflow.stop_component("dag-processor")
    version = bench.query("SELECT bundle_version FROM dag WHERE dag_id = %s", dag_id)[0]
    run_id = bench.airflow.client.trigger("loads", conf={"shard": shard, "dag_id": dag_id, "version": version})
    if bench.airflow.client.wait_for_run("loads", run_id, timeout_seconds=600) != "success":
        raise RuntimeError("the loads could not be measured")
    loads = {
        name: [bench.airflow.client.xcom("loads", run_id, name, map_index=number) for number in range(count)]
        for name, count in (("load_peer", times), ("load_plan", times), ("load_shard", min(3, times)))
    }

    def median(name: str, which: str, unit: str) -> float:
        return float(statistics.median(each[which][unit] for each in loads[name]))

    rows = [
        [f"{plans:,} plans live by `plans apply`, s", f"{seconds:.0f}", ""],
        [f"{posts:,} more live by POST ({CLIENTS} clients), s", f"{posting:.0f}", ""],
        ["shards that one change touches", str(touched), ""],
    ]
    for what, name, which in (
        (f"parsing one shard ({loads['load_shard'][0]['dags']} plans), ms", "load_shard", "next"),
        ("a worker loads a hand-written DAG file, its imports done, ms", "load_peer", "next"),
        ("a worker loads one plan's DAG, its imports done: the first time on a version, ms", "load_plan", "first"),
        ("the same from the worker's cache, the next times, ms", "load_plan", "next"),
        ("the hand-written one with its imports, ms", "load_peer", "with_imports"),
        ("one plan's with its imports, ms", "load_plan", "with_imports"),
    ):
        rows.append([what, f"{median(name, which, 'ms'):.1f}", f"{median(name, which, 'cpu_ms'):.1f}"])
    print(render((f"with {plans + posts:,} plans", "measured", "of it CPU"), rows, markdown=markdown))
    print()
    verdicts = []
    for what, which in (("the next times on a version", "next"), ("the first time", "first")):
        beyond = median("load_plan", which, "ms") - median("load_peer", "next", "ms")
        reached = _verdict(beyond <= LOAD_AT_MOST_MS)
        verdicts.append(
            [f"worker's load beyond Airflow's own, ms: {what}", f"<= {LOAD_AT_MOST_MS:.0f}", f"{beyond:.1f}", reached]
        )
    verdicts.append(["shards that one change touches", "1", str(touched), _verdict(touched == 1)])
    print(render(("what is to be reached", "bar", "measured", ""), verdicts, markdown=markdown))


def changed(key: str) -> dict[str, Any]:
    """A request that changes what a plan runs."""
    return {"entityGroup": "LINKIS", "entityKey": key, "execDetail": {"jobParams": {"code": f"SELECT {time.time()}"}}}


def apply(bench: Bench, plans: int) -> float:
    """Make plans by ``airflow taskcenter plans apply``; the seconds that the command took."""
    file = Path(bench.airflow.settings.home) / "many.yaml"
    plan = (
        "- entityGroup: LINKIS\n  entityKey: many-{0}\n  planItems: [{{triggerType: CRON_JOB, cronDesc: 0 0 3 * * ?}}]\n"
        "  execDetail: {{jobParams: {{code: 'SELECT {0}', runType: sql, engineType: spark-3.2.1}}}}\n"
    )
    file.write_text("".join(plan.format(number) for number in range(plans)), encoding="utf-8")
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "taskcenter", "plans", "apply", str(file)],
        env=bench.airflow.settings.environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"plans apply failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    seconds = time.perf_counter() - began
    wait_until(
        lambda: (
            bench.query("SELECT count(*) FROM dag WHERE dag_id LIKE 'plan.LINKIS.many-%%' AND NOT is_stale")[0] == plans
        ),
        what="all plans to be DAGs",
        timeout_seconds=5,
    )
    return seconds


def _verdict(reached: bool) -> str:
    return "reached" if reached else "SHORT"


if __name__ == "__main__":
    sys.exit(cluster.run(main))
