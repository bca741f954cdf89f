"""What Airflow's provider manager reads through the ``apache_airflow_provider`` entry point."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Describe the provider to Airflow: its name, connection types, triggers, links and settings."""
    return {"package-name": "airflow-taskcenter", "name": "Task center", "description": ""}
