"""Several schedulers, api-servers and workers: whatever dies or comes at once, no plan and no run is lost or doubled."""

from __future__ import annotations

import itertools
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from support.plans_over_http import ENDED, TaskCenter, UnavailableError, linkis_jobs, running_jobs, stored, waits_for
from taskcenter_sandbox.deployment import wait_until

pytestmark = pytest.mark.cluster
AT_ONCE = 100
RETRIES = 2
"""What a plan needs to outlive a worker or a broker: a task that dies with its worker is Airflow's to try again."""
SHELL = {"runType": "shell", "engineType": "shell-1"}
_KEYS = itertools.count(1)


@pytest.fixture
def key():
    return f"plan {next(_KEYS)}"


def each_server(airflow) -> list[requests.Session]:
    """A session on each api-server, past the proxy."""
    sessions = []
    for port in airflow.settings.server_ports:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {airflow.client.token()}"
        session.base = f"http://127.0.0.1:{port}"
        sessions.append(session)
    return sessions


def all_ended(center, key, count: int, look=lambda: None) -> list[dict]:
    """The runs of a plan when so many have ended; more are an error."""

    def ended():
        look()
        try:
            found = center("GET", "/api/contexts", entityKey=key, entityGroup="LINKIS", limit=500)["data"]
        except UnavailableError:
            return None
        assert len(found) <= count, [run["dagRunId"] for run in found]
        return found if len(found) == count and all(run["jobStatus"] in ENDED for run in found) else None

    return wait_until(ended, what=f"{count} runs of {key} to end", timeout_seconds=150, poll_seconds=0.5)


def test_a_plan_that_one_api_server_stores_is_seen_on_the_other_at_once(plans_airflow, key):
    one, other = each_server(plans_airflow)
    body = {
        "entityGroup": "LINKIS",
        "entityKey": key,
        "planItems": [],
        "execDetail": {"jobParams": {"code": "SELECT 1"}},
    }
    plan = one.post(f"{one.base}/api/schedules", json=body).json()["data"]
    seen = other.get(f"{other.base}/api/schedules/{plan['id']}").json()["data"]
    assert (seen["entityKey"], seen["title"]) == (key, plan["title"])
    assert other.delete(f"{other.base}/api/schedules/{plan['id']}").json()["code"] == 0
    assert one.get(f"{one.base}/api/schedules/{plan['id']}").status_code == 404


def test_a_hundred_posts_of_a_plan_at_once_store_it_once(plans_airflow, center, key):
    servers = each_server(plans_airflow)
    body = {
        "entityGroup": "LINKIS",
        "entityKey": key,
        "planItems": [],
        "execDetail": {"jobParams": {"code": "SELECT 1"}},
    }

    def post(number: int) -> tuple[int, int | None]:
        server = servers[number % len(servers)]
        reply = requests.post(f"{server.base}/api/schedules", json=body, headers=server.headers, timeout=120)
        return reply.status_code, (reply.json()["data"] or {}).get("id")

    with ThreadPoolExecutor(20) as pool, stored(center, key):
        answers = Counter(pool.map(post, range(AT_ONCE)))
        assert [status for status, _ in answers] == [200], answers
        assert len(center("GET", "/api/schedules", entityKey=key)["data"]) == 1


def test_runs_that_are_asked_for_at_once_are_each_run_once_on_both_workers(plans_airflow, center, key):
    with ThreadPoolExecutor(10) as pool, stored(center, key):
        center.post(key, [], "SELECT 1")
        asked = list(pool.map(lambda _: center.once(key)["contextId"], range(12)))
        assert len(set(asked)) == 12
        ended = all_ended(center, key, 12)
    assert {run["id"] for run in ended} == set(asked)
    assert {run["jobStatus"] for run in ended} == {"SUCCESSFUL"}


@pytest.mark.parametrize("killed", [None, "scheduler"])
def test_each_finish_starts_each_dependent_once_with_both_schedulers_and_when_one_is_killed(
    plans_airflow, center, key, killed
):
    after = f"{key} after"
    with stored(center, key, after):
        center.post(key, [], "SELECT 1")
        center.post(after, waits_for(key), "SELECT 2")
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(lambda _: center.once(key), range(5)))
            if killed:
                plans_airflow.kill(killed)
            list(pool.map(lambda _: center.once(key), range(5)))
        try:
            assert {run["jobStatus"] for run in all_ended(center, key, 10)} == {"SUCCESSFUL"}
            assert {run["jobStatus"] for run in all_ended(center, after, 10)} == {"SUCCESSFUL"}
        finally:
            if killed:
                plans_airflow.restart(killed)


@pytest.mark.parametrize(
    "dying",
    [
        ["api-server", "scheduler", "celery-worker"],
        ["api-server-2", "scheduler-2", "celery-worker-2"],
        ["proxy", "dag-processor", "dag-processor-2", "triggerer"],
    ],
    ids=" and ".join,
)
def test_components_that_die_at_once_lose_and_double_no_run(plans_airflow, center, plans_linkis, key, dying):
    with stored(center, key):
        code = f"sleep 6; echo {key}"
        center.post(key, [], code, params=SHELL, retries=RETRIES)
        asked = [center.once(key, code, params=SHELL, retries=RETRIES)["contextId"] for _ in range(3)]
        wait_until(lambda: running_jobs(plans_linkis, code), what="a job on Linkis", timeout_seconds=60)
        for component in dying:
            plans_airflow.kill(component)
        try:
            if "proxy" in dying:  # there is one of each, so that they are to be started again
                for component in dying:
                    plans_airflow.start_component(component)
            ended = all_ended(center, key, 3)
        finally:
            plans_airflow.revive()
            plans_airflow.wait_healthy()
        jobs = linkis_jobs(plans_linkis, code)
    assert {run["id"] for run in ended} == set(asked)
    assert {run["jobStatus"] for run in ended} == {"SUCCESSFUL"}
    assert jobs == ["Succeed"] * 3  # who took over found the jobs that ran


@pytest.mark.parametrize(
    ("server", "how"),
    [("redis", signal.SIGKILL), ("postgres", signal.SIGINT)],  # which PostgreSQL takes as: cut all connections, and end
)
def test_a_server_that_goes_and_comes_back_loses_and_doubles_no_run(
    plans_airflow, backends, center, plans_linkis, key, server, how
):
    with stored(center, key):
        code = f"sleep 4; echo {key}"
        center.post(key, [], code, params=SHELL, retries=RETRIES)
        asked = [center.once(key, code, params=SHELL, retries=RETRIES)["contextId"] for _ in range(4)]
        broken = getattr(backends, server)
        broken.stop(how)
        threading.Event().wait(3)  # as long as it is down
        broken.start()
        if server == "postgres":
            # Without their database they end, and whoever looks after them starts them again.
            wait_until(plans_airflow.revive, what="schedulers to give up", timeout_seconds=60)
        ended = all_ended(TaskCenter(plans_airflow), key, 4, look=plans_airflow.revive)
        jobs = linkis_jobs(plans_linkis, code)
    assert jobs == ["Succeed"] * 4
    assert {run["id"] for run in ended} == set(asked)
    assert {run["jobStatus"] for run in ended} == {"SUCCESSFUL"}
    plans_airflow.wait_healthy()
