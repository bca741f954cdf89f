"""
### Flink: a streaming job is replaced by its new version, then a batch query counts what is there

The running job is stopped with a savepoint, the jar's new version goes on from it, and a savepoint is taken once it runs.
A second DAG runs SQL: an INSERT that is followed, and a query whose rows are returned.

It needs the connection `flink_default`, of type `flink_rest`; the second DAG an SQL Gateway, too (`sql_gateway` in the
connection's extra).
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from taskcenter.flink.operators import FlinkJarOperator, FlinkSavepointOperator, FlinkStopOperator
from taskcenter.flink.sensors import FlinkJobSensor
from taskcenter.flink.sql_operator import FlinkSqlOperator

with DAG(
    dag_id="example_flink_upgrade",
    schedule=None,
    params={
        "job_id": Param("0" * 32, type="string", description="The running job"),
        "jar": Param("/opt/jobs/orders.jar", type="string", description="Path of the new version on the workers"),
    },
    tags=["example", "flink"],
    doc_md=__doc__,
):
    # [START flink_stop]
    stop = FlinkStopOperator(
        task_id="stop",
        job_id="{{ params.job_id }}",
        deferrable=True,
    )
    # [END flink_stop]

    # [START flink_jar]
    start = FlinkJarOperator(
        task_id="start",
        jar="{{ params.jar }}",
        entry_class="com.example.Orders",
        arguments=["--from", "orders"],
        parallelism=2,
        savepoint_path="{{ ti.xcom_pull('stop')['savepoint_path'] }}",
        configuration={"execution.checkpointing.interval": "30s"},
        wait_until="running",  # the task succeeds, and the job goes on, when it has run well for a minute
        stable_seconds=60,
        deferrable=True,
    )
    # [END flink_jar]

    # [START flink_savepoint]
    save = FlinkSavepointOperator(
        task_id="save",
        job_id="{{ ti.xcom_pull('start')['job_id'] }}",
        deferrable=True,
    )
    # [END flink_savepoint]

    # [START flink_sensor]
    still_runs = FlinkJobSensor(
        task_id="still_runs",
        job_id="{{ ti.xcom_pull('start')['job_id'] }}",
        wait_until="running",
        deferrable=True,
    )
    # [END flink_sensor]

    stop >> start >> save >> still_runs

with DAG(
    dag_id="example_flink_sql",
    schedule=None,
    params={"folder": Param("file:///data/orders", type="string", description="Where the cluster writes")},
    tags=["example", "flink"],
    doc_md=__doc__,
):
    # [START flink_sql]
    write = FlinkSqlOperator(
        task_id="write",
        sql="""
            CREATE TABLE orders (id BIGINT, amount DOUBLE)
            WITH ('connector' = 'datagen', 'number-of-rows' = '1000');
            CREATE TABLE files (id BIGINT, amount DOUBLE)
            WITH ('connector' = 'filesystem', 'path' = '{{ params.folder }}/{{ run_id }}', 'format' = 'csv');
            INSERT INTO files SELECT id, amount FROM orders;
        """,
        configuration={"execution.runtime-mode": "batch"},
        deferrable=True,
    )
    # [END flink_sql]

    # [START flink_query]
    count = FlinkSqlOperator(
        task_id="count",
        sql="""
            CREATE TABLE files (id BIGINT, amount DOUBLE)
            WITH ('connector' = 'filesystem', 'path' = '{{ params.folder }}/{{ run_id }}', 'format' = 'csv');
            SELECT COUNT(*) AS orders FROM files;
        """,
        configuration={"execution.runtime-mode": "batch"},
    )
    # [END flink_query]

    write >> count
