"""The numbers of a job's status: the server's own, and the document's (facts, "Job status")."""

from __future__ import annotations

UNCOMMITTED, CREATED, STARTING, RUNNING, FAILING, FAILED, CANCELLING, CANCELED, FINISHED = range(9)
RESTARTING, SUSPENDING, SUSPENDED, RECONCILING = range(9, 13)

LABELS = {
    UNCOMMITTED: "未提交",
    CREATED: "已生成",
    STARTING: "启动中",
    RUNNING: "运行中",
    FAILING: "失败中",
    FAILED: "已失败",
    CANCELLING: "停止中",
    CANCELED: "已停止",
    FINISHED: "已完成",
    RESTARTING: "重启中",
    SUSPENDING: "挂起中",
    SUSPENDED: "已挂起",
    RECONCILING: "调节中",
}

TERMINAL = frozenset({FAILED, CANCELED, FINISHED})
UNWATCHED = frozenset({UNCOMMITTED, STARTING, CANCELLING})
"""Of these the server itself knows more than the cluster does."""

OF_FLINK = {
    "INITIALIZING": CREATED,
    "CREATED": CREATED,
    "RUNNING": RUNNING,
    "FAILING": FAILING,
    "FAILED": FAILED,
    "CANCELLING": CANCELLING,
    "CANCELED": CANCELED,
    "FINISHED": FINISHED,
    "RESTARTING": RESTARTING,
    "SUSPENDED": SUSPENDED,
    "RECONCILING": RECONCILING,
}
"""What a job's state on the cluster is to Hlink."""

_DOCUMENTED = {
    UNCOMMITTED: 0,
    CREATED: 9,
    STARTING: 9,
    RUNNING: 1,
    FAILING: 3,
    FAILED: 3,
    CANCELLING: 1,
    CANCELED: 2,
    FINISHED: 0,
    RESTARTING: 9,
    SUSPENDING: 1,
    SUSPENDED: 2,
    RECONCILING: 1,
}


def documented(number: int) -> int:
    """The number that the document has for a status; it knows five, and none for a job that has finished."""
    return _DOCUMENTED[number]
