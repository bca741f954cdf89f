"""What many plans and waiting jobs ask of a distributed Airflow, and whether the fires of a minute are on time.

    python benchmarks/load.py            2,000 waiting jobs; 1,000 plans, then 10,000
    python benchmarks/load.py --quick    20 waiting jobs; 30 plans; that it runs

PostgreSQL, Redis, two api-servers behind HAProxy, two schedulers, two DAG processors, a triggerer, two Celery workers, all on
this machine: what `make cluster` starts. The waiting jobs are of a mock of Linkis that never ends them; the plans' jobs run on a
local Linkis.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg2

import cluster
import machine
from component_costs import Costs, Snapshot
from jobs import Jobs, exec_id
from tables import render
from taskcenter_sandbox.deployment import AirflowDeployment, DeploymentSettings
from taskcenter_sandbox.deployment import cluster as distributed
from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.waiting import wait_until

LATE_AT_MOST_SECONDS = 5.0
TASKS_EACH = 100
"""Waiting tasks of a DAG."""

WAITING = """\
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

for _number in range({dags}):
    with DAG(f"waiting_{{_number}}", schedule=None, catchup=False, is_paused_upon_creation=False, max_active_tasks={tasks}):
        for _task in range({tasks}):
            EmptyOperator(task_id=f"task_{{_task}}", pool="parked", execution_timeout=None, on_success_callback=print)
"""

DEFER = """\
import json
import sys

from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.utils.session import create_session
from sqlalchemy import select

from taskcenter.linkis.triggers import LinkisTrigger

jobs = json.load(sys.stdin)
with create_session() as session:
    parked = list(session.scalars(select(TaskInstance).where(TaskInstance.pool == "parked")))
    for task, (job, exec_id, deadline) in zip(parked, jobs, strict=True):
        trigger = Trigger.from_object(
            LinkisTrigger(
                conn_id="waiting",
                job={"id": str(job), "handle": {"exec_id": exec_id}},
                deadline=deadline,
                poll_interval_seconds=5.0,
                owns_job=True,
            )
        )
        session.add(trigger)
        session.flush()
        task.trigger_id, task.state, task.next_method = trigger.id, "deferred", "execute_complete"
"""


@dataclass(frozen=True)
class Size:
    """How much is measured.

    :param jobs: that are waited for
    :param plans: how many there are, first and last
    :param spread: plans that fire within ``seconds``, evenly
    :param together: plans that fire in the same second
    :param seconds: how long each part is measured
    :param grace: seconds after the last fire in which a run that comes twice would come
    """

    jobs: int
    plans: tuple[int, ...]
    spread: int
    together: int
    seconds: float
    grace: float


WHOLE = Size(jobs=2_000, plans=(1_000, 10_000), spread=60, together=100, seconds=60, grace=20)
QUICK = Size(jobs=20, plans=(30,), spread=5, together=5, seconds=5, grace=3)


@dataclass(frozen=True)
class Fires:
    """What has become of plans that were to fire.

    :param late: of each run, the seconds from its fire to its row
    :param started: of each run, the seconds from its fire to its first task's start
    :param missing: fires without a run
    :param twice: runs beyond the first of a fire
    """

    late: list[float]
    started: list[float]
    missing: int
    twice: int


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few plans and jobs: only that it runs")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    options = parser.parse_args(arguments)
    size = QUICK if options.quick else WHOLE
    bullet = "- " if options.markdown else ""
    for line in (
        f"{size.jobs:,} jobs are waited for, asked after every 5 s; load before {machine.load():.1f}",
        *machine.describe(),
    ):
        print(bullet + line)
    print()
    costs: dict[str, Costs] = {}
    fires: dict[str, Fires] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, running(Path(directory), size) as bench:
        bench.wait_for_jobs(size)
        for plans in size.plans:
            bench.apply(plans)
            bench.settle()
            costs[f"{plans:,} plans"] = bench.watch(size.seconds)
            name = f"{plans:,} plans, {size.spread} fires in {size.seconds:.0f} s"
            fires[name], costs[name] = bench.fire(size.spread, within=size.seconds, size=size)
            bench.settle()
            name = f"{plans:,} plans, {size.together} fires at once"
            fires[name], _ = bench.fire(size.together, within=0, size=size)
    report(costs, fires, markdown=options.markdown)
    return 0


@contextmanager
def running(home: Path, size: Size) -> Iterator[Bench]:
    """The distributed Airflow with its servers."""
    (home / "dags").mkdir()
    (home / "dags" / "waiting.py").write_text(waiting_file(size), encoding="utf-8")
    mock = [sys.executable, str(Path(__file__).parent / "mock_linkis.py"), f"--jobs={size.jobs}"]
    with (
        distributed.backends() as backends,
        LinkisServer(data_dir=home / "linkis", port=0) as linkis,
        subprocess.Popen(mock, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None
        ports = {"linkis_default": linkis.port, "waiting": int(server.stdout.readline())}
        login = {"conn_type": "linkis", "schema": "http", "host": "127.0.0.1", "login": "hadoop", "password": "hadoop"}
        settings = DeploymentSettings(
            home=home / "airflow",
            dags_folder=home / "dags",
            environment={
                f"AIRFLOW_CONN_{name.upper()}": json.dumps({**login, "port": port}) for name, port in ports.items()
            },
            config={
                **distributed.CONFIG,
                "dag_processor": {
                    "dag_bundle_config_list": json.dumps(distributed.BUNDLES),
                    # So that each minute has a round through all plans; docs/operations/sizing.md advises 600.
                    "min_file_process_interval": 60,
                },
                "scheduler": {
                    **distributed.CONFIG["scheduler"],
                    "max_dagruns_to_create_per_loop": 50,
                    "max_dagruns_per_loop_to_schedule": 50,
                },
                "triggerer": {"capacity": 5_000},
            },
            **backends.settings,
        )
        with AirflowDeployment(settings) as deployment:
            yield Bench(deployment, backends)
        assert server.stdin is not None
        server.stdin.close()


def waiting_file(size: Size) -> str:
    """A DAG file whose tasks wait for all jobs of the mock."""
    tasks = min(TASKS_EACH, size.jobs)
    return WAITING.format(dags=-(-size.jobs // tasks), tasks=tasks)


class Bench:
    """The running Airflow, its plans and its database."""

    def __init__(self, airflow: AirflowDeployment, backends: distributed.Backends) -> None:
        self.airflow = airflow
        self._backends = backends
        self._database = backends.database_url.replace("+psycopg2", "")

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows."""
        with closing(psycopg2.connect(self._database)) as database, database.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def wait_for_jobs(self, size: Size) -> None:
        """Have tasks that wait for all jobs of the mock, and wait until the triggerer has them.

        As if each had been deferred by its worker, which would take half an hour here: the scheduler makes the task instances,
        in a pool without room, and their triggers are written into the database.
        """
        dags = [f"waiting_{number}" for number in range(-(-size.jobs // min(TASKS_EACH, size.jobs)))]
        self.airflow.client.request("POST", "pools", json={"name": "parked", "slots": 0, "include_deferred": False})
        self.airflow.client.wait_for_dags(dags)
        for dag_id in dags:
            self.airflow.client.trigger(dag_id)
        parked = "SELECT count(*) FROM task_instance WHERE pool = 'parked' AND state = 'scheduled'"
        wait_until(
            lambda: self.query(parked)[0][0] == size.jobs,
            what="the tasks",
            timeout_seconds=300,
            poll_seconds=1,
            last_seen=lambda: str(self.query("SELECT state, count(*) FROM task_instance GROUP BY 1")),
        )
        jobs = [(job, exec_id(job), time.time() + 86_400) for job in Jobs(size.jobs).ids]
        self._python(["-c", DEFER], input=json.dumps(jobs))
        wait_until(
            lambda: self.query("SELECT count(*) FROM trigger WHERE triggerer_id IS NOT NULL")[0][0] == size.jobs,
            what="the triggerer to have all jobs",
            timeout_seconds=300,
            poll_seconds=1,
        )

    def apply(self, plans: int) -> None:
        """Have so many plans, which fire once a day each, half a day away from now."""
        away = datetime.now(timezone.utc) + timedelta(hours=8)

        def cron(number: int) -> str:
            fire = away + timedelta(seconds=number * 8 * 3600 / plans)
            return f"{fire.second} {fire.minute} {fire.hour} * * ?"

        self._apply([(f"many-{number}", cron(number)) for number in range(plans)])

    def _apply(self, plans: Sequence[tuple[str, str]]) -> None:
        file = self.airflow.settings.home / "many.yaml"
        plan = (
            "- entityGroup: LINKIS\n  entityKey: {0}\n  planItems: [{{triggerType: CRON_JOB, cronDesc: '{1}', timeZone: UTC}}]\n"
            "  execDetail: {{jobParams: {{code: 'SELECT 1', runType: sql, engineType: spark-3.2.1}}}}\n"
        )
        file.write_text("".join(plan.format(*each) for each in plans), encoding="utf-8")
        self._python(["-m", "airflow", "taskcenter", "plans", "apply", str(file)])

    def _python(self, arguments: Sequence[str], **options: Any) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.airflow.settings.environ(),
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        if done.returncode:
            raise RuntimeError(f"{arguments[:4]} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")

    def settle(self) -> None:
        """Wait until no run of a plan goes on."""
        goes_on = "SELECT count(*) FROM dag_run WHERE state IN ('queued', 'running') AND dag_id LIKE 'plan.%%'"
        wait_until(lambda: self.query(goes_on)[0][0] == 0, what="runs to end", timeout_seconds=900, poll_seconds=1)

    def snapshot(self) -> Snapshot:
        """What all components have cost so far."""
        servers = {"PostgreSQL": self._backends.postgres.pid, "Redis": self._backends.redis.pid}
        [figures] = self.query(
            "SELECT xact_commit + xact_rollback, blks_hit + blks_read, tup_returned, numbackends,"
            " pg_database_size(datname) FROM pg_stat_database WHERE datname = current_database()"
        )
        return Snapshot.take(self.airflow, servers, figures)

    def watch(self, seconds: float) -> Costs:
        """What the components cost for so long."""
        before = self.snapshot()
        time.sleep(seconds)
        return self.snapshot().since(before)

    def fire(self, count: int, *, within: float, size: Size) -> tuple[Fires, Costs]:
        """Have some plans fire soon, and wait until their runs have ended.

        :param within: the seconds over which they are spread evenly; 0 for all in the same second
        """
        margin = timedelta(seconds=10 + count // 10)  # whole seconds, as crons have them
        for _ in range(4):
            start = datetime.now(timezone.utc).replace(microsecond=0) + margin
            moments = [start + timedelta(seconds=int(number * within / count)) for number in range(count)]
            self._apply(
                [
                    (f"many-{number}", f"{moment.second} {moment.minute} {moment.hour} * * ?")
                    for number, moment in enumerate(moments)
                ]
            )
            if datetime.now(timezone.utc) < start - timedelta(seconds=3):
                break
            margin *= 2  # until then all must have been changed
        else:
            raise RuntimeError("the plans could not be stored in time to fire")
        time.sleep(max(0.0, start.timestamp() - time.time()))
        costs = self.watch(size.seconds)
        rows = (
            "SELECT r.dag_id, extract(epoch FROM r.queued_at), (SELECT min(extract(epoch FROM coalesce(h.start_date,"
            " t.start_date))) FROM task_instance t LEFT JOIN task_instance_history h ON h.dag_id = t.dag_id AND"
            " h.run_id = t.run_id WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id), r.state FROM dag_run r"
            " WHERE r.dag_id LIKE 'plan.%%' AND r.logical_date >= %s ORDER BY r.id"
        )

        def ended() -> bool:
            over = datetime.now(timezone.utc) > moments[-1] + timedelta(seconds=size.grace)
            return over and all(row[3] in ("success", "failed") for row in self.query(rows, start))

        wait_until(ended, what="the fires' runs to end", timeout_seconds=1200, poll_seconds=1)
        runs = self.query(rows, start)
        due = {f"plan.LINKIS.many-{number}": moment.timestamp() for number, moment in enumerate(moments)}
        seen = {row[0] for row in runs}
        fires = Fires(
            late=[float(queued) - due[dag_id] for dag_id, queued, _, _ in runs],
            started=[float(began) - due[dag_id] for dag_id, _, began, _ in runs if began is not None],
            missing=len(due.keys() - seen),
            twice=len(runs) - len(seen),
        )
        return fires, costs


def report(costs: dict[str, Costs], fires: dict[str, Fires], *, markdown: bool) -> None:
    """Print what was measured."""
    names = list(costs)
    first = costs[names[0]]
    for what, figure in (
        ("memory, MB", lambda each, part: f"{each.memory_mb[part]:.0f}"),
        ("% of a core", lambda each, part: f"{each.cores[part] * 100:.1f}"),
    ):
        rows = [[part, *(figure(costs[name], part) for name in names)] for part in first.cores]
        print(render((what, *names), rows, markdown=markdown))
        print()
    database = [[what, *(f"{costs[name].database[what]:,.0f}" for name in names)] for what in first.database]
    print(render(("PostgreSQL", *names), database, markdown=markdown))
    print()
    lates = [
        [
            name,
            str(len(each.late)),
            str(each.missing),
            str(each.twice),
            *(f"{figure:.1f}" for figure in (statistics.median(each.late), max(each.late))),
            *(f"{figure:.1f}" for figure in (statistics.median(each.started), max(each.started))),
        ]
        for name, each in fires.items()
    ]
    header = ("", "runs", "missing", "twice", "s late, median", "most", "s to the first task, median", "most")
    print(render(header, lates, markdown=markdown))
    print()
    verdicts = []
    for name, each in fires.items():
        whole = not each.missing and not each.twice and max(each.late) <= LATE_AT_MOST_SECONDS
        bar = f"all, once, <= {LATE_AT_MOST_SECONDS:.0f} s late"
        verdicts.append([name, bar, f"{max(each.late):.1f} s", "reached" if whole else "SHORT"])
    print(render(("what is to be reached", "bar", "measured", ""), verdicts, markdown=markdown))


if __name__ == "__main__":
    sys.exit(cluster.run(main))
