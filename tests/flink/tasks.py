"""Tasks of the Flink provider, as the tests make them."""

from __future__ import annotations

from typing import Any

from support.airflow_task import in_dag
from taskcenter.flink.operators import FlinkJarOperator, FlinkSavepointOperator, FlinkStopOperator
from taskcenter.flink.sensors import FlinkJobSensor
from taskcenter.flink.sql_operator import FlinkSqlOperator

JOB = "a1" * 16
JAR = "1-orders.jar"


def jar_task(**arguments: Any) -> FlinkJarOperator:
    """Runs the jar that the cluster has, and looks often."""
    return make(FlinkJarOperator, **{"jar_id": JAR, **arguments})


def savepoint_task(**arguments: Any) -> FlinkSavepointOperator:
    return make(FlinkSavepointOperator, **{"job_id": JOB, **arguments})


def stop_task(**arguments: Any) -> FlinkStopOperator:
    return make(FlinkStopOperator, **{"job_id": JOB, **arguments})


def sql_task(**arguments: Any) -> FlinkSqlOperator:
    return make(FlinkSqlOperator, **{"sql": "INSERT INTO t SELECT 1", **arguments})


def sensor_task(**arguments: Any) -> FlinkJobSensor:
    return in_dag(
        FlinkJobSensor, **{"job_id": JOB, "poke_interval": 0.05, "timeout": 20, "deferrable": False, **arguments}
    )


def make(kind: type, **arguments: Any) -> Any:
    return in_dag(kind, **{"poll_interval_seconds": 0.05, "deferrable": False, **arguments})
