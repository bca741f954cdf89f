"""Plans under a whole Airflow: they run at once, on time, after one another, and finish on what they started with."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pendulum
import pytest

from support.plans_over_http import DISTRIBUTED, ENDED, TaskCenter, running_jobs, stored, waits_for
from taskcenter_plugin.plans import shard_cache
from taskcenter_plugin.plans.document import shard_of
from taskcenter_sandbox.deployment import AirflowDeployment, wait_until
from taskcenter_sandbox.deployment.instances import kind_of

pytestmark = pytest.mark.cluster if DISTRIBUTED else pytest.mark.e2e


def test_a_plan_is_run_at_once_and_gives_its_log_and_its_rows(center):
    run = center.once("now", "SELECT 1 AS one, 'x' AS letter", sync=True)
    assert run["jobStatus"] == "SUCCESSFUL"
    context = center.context(run["contextId"])
    assert (context["jobStatus"], context["planItem"]["triggerType"]) == ("SUCCESSFUL", "ONCE")
    assert context["heartbeatTime"]
    assert center.result(run["contextId"]) == [[1, "x"]]
    [log] = center("GET", f"/api/contexts/{run['contextId']}/logs")["data"]
    assert log["subKey"] == "run"
    assert any("Submitted job" in line for line in log["logs"])


def test_what_is_sent_is_data_and_never_rendered(center):
    run = center.once("data", "SELECT '{{ 7 * 7 }}' AS text", sync=True)
    assert center.result(run["contextId"]) == [["{{ 7 * 7 }}"]]


def test_a_failing_plan_says_why(center):
    run = center.once("broken", "SELECT * FROM no_such_table", sync=True)
    assert run["jobStatus"] == "FAILED"
    [log] = center("GET", f"/api/contexts/{run['contextId']}/logs")["data"]
    assert any("no_such_table" in line for line in log["logs"])


def test_the_next_task_on_the_same_version_finds_its_plan_on_the_worker(plans_airflow, center, monkeypatch):
    storage = plans_airflow.settings.config["dag_processor"]["dag_bundle_storage_path"]
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", storage)
    with stored(center, "kept"):
        plan = center.post("kept", None, "SELECT 'kept'")
        dag = f"dags/{plan['dagId']}"
        posted = plans_airflow.client.request("GET", dag)["bundle_version"]
        wait_until(
            lambda: plans_airflow.client.request("GET", dag)["bundle_version"] != posted,
            what="the DAG processor's version",
            timeout_seconds=90,
        )
        shard, runs, kept = shard_of(plan["id"]), [], []
        for _ in range(2):
            run = plans_airflow.client.trigger(plan["dagId"])
            assert plans_airflow.client.wait_for_run(plan["dagId"], run) == "success"
            runs.append(plans_airflow.client.request("GET", f"{dag}/dagRuns/{run}")["bundle_version"])
            kept.append((shard_cache.directory() / f"shard_{shard:02d}").stat().st_mtime_ns)
        assert len(set(runs)) == len(set(kept)) == 1  # who reads the Variable writes the file
        assert runs[0] in shard_cache.read(shard).versions


def test_a_cron_in_seconds_loses_no_fire_and_doubles_none(center):
    cron = {"triggerType": "CRON_JOB", "cronDesc": "0/10 * * * * ?", "timeZone": "Asia/Shanghai"}
    with stored(center, "often"):
        center.post("often", [cron, {**cron, "cronDesc": "0/20 * * * * ?", "timeZone": "UTC"}], "SELECT 1")
        wait_until(lambda: len(center.contexts("often")) >= 4, what="four fires", timeout_seconds=90)
        runs = [context["dagRunId"] for context in center.contexts("often")]
    assert len(set(runs)) == len(runs)
    moments = sorted(datetime.fromisoformat(run.removeprefix("scheduled__")) for run in runs)
    assert {(later - earlier).seconds for earlier, later in itertools.pairwise(moments)} == {10}


@pytest.mark.skipif(not DISTRIBUTED, reason="seen on Airflow 3.3")
@pytest.mark.parametrize("down", [["scheduler"], ["scheduler", "dag-processor"]], ids=" and ".join)
def test_after_a_downtime_all_missed_fires_are_one_run(plans_airflow, center, down):
    key = f"missing-{len(down)}"
    with stored(center, key):
        center.post(key, [{"triggerType": "CRON_JOB", "cronDesc": "0/5 * * * * ?"}], "SELECT 1")
        wait_until(lambda: center.contexts(key), what="a first fire", timeout_seconds=60)
        killed = [component for component in plans_airflow.components if kind_of(component) in down]
        for component in killed:
            plans_airflow.kill(component)
        before = fires_of(plans_airflow, key)
        back = time.time() + plans_airflow.settings.config["taskcenter"]["missed_fire_seconds"] + 10
        wait_until(lambda: time.time() > back, what="the downtime to pass", timeout_seconds=60)
        for component in killed:
            plans_airflow.start_component(component)

        def new_fires() -> list[tuple[float, float]]:
            return fires_of(plans_airflow, key)[len(before) :]

        wait_until(lambda: len(new_fires()) >= 4, what="four new runs", timeout_seconds=90)
        (first, last), *later = new_fires()
        assert first == before[-1][1] + 5
        assert last > back - 5
        assert later == [(last + 5 * number, last + 5 * number) for number in range(1, len(later) + 1)]
        plans_airflow.wait_healthy()


def fires_of(airflow: AirflowDeployment, key: str) -> list[tuple[float, float]]:
    """Of each run of a plan's schedule, in order, the first and the last fire that it stands for."""
    path = f"dags/plan.LINKIS.{key}/dagRuns"
    runs = airflow.client.request("GET", path, params={"order_by": "logical_date", "limit": 100})["dag_runs"]
    ends = [(run["data_interval_start"], run["data_interval_end"]) for run in runs if run["run_type"] == "scheduled"]
    return [(pendulum.parse(start).timestamp(), pendulum.parse(end).timestamp()) for start, end in ends]


def test_each_finish_starts_each_dependent_once_also_by_hand_and_after_a_failure(plans_airflow, center):
    with stored(center, "up", "down", "fails"):
        center.post("down", waits_for("up", "fails"), "SELECT 'down'")
        ups = [center.once("up", "SELECT 'up'")["contextId"] for _ in range(3)]
        failed = center.once("fails", "SELECT nothing FROM nowhere")
        for context_id in [*ups, failed["contextId"]]:
            center.wait_for_status(context_id, "SUCCESSFUL", "FAILED")
        by_hand = plans_airflow.client.trigger("plan.LINKIS.up")
        plans_airflow.client.wait_for_run("plan.LINKIS.up", by_hand)
        wait_until(lambda: len(center.contexts("down")) >= 5, what="five dependent runs", timeout_seconds=60)
        for each in center.contexts("down"):
            center.wait_for_status(each["id"], "SUCCESSFUL")
        assert len(center.contexts("down")) == 5
        assert {each["planItem"]["triggerType"] for each in center.contexts("down")} == {"DEPENDENCY"}


@pytest.mark.skipif(
    not DISTRIBUTED, reason="Airflow 3.2 marks tasks in a session of their own, for which SQLite has no room"
)
def test_fifty_runs_that_end_at_once_start_fifty_dependent_runs(plans_airflow, center):
    with stored(center, "many", "each"):
        center.post("each", waits_for("many"), "SELECT 1")
        center("POST", f"/api/schedules/{center.post('many', None, 'SELECT 2')['id']}/disable")
        runs = [plans_airflow.client.trigger("plan.LINKIS.many") for _ in range(50)]
        with ThreadPoolExecutor(10) as users:
            list(users.map(lambda run: plans_airflow.client.set_run_state("plan.LINKIS.many", run, "success"), runs))
        wait_until(lambda: len(center.contexts("each")) >= 50, what="fifty dependent runs", timeout_seconds=60)
        assert len(center.contexts("each")) == 50


def test_cancel_stops_the_remote_job_and_is_no_failure(center, plans_linkis):
    with stored(center, "long", "after"):
        center.post("after", waits_for("long"), "SELECT 1")
        run = center.once("long", "sleep 300", params={"runType": "shell", "engineType": "shell-1"})
        wait_until(lambda: running_jobs(plans_linkis, "sleep 300"), what="the job to run", timeout_seconds=60)
        center("PUT", f"/api/schedules/{run['id']}/cancel", {})
        assert center.context(run["contextId"])["jobStatus"] == "CANCELLED"
        wait_until(lambda: not running_jobs(plans_linkis, "sleep 300"), what="the job to be killed", timeout_seconds=60)
        assert center.contexts("after") == []


def test_a_plan_that_is_changed_while_it_runs_finishes_on_what_it_started_with(center):
    shell = {"runType": "shell", "engineType": "shell-1"}
    with stored(center, "changing"):
        # The first try fails after a while, so that its second try starts after the change.
        body = {
            "entityGroup": "LINKIS",
            "entityKey": "changing",
            "planItems": [{"triggerType": "ONCE"}],
            "execDetail": {"jobParams": {"code": "sleep 5; echo old; exit 1", **shell}, "retryTimes": 1},
        }
        run = center("POST", "/api/schedules", body)["data"]
        center.wait_for_status(run["contextId"], "RUNNING")
        changed = {**body, "planItems": None}
        changed["execDetail"] = {"jobParams": {"code": "echo new", **shell}, "retryTimes": 0}
        center("POST", "/api/schedules", changed)
        old = center.wait_for_status(run["contextId"], *ENDED)
        assert old["jobStatus"] == "FAILED"  # both tries ran the code that fails
        assert "old" in old["execDetail"]["jobParams"]["code"]
        new = center.once("changing", sync=True)
        assert new["jobStatus"] == "SUCCESSFUL"


@pytest.mark.skipif(DISTRIBUTED, reason="the distributed Airflow has tests of its own for that")
def test_a_plan_and_its_run_outlive_the_death_of_every_component(plans_airflow, center, plans_linkis, tmp_path):
    end = tmp_path / "end"
    code = f"until [ -e '{end}' ]; do sleep 0.2; done; echo through"
    with stored(center, "stays"):
        running = center.once("stays", code, params={"runType": "shell", "engineType": "shell-1"})
        wait_until(lambda: running_jobs(plans_linkis, code), what="the job to run", timeout_seconds=60)
        for component in plans_airflow.components:
            plans_airflow.restart(component)
        fresh = TaskCenter(plans_airflow)
        assert plans_airflow.client.import_errors() == []
        end.touch()
        assert fresh.wait_for_status(running["contextId"], *ENDED)["jobStatus"] == "SUCCESSFUL"
        assert fresh.once("stays", "SELECT 'stays'", sync=True)["jobStatus"] == "SUCCESSFUL"


def test_a_data_set_is_refreshed_from_where_its_last_good_run_began(center):
    entity = {"definition": {"code": "SELECT '${last_success}' AS since"}, "updateMethod": "INCREMENTAL"}
    center("PUT", "/api/entities/DATASET/1-2", entity)
    refresh = {
        "entityGroup": "DATASET",
        "entityKey": "1-2",
        "planItems": [{"triggerType": "ONCE"}],
        "execDetail": {
            "jobClass": "com.hengshi.nangaparbat.schedulejob.DatasetJob",
            "jobParams": {"app": 1, "dataset": 2},
        },
        "sync": True,
    }
    first = center("POST", "/api/schedules", refresh)["data"]
    second = center("POST", "/api/schedules", refresh)["data"]
    assert center.result(first["contextId"]) == [["1970-01-01 00:00:00"]]
    assert center.result(second["contextId"]) == [[center.context(first["contextId"])["startAt"]]]


def test_a_notebook_runs_its_paragraphs_in_order_each_with_its_log_and_result(center):
    paragraphs = [
        {"id": "第一段", "code": "CREATE TABLE IF NOT EXISTS noted AS SELECT 7 AS seven"},
        {"id": "2", "code": "SELECT seven FROM noted"},
    ]
    center("PUT", "/api/entities/NOTEBOOK/n1", {"title": "Notes", "definition": {"paragraphs": paragraphs}})
    body = {"entityGroup": "NOTEBOOK", "entityKey": "n1", "planItems": [{"triggerType": "ONCE"}], "sync": True}
    run = center("POST", "/api/schedules", body)["data"]
    assert (run["jobStatus"], run["title"]) == ("SUCCESSFUL", "Notes")
    logs = center("GET", f"/api/contexts/{run['contextId']}/logs")["data"]
    assert [each["subKey"] for each in logs] == ["第一段", "2"]
    results = center("GET", f"/api/contexts/{run['contextId']}/results")["data"]
    assert results[-1]["result"]["data"] == [[7]]


def test_an_application_mails_its_results(center, mail_server):
    definition = {
        "to": ["ann@example.com", "bob@example.com"],
        "subject": "Orders {{ ds }} 日报",
        "body": "<b>Today</b>",
        "attachments": [{"id": "orders", "code": "SELECT 1 AS id, 'a,b' AS name"}],
    }
    center("PUT", "/api/entities/APP_EMAIL/7", {"title": "Orders", "definition": definition})
    body = {"entityGroup": "APP_EMAIL", "entityKey": "7", "planItems": [{"triggerType": "ONCE"}], "sync": True}
    body["execDetail"] = {
        "jobClass": "com.hengshi.nangaparbat.schedulejob.AppEmailJob",
        "jobParams": {"app": 7},
    }
    assert center("POST", "/api/schedules", body)["data"]["jobStatus"] == "SUCCESSFUL"
    [mail] = mail_server[1]
    assert mail.recipients == definition["to"]
    assert mail.message["subject"] == definition["subject"]
    [attached] = mail.message.iter_attachments()
    assert attached.get_filename() == "orders.csv"
    assert attached.get_content().decode("utf-8-sig").splitlines() == ["id,name", '1,"a,b"']
