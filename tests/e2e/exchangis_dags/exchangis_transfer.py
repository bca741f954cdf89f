"""DAGs of the end-to-end tests: a table moved by Exchangis and looked at by Linkis, and what follows it."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, task

from taskcenter.exchangis.data_source_operators import ExchangisDataSourceOperator
from taskcenter.exchangis.data_source_sensors import ExchangisDataSourceSensor
from taskcenter.exchangis.definitions import Side, Transfer
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter.exchangis.tables import exchangis_table
from taskcenter.linkis.operators import LinkisOperator
from taskcenter.linkis.results import LinkisResults

PATH = "{{ dag_run.conf['shop'] }}"

with DAG("exchangis_transfer", schedule=None, catchup=False, default_args={"deferrable": True}):
    create = LinkisOperator(
        task_id="create",
        code="DROP TABLE IF EXISTS orders; CREATE TABLE orders (id BIGINT, city STRING, amount DOUBLE)",
    )
    shop = ExchangisDataSourceOperator(task_id="shop", name="shop_file", type="SQLITE", connect_params={"path": PATH})
    warehouse = ExchangisDataSourceOperator(task_id="warehouse", name="warehouse", type="HIVE", connect_params={})
    there = ExchangisDataSourceSensor(
        task_id="there", data_source="warehouse", database="default", table="orders", poke_interval=0.5
    )

    @task
    def define() -> str:
        """Have the job."""
        with ExchangisHook() as hook:
            hook.ensure_project("sales")
            source, sink = Side("shop_file", "main", "orders"), Side("warehouse", "default", "orders")
            return hook.ensure_job("sales", "orders", [Transfer("orders", source, sink)])

    job = define()
    move = ExchangisJobOperator(task_id="job", job_id=job, poll_interval_seconds=0.5)
    look = LinkisOperator(
        task_id="look",
        code="SELECT count(*), sum(id), sum(amount), count(DISTINCT city) FROM orders",
        results=LinkisResults(rows=5),
    )
    create >> warehouse >> there >> job
    shop >> job
    move >> look

with DAG("exchangis_follow_up", schedule=[exchangis_table("warehouse", "default", "orders")], catchup=False):

    @task
    def tell() -> str:
        """Say so."""
        return "moved"

    tell()

for name, deferrable, retries in (("deferred", True, 0), ("blocking", False, 0), ("retry", False, 2)):
    with DAG(f"exchangis_{name}", schedule=None, catchup=False) as dag:
        ExchangisJobOperator(
            task_id="job",
            job_name="orders",
            project="sales",
            deferrable=deferrable,
            poll_interval_seconds=0.5,
            retries=retries,
            retry_delay=timedelta(seconds=0.1),
            name_assets=False,
        )
    globals()[dag.dag_id] = dag
