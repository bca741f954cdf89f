"""DAGs of the end-to-end tests: one slow Python job on Linkis each, waited for in different ways."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from taskcenter.linkis.operators import LinkisOperator
from taskcenter.linkis.results import LinkisResults

SLOW = """
import time

for tick in range({{ dag_run.conf.get('seconds', 2) }}):
    print(f"tick {tick}", flush=True)
    time.sleep(1)
print("the end")
"""

for name, deferrable, retries in (
    ("deferred", True, 0),
    ("blocking", False, 2),
    ("deferred_retry", True, 2),
    ("blocking_once", False, 0),
):
    with DAG(f"linkis_{name}", schedule=None, catchup=False, max_active_runs=64) as dag:
        LinkisOperator(
            task_id="job",
            code=SLOW,
            run_type="python",
            engine_type="python-python3",
            results=LinkisResults(rows=5),
            deferrable=deferrable,
            poll_interval_seconds=0.5,
            retries=retries,
            retry_delay=timedelta(seconds=0.1),
        )
    globals()[dag.dag_id] = dag
