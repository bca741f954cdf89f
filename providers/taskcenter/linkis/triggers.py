"""The trigger that waits for a Linkis job."""

from __future__ import annotations

from taskcenter.jobs.trigger import RemoteJobTrigger
from taskcenter.linkis.hook import LinkisHook


class LinkisTrigger(RemoteJobTrigger):
    """Wait for a Linkis job; many of them ask in one request for 30 jobs (Linkis 1.7 and later)."""

    hook_class = LinkisHook
