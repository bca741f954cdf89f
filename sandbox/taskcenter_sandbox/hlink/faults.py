"""The faults of a local Hlink: what real deployments do to their clients."""

from __future__ import annotations

from taskcenter_sandbox.gateway.faults import GATEWAY_FAULTS

_WIRE = ("dropped", "slow", "truncated-json", "html", "server-error")

FAULTS = {
    "lost-submit-answer": "the next N starts of a job happen, and their connection is closed without an answer",
    "lost-submit": "the next N starts of a job are dropped before anything happens",
    **{name: GATEWAY_FAULTS[name] for name in _WIRE},
    "expired-session": "the next N requests with a session find it expired",
    "stale-status": "while on (:-1), the status of running jobs is not looked up at their clusters",
    "slow-start": "an SQL job stays STARTING for N milliseconds before it is submitted",
    "failed-start": "the next N SQL jobs end FAILED instead of being submitted",
    "slow-savepoint": "every savepoint takes N milliseconds longer",
    "failed-savepoint": "the next N savepoints fail",
    "documented-status": "while on (:-1), jobStatus has the document's numbers, not the server's own",
    "no-status-name": "while on (:-1), jobStatusName is null in lists as well",
}
"""By name; N is what stands behind the colon, 1 without it."""
