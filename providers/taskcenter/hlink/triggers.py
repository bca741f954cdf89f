"""The trigger that waits for a run of a Hlink job."""

from __future__ import annotations

from taskcenter.hlink.hook import HlinkHook
from taskcenter.jobs.trigger import RemoteJobTrigger


class HlinkTrigger(RemoteJobTrigger):
    """Wait for a run of a Hlink job; all of a connection share one session, and one request a cluster and interval."""

    hook_class = HlinkHook
