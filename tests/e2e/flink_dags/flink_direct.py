"""DAGs of the end-to-end tests: a streaming job in a jar that is started, saved, stopped and goes on; some that only run."""

from __future__ import annotations

from airflow.sdk import DAG

from taskcenter.flink.operators import FlinkJarOperator, FlinkSavepointOperator, FlinkStopOperator
from taskcenter.flink.sensors import FlinkJobSensor
from taskcenter.hlink.operators import HlinkJobOperator

SOURCE = (
    "CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', "
    "'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000')"
)
SINK = (
    "CREATE TABLE doubled (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'json', "
    "'sink.rolling-policy.rollover-interval' = '300 ms', 'sink.rolling-policy.check-interval' = '200 ms', "
    "'path' = '{{ dag_run.conf['directory'] }}')"
)
PROGRAM = {
    "jar": "{{ dag_run.conf['jar'] }}",
    "arguments": [SOURCE, SINK, "INSERT INTO doubled SELECT n * 2 FROM numbers"],
    "configuration": {"execution.checkpointing.interval": "300 ms", "pipeline.name": "doubled"},
    "parallelism": 1,
}

with DAG(
    "flink_direct",
    schedule=None,
    catchup=False,
    default_args={"deferrable": True, "poll_interval_seconds": 0.5},
):
    start = FlinkJarOperator(task_id="start", wait_until="running", stable_seconds=2, **PROGRAM)
    healthy = FlinkJobSensor(
        task_id="healthy", job_id="{{ ti.xcom_pull('start')['job_id'] }}", wait_until="running", stable_seconds=1
    )
    save = FlinkSavepointOperator(task_id="save", job_id="{{ ti.xcom_pull('start')['job_id'] }}")
    stop = FlinkStopOperator(task_id="stop", job_id="{{ ti.xcom_pull('start')['job_id'] }}")
    resume = FlinkJarOperator(
        task_id="resume",
        wait_until="running",
        stable_seconds=2,
        savepoint_path="{{ ti.xcom_pull('stop')['savepoint_path'] }}",
        **PROGRAM,
    )
    end = FlinkStopOperator(task_id="end", drain=True, job_id="{{ ti.xcom_pull('resume')['job_id'] }}")
    start >> healthy >> save >> stop >> resume >> end

with DAG("flink_long", schedule=None, catchup=False, default_args={"deferrable": True, "poll_interval_seconds": 0.5}):
    FlinkJarOperator(task_id="job", **PROGRAM)

with DAG(
    "flink_impatient",
    schedule=None,
    catchup=False,
    default_args={"poll_interval_seconds": 0.5, "cluster_patience_seconds": 8},
):
    FlinkJarOperator(task_id="blocking", deferrable=False, **PROGRAM)
    FlinkJarOperator(task_id="deferred", deferrable=True, **PROGRAM)
    FlinkJobSensor(task_id="sensor", job_id="{{ dag_run.conf['job_id'] }}", poke_interval=0.5, deferrable=False)

with DAG("hlink_long", schedule=None, catchup=False, default_args={"deferrable": True, "poll_interval_seconds": 0.5}):
    HlinkJobOperator(task_id="job", job_name="{{ dag_run.conf['job'] }}", cluster_patience_seconds=8)
