"""The trigger that waits for an execution of an Exchangis job."""

from __future__ import annotations

from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.jobs.trigger import RemoteJobTrigger


class ExchangisTrigger(RemoteJobTrigger):
    """Wait for an execution of an Exchangis job; all of a connection share one session."""

    hook_class = ExchangisHook
