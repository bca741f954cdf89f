"""The documented view of Exchangis."""

from __future__ import annotations

from taskcenter.core.gateway import refusal
from taskcenter.core.view import View
from taskcenter.exchangis.endpoints import DEFAULT_PREFIX, DOCUMENTED, as_documented

VIEW = View(
    name="exchangis",
    title="Exchangis",
    conn_type="exchangis",
    hook="taskcenter.exchangis.hook.ExchangisHook",
    prefix=DEFAULT_PREFIX,
    endpoints=DOCUMENTED,
    refusal=refusal,
    documented=as_documented,
    identifies=True,
    actors=("execUser", "submitUser"),
)
