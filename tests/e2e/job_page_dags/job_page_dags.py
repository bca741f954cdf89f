"""DAGs whose jobs the tests look at on their pages: one that logs until a file is there, and a query with rows."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from taskcenter.linkis.operators import LinkisOperator

SLOW = """
import pathlib
import time

end = pathlib.Path("{{ dag_run.conf['end'] }}")
for tick in range(1500):
    print(f"tick {tick} <b>&amp;</b>", flush=True)
    if end.exists():
        break
    time.sleep(0.2)
print("the end")
"""
ROWS = """
SELECT * FROM (VALUES
    (1, 'text <i>', 2.50::DECIMAL(10,2)), (NULL, NULL, NULL), (3, '', 9007199254740993::DECIMAL(20,0))) AS t (n, words, amount);
SELECT range AS number FROM range(250)
"""

for name, arguments in (
    ("page_slow", {"code": SLOW, "run_type": "python", "engine_type": "python-python3"}),
    ("page_rows", {"code": ROWS, "run_type": "jdbc", "engine_type": "jdbc-4"}),
):
    with DAG(name, schedule=None, catchup=False, max_active_runs=64) as dag:
        LinkisOperator(
            task_id="job",
            deferrable=True,
            poll_interval_seconds=0.5,
            retries=2,
            retry_delay=timedelta(seconds=0.1),
            **arguments,
        )
    globals()[name] = dag
