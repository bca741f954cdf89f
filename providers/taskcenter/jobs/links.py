"""The link from a task to the page on its job that the task center serves, the same for every system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from airflow.sdk import BaseOperatorLink
from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

XCOM_JOB_PAGE = "job_page_url"

PAGE_PATH = "/task-center/jobs"
"""Where the api-server has the page."""


class JobPageLink(BaseOperatorLink):
    """Leads to the state, log and results of the task's remote job, without leaving Airflow."""

    name = "Job page"

    @property
    def xcom_key(self) -> str:
        """Where the operator puts the address as soon as the job is submitted."""
        return XCOM_JOB_PAGE

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:  # noqa: ARG002 # Airflow's signature
        """The address, made from the task instance's key alone."""
        return page_url(ti_key.dag_id, ti_key.run_id, ti_key.task_id, ti_key.map_index, ti_key.try_number)


def page_url(dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> str:
    """The address of the page on a try's job: a path, which holds under whatever name a browser has found Airflow."""
    query = urlencode(
        {"dag_id": dag_id, "run_id": run_id, "task_id": task_id, "map_index": map_index, "try": try_number},
        quote_via=quote,
    )
    root = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    return f"{root}{PAGE_PATH}?{query}"


def publish_page(context: Context) -> None:
    """Let Airflow's task page lead to the page on the job of the running task instance."""
    ti = context["ti"]
    map_index = -1 if ti.map_index is None else ti.map_index
    url = page_url(ti.dag_id, ti.run_id, ti.task_id, map_index, ti.try_number)
    ti.xcom_push(key=XCOM_JOB_PAGE, value=url)
