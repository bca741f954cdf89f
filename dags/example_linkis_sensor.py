"""
### Linkis: wait for a job that somebody else started

Here tasks submit two jobs through the hook and do not wait for them; sensors do, one deferrable, one blocking. The
same way a DAG can wait for jobs that were started in DataSphereStudio, by their task id.
"""

from __future__ import annotations

from airflow.sdk import DAG, task

from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.sensors import LinkisSensor

with DAG(dag_id="example_linkis_sensor", schedule=None, tags=["example", "linkis"], doc_md=__doc__):
    # [START linkis_hook]
    @task
    def submit(seconds: int) -> int:
        """Submit a job and return its task id at once."""
        hook = LinkisHook(linkis_conn_id="linkis_default")
        job = hook.submit(
            {
                "executionContent": {"code": f"sleep {seconds} && echo done after {seconds} s", "runType": "shell"},
                "labels": {"engineType": "shell-1", "userCreator": f"{hook.settings.login}-airflow"},
                "params": {},
                "source": {"scriptPath": "example_linkis_sensor"},
            }
        )
        return int(job["taskID"])

    # [END linkis_hook]

    # [START linkis_sensor]
    wait = LinkisSensor(task_id="wait", linkis_task_id=submit(5), deferrable=True, poke_interval=2)
    # [END linkis_sensor]

    # [START linkis_sensor_blocking]
    wait_blocking = LinkisSensor(
        task_id="wait_blocking",
        linkis_task_id=submit.override(task_id="submit_another")(3),
        deferrable=False,
        poke_interval=2,
        timeout=300,
    )
    # [END linkis_sensor_blocking]
