"""The Airflow DAGs of the plans in shard 16; see taskcenter_plugin.plans.dag_file."""

from taskcenter_plugin.plans.dag_file import load

globals().update({f"dag_{number}": dag for number, dag in enumerate(load(16).values())})
