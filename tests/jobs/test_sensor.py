"""The sensor waits for a job that somebody else runs, and never stops it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout, AirflowSkipException, TaskDeferred

from support.airflow_task import InMemoryAirflow, in_dag
from support.job_task import InThread, run_task
from support.linkis_replies import PREFIX
from support.linkis_stub import LinkisStub
from support.scripted_server import DROP, html_answer
from taskcenter.core.errors import ConfigurationError, NotFoundError, RemoteError
from taskcenter.linkis.sensors import LinkisSensor
from taskcenter.linkis.triggers import LinkisTrigger


def make_sensor(**arguments: Any) -> LinkisSensor:
    defaults = {"linkis_task_id": 1, "poke_interval": 0.05, "timeout": 60, "deferrable": False}
    sensor: LinkisSensor = in_dag(LinkisSensor, **{**defaults, **arguments})
    return sensor


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def sensor(request: pytest.FixtureRequest) -> Any:
    return partial(make_sensor, deferrable=request.param)


def begin(airflow: InMemoryAirflow, linkis: LinkisStub, make: Any) -> InThread:
    running = InThread(lambda: run_task(airflow, make))
    linkis.wait_for(lambda: len(linkis.asked) >= 3)
    return running


def test_it_waits_until_the_job_has_succeeded(airflow: InMemoryAirflow, linkis: LinkisStub, sensor):
    job = linkis.add_job()
    running = begin(airflow, linkis, sensor)
    job.status = "Succeed"
    assert running.result() is None


def test_a_job_that_has_succeeded_already_is_enough(airflow, linkis: LinkisStub, sensor):
    linkis.add_job("Succeed")
    assert run_task(airflow, sensor) is None


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout"])
@pytest.mark.parametrize("when", ["before", "while waiting"])
def test_a_job_that_ends_badly_fails_the_task_without_retries(airflow, linkis: LinkisStub, sensor, status, when):
    job = linkis.add_job(error=(11012, "Table not found"))
    if when == "before":
        job.status = status
        with pytest.raises(AirflowFailException, match="Table not found"):
            run_task(airflow, sensor)
        return
    running = begin(airflow, linkis, sensor)
    job.status = status
    with pytest.raises(AirflowFailException, match="Job 1"):
        running.result()


def test_a_state_that_we_do_not_know_is_waited_out(airflow, linkis: LinkisStub, sensor):
    job = linkis.add_job("Suspended")
    running = begin(airflow, linkis, sensor)
    job.status = "Succeed"
    running.result()


def test_time_that_is_up_fails_the_sensor_and_leaves_the_job(airflow, linkis: LinkisStub, sensor):
    linkis.add_job()
    with pytest.raises(AirflowSensorTimeout):
        run_task(airflow, partial(sensor, timeout=0.3))
    assert linkis.running() == [1]
    assert linkis.asked_for("GET /kill") == []


def test_an_outage_is_waited_out(airflow, linkis: LinkisStub, sensor, task_log):
    job = linkis.add_job()
    running = begin(airflow, linkis, sensor)
    for trouble in (DROP, html_answer(503)):
        linkis.always("*", trouble)
        before = len(linkis.asked)
        linkis.wait_for(lambda before=before: len(linkis.asked) >= before + 6, 30)
    linkis.always("*", None)
    job.status = "Succeed"
    running.result()
    assert "the server gives no answer; waiting" in task_log


@pytest.mark.parametrize("looks", [1, 2])
def test_an_outage_at_the_very_first_or_last_look_is_waited_out_too(airflow, linkis: LinkisStub, sensor, looks):
    linkis.add_job("Succeed")
    linkis.script(f"GET {PREFIX}/jobhistory/1/get", *[DROP] * 4 * looks)
    assert run_task(airflow, sensor) is None


def test_a_job_that_does_not_exist_is_told(airflow, linkis: LinkisStub, sensor):
    with pytest.raises(NotFoundError, match="does not know it, or this user may not see it") as caught:
        run_task(airflow, partial(sensor, linkis_task_id=99))
    assert caught.value.context.job_id == "99"


@pytest.mark.parametrize("value", ["", "None", "abc", "1.5", "-3", "1 2"])
def test_what_is_no_task_id_is_refused_before_anything_is_asked(airflow, linkis: LinkisStub, sensor, value):
    with pytest.raises(ConfigurationError, match="Give the taskID of a job"):
        run_task(airflow, partial(sensor, linkis_task_id=value))
    assert linkis.asked == []


def test_the_task_id_comes_from_a_template(airflow, linkis: LinkisStub, sensor):
    linkis.add_job("Succeed")
    airflow.xcoms["upstream", "return_value", -1] = {"task_id": 1}
    template = "{{ ti.xcom_pull('upstream', map_indexes=-1)['task_id'] }}"
    assert run_task(airflow, partial(sensor, linkis_task_id=template)) is None


@pytest.mark.parametrize("event", [None, {}, "ended", {"outcome": "fine"}])
def test_a_lost_or_strange_event_never_passes_for_success(airflow, linkis: LinkisStub, event):
    linkis.add_job("Succeed")
    task = make_sensor(deferrable=True)
    with pytest.raises(RemoteError, match="sent no event that is known here"):
        task.resume_execution("execute_complete", {"event": event, "deadline": 4e9}, airflow.start(task))


def test_a_deferred_sensor_hands_over_what_it_means_and_owns_no_job(airflow, linkis: LinkisStub):
    linkis.add_job()
    task = make_sensor(deferrable=True, poke_interval=9.0)
    with pytest.raises(TaskDeferred) as caught:
        task.execute(airflow.start(task))
    trigger = caught.value.trigger
    assert isinstance(trigger, LinkisTrigger)
    arguments = trigger.serialize()[1]
    assert arguments == task._trigger_args(task.job_ref(), arguments["deadline"])
    assert (arguments["owns_job"], arguments["poll_interval_seconds"]) == (False, 9.0)


def test_soft_fail_skips_instead_of_failing(airflow, linkis: LinkisStub, sensor):
    linkis.add_job("Failed")
    with pytest.raises(AirflowSkipException):
        run_task(airflow, partial(sensor, soft_fail=True))


def test_killing_the_sensor_leaves_the_job(airflow, linkis: LinkisStub):
    job = linkis.add_job()
    task = make_sensor()
    context = airflow.start(task)
    running = InThread(lambda: task.execute(context))
    linkis.wait_for(lambda: len(linkis.asked) >= 2)
    task.on_kill()
    assert linkis.running() == [1]
    job.status = "Succeed"
    running.result()
