"""
### Linkis: SQL

Creates a table, asks it three questions in one job, and hands the answers on: the first rows to the next task,
the whole result to a CSV file.
"""

from __future__ import annotations

import tempfile

from airflow.sdk import DAG, task

from taskcenter.linkis.operators import LinkisOperator
from taskcenter.linkis.results import LinkisResults

EXPORTS = f"{tempfile.gettempdir()}/taskcenter-example"

with DAG(dag_id="example_linkis_sql", schedule=None, tags=["example", "linkis"], doc_md=__doc__):
    # [START linkis_sql]
    create_table = LinkisOperator(
        task_id="create_table",
        code="""
            DROP TABLE IF EXISTS orders;
            CREATE TABLE orders AS
            SELECT * FROM VALUES
                (1, 'Shenzhen', 120.50), (2, 'Shanghai', 80.00), (3, 'Shenzhen', 64.25), (4, 'Beijing', NULL)
                AS orders (id, city, amount);
        """,
        run_type="sql",
        engine_type="spark-3.2.1",
    )
    # [END linkis_sql]

    # [START linkis_results_rows]
    ask = LinkisOperator(
        task_id="ask",
        code="""
            SELECT count(*) AS orders, sum(amount) AS amount FROM orders;
            SELECT city, sum(amount) AS amount FROM orders GROUP BY city ORDER BY city;
            SELECT * FROM orders WHERE amount IS NULL;
        """,
        results=LinkisResults(rows=20),  # of each result set, at most
    )

    @task
    def report(job: dict) -> list[str]:
        """Every result set has its columns, its first rows, and how many rows there are."""
        total, by_city, unpaid = job["result_sets"]
        count, amount = total["rows"][0]
        print(f"Linkis task {job['task_id']}: {count} orders, {amount} in all, {len(unpaid['rows'])} without an amount")
        return [f"{city}: {amount}" for city, amount in by_city["rows"]]

    # [END linkis_results_rows]

    # [START linkis_results_file]
    export = LinkisOperator(
        task_id="export",
        code="SELECT id, city, amount FROM orders ORDER BY id",
        results=LinkisResults(path=EXPORTS + "/orders/{{ dag_run.run_after | ds }}", format="csv"),
    )
    # [END linkis_results_file]

    create_table >> ask >> report(ask.output)
    create_table >> export
