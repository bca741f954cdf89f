"""What a task leaves on record of its job, and where its page is found."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from support.airflow_task import in_dag
from support.job_task import make_task
from taskcenter.core.job import JobRef
from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter.flink.operators import FlinkJarOperator
from taskcenter.flink.sql_operator import FlinkSqlOperator
from taskcenter.hlink.operators import HlinkJobOperator
from taskcenter.hlink.restart_operator import HlinkRestartJobOperator
from taskcenter.hlink.stop_operators import HlinkCancelJobOperator
from taskcenter.jobs.links import XCOM_JOB_PAGE, JobPageLink, publish_page
from taskcenter.jobs.record import XCOM_JOB, JobRecord
from taskcenter.linkis.operators import LinkisOperator

RECORD = JobRecord("linkis", "linkis_default", JobRef("7", {"exec_id": "exec_7"}), "airflow/dag/run/job/-1/1", 1)
PAGE = "/task-center/jobs?dag_id=dag&run_id=manual__1&task_id=job&map_index=-1&try=1"


def test_a_record_survives_its_way_through_xcom():
    value = RECORD.to_json()
    assert set(value) == {"conn_type", "conn_id", "id", "handle", "key", "attempt"}
    assert JobRecord.from_json(value) == RECORD


@pytest.mark.parametrize(
    "change",
    [
        {"conn_type": None},
        {"conn_id": ""},
        {"conn_id": "c" * 2000},
        {"id": 7},
        {"id": ""},
        {"handle": "exec_7"},
        {"handle": {"exec_id": 7}},
        {"handle": {"exec_id": "e" * 2000}},
        {"key": ["k"]},
        {"attempt": "1"},
        {"attempt": True},
        {"attempt": 0},
    ],
    ids=str,
)
def test_what_is_no_record_is_refused(change):
    with pytest.raises(ValueError, match=r"record|reference"):
        JobRecord.from_json({**RECORD.to_json(), **change})


@pytest.mark.parametrize("value", [None, "7", 7, ["7"], {}])
def test_neither_is_anything_else(value):
    with pytest.raises(ValueError, match=r"record|reference"):
        JobRecord.from_json(value)


@pytest.mark.parametrize(
    "operator",
    [
        LinkisOperator,
        ExchangisJobOperator,
        HlinkJobOperator,
        HlinkRestartJobOperator,
        HlinkCancelJobOperator,
        FlinkJarOperator,
        FlinkSqlOperator,
    ],
)
def test_every_operator_that_runs_a_job_leads_to_its_page(operator):
    assert [link.name for link in operator.operator_extra_links].count("Job page") == 1


def test_the_address_is_made_of_the_task_instances_key_and_quoted():
    key = SimpleNamespace(
        dag_id="träge dag", run_id="manual__2026-01-02T03:04:05+00:00", task_id="a&b", map_index=3, try_number=2
    )
    assert JobPageLink().get_link(make_task(), ti_key=key) == (
        "/task-center/jobs?dag_id=tr%C3%A4ge%20dag&run_id=manual__2026-01-02T03%3A04%3A05%2B00%3A00"
        "&task_id=a%26b&map_index=3&try=2"
    )


def test_the_address_holds_where_airflow_is_served_below_a_path(airflow, monkeypatch):
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://example.com/team/airflow/")
    context = airflow.start(make_task())
    publish_page(context)
    assert airflow.xcoms["job", XCOM_JOB_PAGE, -1] == f"/team/airflow{PAGE}"


def test_the_page_is_where_the_task_center_is_mounted():
    from taskcenter.jobs.links import PAGE_PATH
    from taskcenter_plugin.routes.paths import MOUNT

    assert PAGE_PATH.startswith(f"{MOUNT}/")
    assert in_dag(LinkisOperator, code="SELECT 1").operator_extra_links[-1].xcom_key == XCOM_JOB_PAGE
    assert XCOM_JOB == "remote_job"
