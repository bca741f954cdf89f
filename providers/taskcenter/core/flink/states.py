"""Flink's words for the state of a job, as every system that tells of Flink jobs uses them."""

from __future__ import annotations

from collections.abc import Mapping

from taskcenter.core.status import JobState

FLINK_STATES: Mapping[str, JobState] = {
    "INITIALIZING": JobState.PENDING,
    "CREATED": JobState.PENDING,
    "RUNNING": JobState.RUNNING,
    "RESTARTING": JobState.RUNNING,
    "FAILING": JobState.RUNNING,
    "CANCELLING": JobState.RUNNING,
    "RECONCILING": JobState.RUNNING,
    # The JobManager has lost its leadership; another may go on with the job.
    "SUSPENDED": JobState.RUNNING,
    "FINISHED": JobState.SUCCEEDED,
    "FAILED": JobState.FAILED,
    "CANCELED": JobState.CANCELLED,
}

JOB_PAGE = "/#/job/running/{job_id}/overview"
"""Path of a job's page on the JobManager since Flink 1.14, which shows jobs that have ended as well."""
