"""What is asked of a job's Flink cluster itself, since Hlink's stored status goes stale (facts, "Job status")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FlinkRun:
    """A job on a cluster: which, and at which address."""

    flink_job_id: str
    address: str
