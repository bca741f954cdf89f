"""The faults of a local Linkis: what real clusters do to their clients."""

from __future__ import annotations

from taskcenter_sandbox.gateway.faults import GATEWAY_FAULTS

FAULTS = {
    "lost-submit-answer": "the next N submits are stored and run, and their connection is closed without an answer",
    "lost-submit": "the next N submits are dropped before anything is stored",
    **GATEWAY_FAULTS,
    "entrance-restart": "the next N requests find the entrance restarted: jobs cancelled, execIDs unknown",
    "forgotten-jobs": "the next N requests find all ended jobs gone from the entrance's memory, as after some idle time",
    "awaiting-failover": "undone jobs that are asked for by taskID are waiting for another entrance: Inited, no execID",
    "queue-full": "the next N submits are refused with 12001",
    "slow-engine": "every job waits N milliseconds for its engine, in state Scheduled",
    "no-engine": "the next N jobs fail with 11055: no engine could be started",
    "stubborn-engine": "the next N kills are heeded by the job history only; the job runs on in the entrance",
    "no-progress": "the next N progress requests of running jobs are answered that there is none yet",
    "blank-log": "the next N requests for a log get an empty text where the four lists should be",
    "log-failure": "the next N requests for a log are refused: it cannot be read",
    "repeated-log-line": "the logs of the next N jobs hold one line twice once the job has ended",
    "no-list-taskids": "there is no list-taskids, as before 1.7",
    "result-vanished": "result sets cannot be read any more",
    "result-location-gone": "the directories of results cannot be found any more",
    "cut-download": "the next N downloads end in the middle, as if that were all",
    "cell-limit": "pages of results with a cell of more than N characters are not shown when enableLimit is asked for",
}
"""By name; N is what stands behind the colon, 1 without it."""
