"""
### Exchangis: from a database's table to the warehouse, then a query

Two data sources are made and published, a job that moves one table is kept as code and executed, and a Linkis query
looks at what has arrived. A second DAG runs whenever the table has been moved.

It needs the connections `exchangis_default`, `linkis_default` and `shop_db`: the database with the table `orders`, whose
columns are `id`, `city` and `amount`. For MySQL nothing else is needed but a Hive environment in Exchangis; for PostgreSQL
trigger it with `{"source_type": "POSTGRESQL", "source_database": "public"}`, where the latter is the table's schema.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task

from taskcenter.exchangis.data_source_operators import ExchangisDataSourceOperator
from taskcenter.exchangis.data_source_sensors import ExchangisDataSourceSensor
from taskcenter.exchangis.definitions import Side, Transfer
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter.exchangis.tables import exchangis_table
from taskcenter.linkis.operators import LinkisOperator
from taskcenter.linkis.results import LinkisResults

with DAG(
    dag_id="example_exchangis_transfer",
    schedule=None,
    params={
        "source_type": Param("MYSQL", type="string", description="Type of the source in Exchangis, such as POSTGRESQL"),
        "source_database": Param("shop", type="string", description="Database of the table; in PostgreSQL its schema"),
        "hive_environment": Param("1", type="string", description="Id of the Hive environment in Exchangis"),
    },
    tags=["example", "exchangis"],
    doc_md=__doc__,
):
    # [START exchangis_data_source]
    shop = ExchangisDataSourceOperator(
        task_id="shop",
        name="shop",
        type="{{ params.source_type }}",
        source_conn_id="shop_db",  # host, port, user, password and schema of an Airflow connection
    )
    warehouse = ExchangisDataSourceOperator(
        task_id="warehouse",
        name="warehouse",
        type="HIVE",
        connect_params={"envId": "{{ params.hive_environment }}"},
    )
    # [END exchangis_data_source]

    # [START exchangis_sensor]
    orders_are_there = ExchangisDataSourceSensor(
        task_id="orders_are_there",
        data_source="shop",
        database="{{ params.source_database }}",
        table="orders",
        deferrable=True,
    )
    # [END exchangis_sensor]

    create_table = LinkisOperator(
        task_id="create_table",
        code="CREATE TABLE IF NOT EXISTS orders (id BIGINT, city STRING, amount DOUBLE)",
        deferrable=True,
    )

    # [START exchangis_job_as_code]
    @task
    def define_job(params: dict[str, Any]) -> str:
        """Have the project and the job as they are written here; nothing happens when they are so already."""
        with ExchangisHook() as hook:
            hook.ensure_project("sales")
            orders = Transfer(
                "orders",
                source=Side("shop", params["source_database"], "orders", {"where": "amount > 0"}),
                sink=Side("warehouse", "default", "orders", {"writeMode": "truncate"}),
                columns={"id": "id", "city": "city", "amount": "amount"},
                settings={"setting.speed.channel": 2},
            )
            return hook.ensure_job("sales", "orders_daily", [orders])

    # [END exchangis_job_as_code]

    job = define_job()  # Airflow hands it the run's params

    # [START exchangis_job]
    move = ExchangisJobOperator(
        task_id="move",
        job_id=job,  # or job_name="orders_daily", project="sales"
        timeout_seconds=3600,
        deferrable=True,
    )
    # [END exchangis_job]

    by_city = LinkisOperator(
        task_id="by_city",
        code="SELECT city, count(*) AS orders, sum(id) AS ids, sum(amount) AS revenue FROM orders GROUP BY city ORDER BY city",
        results=LinkisResults(rows=100),
        deferrable=True,
    )

    shop >> orders_are_there
    [orders_are_there, warehouse, create_table] >> job
    move >> by_city

with DAG(
    dag_id="example_exchangis_follow_up",
    # [START exchangis_asset]
    schedule=[exchangis_table("warehouse", "default", "orders")],
    # [END exchangis_asset]
    tags=["example", "exchangis"],
    doc_md="Runs whenever a task has moved data into the table.",
):

    @task
    def tell() -> None:
        """Say so."""
        print("orders have arrived")

    tell()
