"""
### Linkis: Python and shell, deferrable and blocking

The same operator runs every language that a Linkis engine knows. A deferrable task gives its worker slot back while
the job runs; a blocking one keeps it. Both follow the job's log, and cancel the job when the task is cancelled.
"""

from __future__ import annotations

from airflow.sdk import DAG

from taskcenter.linkis.operators import LinkisOperator

with DAG(dag_id="example_linkis_languages", schedule=None, tags=["example", "linkis"], doc_md=__doc__):
    # [START linkis_python]
    python = LinkisOperator(
        task_id="python",
        code="""
import math
import time

for step in range(1, 13):
    print(f"step {step}: {math.factorial(step)}", flush=True)
    time.sleep(1)
""",
        run_type="python",
        engine_type="python-python3",
        deferrable=True,
    )
    # [END linkis_python]

    # [START linkis_shell]
    # Linkis refuses shell code with certain words in it, among them `rm`, `find`, `kill`, `for`, `python` and `hive`.
    shell = LinkisOperator(
        task_id="shell",
        code="""
echo "on $(uname -s), as $(whoami)"
n=1
while [ "$n" -le 3 ]; do echo "line $n"; n=$((n + 1)); sleep 1; done
""",
        run_type="shell",
        engine_type="shell-1",
        deferrable=False,
    )
    # [END linkis_shell]
