"""A file that SQL writes, streaming, and that SQL reads, as a batch; and an INSERT that goes on until it is stopped."""

from __future__ import annotations

from airflow.sdk import DAG

from taskcenter.flink.sql_operator import FlinkSqlOperator

NUMBERS = (
    "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', "
    "'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '{last}')"
)
FILES = (
    "CREATE TABLE doubled (n BIGINT, half BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', "
    "'path' = '{{ dag_run.conf['directory'] }}')"
)
DEFAULTS = {"deferrable": True, "poll_interval_seconds": 0.5}

with DAG("flink_sql", schedule=None, catchup=False, default_args=DEFAULTS):
    write = FlinkSqlOperator(
        task_id="write",
        sql=[NUMBERS.format(last=200), FILES, "INSERT INTO doubled SELECT n * 2, n FROM numbers"],
        configuration={"execution.checkpointing.interval": "300 ms", "pipeline.name": "doubled"},
    )
    read = FlinkSqlOperator(
        task_id="read",
        sql=[
            FILES,
            "SELECT COUNT(*) AS c, MAX(n) AS top, SUM(half) AS s, MIN(CASE WHEN n > 999 THEN n END) FROM doubled",
        ],
        configuration={"execution.runtime-mode": "batch"},
    )
    write >> read

with DAG("flink_sql_long", schedule=None, catchup=False, default_args=DEFAULTS):
    FlinkSqlOperator(
        task_id="job",
        sql=[
            NUMBERS.format(last=1_000_000),
            "CREATE TABLE sink (n BIGINT) WITH ('connector' = 'blackhole')",
            "INSERT INTO sink SELECT n FROM numbers",
        ],
    )
