"""The documented view of Hlink."""

from __future__ import annotations

from typing import Any

from taskcenter.core.view import View
from taskcenter.hlink.endpoints import DOCUMENTED, SNOWFLAKE_ID
from taskcenter.hlink.replies import UNAUTHORISED

PREFIX = "/hlink"
"""The document has no common prefix; on an api-server its paths need one."""

_UNAUTHORIZED = 401


def _refusal(status: int, message: str, path: str) -> dict[str, Any]:  # noqa: ARG001 # Hlink's envelope has no path
    code = UNAUTHORISED if status == _UNAUTHORIZED else status
    return {"code": code, "data": None, "msg": message, "success": False}


VIEW = View(
    name="hlink",
    title="Hlink",
    conn_type="hlink",
    hook="taskcenter.hlink.hook.HlinkHook",
    prefix=PREFIX,
    endpoints=DOCUMENTED,
    refusal=_refusal,
    probe=SNOWFLAKE_ID,
)
