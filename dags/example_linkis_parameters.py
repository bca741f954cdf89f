"""
### Linkis: code from a file, and parameters

The code is in `dags/sql/daily_revenue.sql`. Airflow renders its `{{ ... }}` when the task starts; Linkis puts its own
`${...}` variables in when the job starts. Configuration and labels choose and tune the engine.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from taskcenter.linkis.operators import LinkisOperator
from taskcenter.linkis.results import LinkisResults

with DAG(
    dag_id="example_linkis_parameters",
    schedule=None,
    params={"minimum": Param(50, type="number", description="Leave out cities with less revenue")},
    tags=["example", "linkis"],
    doc_md=__doc__,
):
    # [START linkis_template_file]
    daily_revenue = LinkisOperator(
        task_id="daily_revenue",
        code="sql/daily_revenue.sql",  # beside this file; .sql .hql .py .sh .scala
        variables={"day": "{{ dag_run.run_after | ds }}", "minimum": "{{ params.minimum }}"},
        results=LinkisResults(rows=10),
    )
    # [END linkis_template_file]

    # [START linkis_configuration]
    tuned = LinkisOperator(
        task_id="tuned",
        code="SELECT '${day}' AS day",
        variables={"day": "{{ dag_run.run_after | ds }}"},
        configuration={
            "startup": {"spark.executor.memory": "2g"},  # when Linkis starts an engine for this
            "runtime": {"spark.sql.shuffle.partitions": "8"},  # for this job
        },
        labels={"jobRunningTimeout": "600"},  # Linkis itself ends the job after so many seconds
        creator="airflow",
        timeout_seconds=600,
        results=LinkisResults(rows=1),
    )
    # [END linkis_configuration]

    # [START linkis_mapped]
    by_city = LinkisOperator.partial(
        task_id="by_city",
        code="SELECT '${city}' AS city, length('${city}') AS letters",
        results=LinkisResults(rows=1),
    ).expand(variables=[{"city": city} for city in ("Shenzhen", "Shanghai", "Beijing")])
    # [END linkis_mapped]

    daily_revenue >> tuned >> by_city
