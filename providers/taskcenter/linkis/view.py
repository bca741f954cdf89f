"""The documented view of Linkis."""

from __future__ import annotations

from taskcenter.core.gateway import refusal
from taskcenter.core.view import View
from taskcenter.linkis.endpoints import DEFAULT_PREFIX, DOCUMENTED

VIEW = View(
    name="linkis",
    title="Linkis",
    conn_type="linkis",
    hook="taskcenter.linkis.hook.LinkisHook",
    prefix=DEFAULT_PREFIX,
    endpoints=DOCUMENTED,
    refusal=refusal,
    identifies=True,
    # A body's executeUser counts where the token is an administrator's (facts section 2); the others are older names of it.
    actors=("executeUser", "umUser", "submitUser"),
)
