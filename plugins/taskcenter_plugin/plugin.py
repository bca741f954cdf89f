"""The plugin class that Airflow finds through the ``airflow.plugins`` entry point: data only, no work at import."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class TaskCenterPlugin(AirflowPlugin):
    """The task center, as ``airflow plugins`` lists it."""

    name = "taskcenter"
