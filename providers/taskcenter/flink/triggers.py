"""The trigger that waits for a Flink job, or for a savepoint."""

from __future__ import annotations

from taskcenter.flink.hook import FlinkHook
from taskcenter.jobs.trigger import RemoteJobTrigger


class FlinkTrigger(RemoteJobTrigger):
    """Wait on a Flink cluster; however many wait, one request an interval tells of all jobs."""

    hook_class = FlinkHook
