"""
### Linkis: a small pipeline

Stage raw readings, make daily averages of them, look whether these are plausible, then export them and say so.
Tables are named after the day, so that a repeated run replaces what the first one made.
"""

from __future__ import annotations

import tempfile

from airflow.sdk import DAG, Param, TaskGroup, task

from taskcenter.linkis.operators import LinkisOperator
from taskcenter.linkis.results import LinkisResults

EXPORTS = f"{tempfile.gettempdir()}/taskcenter-example"

with DAG(
    dag_id="example_linkis_etl",
    schedule=None,
    params={"day": Param("2026-11-01", type="string", format="date"), "sensors": Param(200, type="integer", minimum=1)},
    default_args={"engine_type": "spark-3.2.1", "variables": {"day": "{{ params.day | replace('-', '') }}"}},
    tags=["example", "linkis"],
    doc_md=__doc__,
):
    # [START linkis_etl]
    with TaskGroup("load"):
        stage = LinkisOperator(task_id="stage", code="sql/stage_readings.sql")
        aggregate = LinkisOperator(
            task_id="aggregate", code="sql/aggregate_readings.sql", results=LinkisResults(rows=5)
        )

    @task
    def check(job: dict) -> int:
        """Fail when the averages make no sense; otherwise tell how many sensors there are."""
        ((sensors, lowest, highest),) = job["result_sets"][-1]["rows"]
        if not 15 <= float(lowest) <= float(highest) <= 30:
            raise ValueError(f"implausible averages of {sensors} sensors: {lowest} to {highest} degrees")
        return int(sensors)

    export = LinkisOperator(
        task_id="export",
        code="SELECT * FROM readings_daily_${day} ORDER BY sensor",
        results=LinkisResults(path=EXPORTS + "/readings/{{ params.day }}", format="jsonl"),
    )
    announce = LinkisOperator(
        task_id="announce",
        code="echo 'readings of {{ params.day }}: {{ ti.xcom_pull('check') }} sensors'",
        run_type="shell",
        engine_type="shell-1",
    )

    checked = check(aggregate.output)
    stage >> aggregate
    checked >> export >> announce
    # [END linkis_etl]
