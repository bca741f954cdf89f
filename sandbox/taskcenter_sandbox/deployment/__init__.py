"""A whole Airflow on this machine, as separate processes: for the demo and for the end-to-end tests."""

from __future__ import annotations

from taskcenter_sandbox.deployment.client import AirflowApiError, AirflowClient
from taskcenter_sandbox.deployment.local_airflow import AirflowDeployment, DeploymentError
from taskcenter_sandbox.deployment.settings import DeploymentSettings, Intervals
from taskcenter_sandbox.waiting import DeadlineExceeded, wait_until

__all__ = [
    "AirflowApiError",
    "AirflowClient",
    "AirflowDeployment",
    "DeadlineExceeded",
    "DeploymentError",
    "DeploymentSettings",
    "Intervals",
    "wait_until",
]
