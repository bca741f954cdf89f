"""The faults of a local Exchangis: what real deployments do to their clients (facts sections 3.1, 3.2, 9)."""

from __future__ import annotations

from taskcenter_sandbox.gateway.faults import GATEWAY_FAULTS

FAULTS = {
    "lost-submit-answer": "the next N executions are stored and run, and their connection is closed without an answer",
    "lost-submit": "the next N executions are dropped before anything is stored",
    **GATEWAY_FAULTS,
    "empty-answer": "the next N requests are answered 200 with nothing, as if the gateway had kept their body",
    "queue-full": "the next N executions are refused: the scheduler's queue is full",
    "slow-generation": "every execution stays Inited for N milliseconds",
    "killed-too-early": "the next N kills of an Inited execution are overwritten when its tasks have been made",
    "no-engine": "the next N launches of a task fail; the job stays Scheduled until one succeeds",
    "wait-for-retry": "the next N tasks are WaitForRetry for a moment before they run, as on 1.1.2 and 1.1.3",
    "slow-transfer": "every batch of rows takes N milliseconds longer",
    "slow-start": "every task waits N milliseconds before its first row",
    "failed-task": "the next N tasks fail after their first batch",
    "lingering-tasks": "tasks of a job that has failed or was killed go on for N milliseconds",
    "partial-success": "executions that have succeeded are shown as Partial_Success, which only the document knows",
    "unknown-status": "the next N requests for a status get one that nobody knows",
    "short-list": "the next N lists of executions end after their first row, as when a row has broken metrics",
    "clock-skew": "the server's clock is N seconds ahead when it stores executions",
    "slow-connect": "tests of connections take N milliseconds longer",
    "lost-metrics": "the next N requests for metrics are refused, as for an unknown task",
    "blank-metrics": "the next N requests for metrics get none, as before there are any",
    "log-failure": "the next N requests for a log are refused",
    "log-gone": "the next N requests for the log of a job find its server gone: no lines, and the end",
    "task-log-gone": "the next N requests for the log of a task fail: its engine's host is gone",
    "exact-end-line": "task logs tell the true end line, as before 1.1.7, not the one that is one too high",
    "read-only": "jobs and projects cannot be changed (wds.exchangis.limit.interface.value)",
}
"""By name; N is what stands behind the colon, 1 without it."""
