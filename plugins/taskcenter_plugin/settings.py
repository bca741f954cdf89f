"""The task center's options in section ``[taskcenter]``; what they mean is told once, in ``taskcenter.settings``."""

from __future__ import annotations

import os
from enum import Enum
from functools import cache
from pathlib import Path

from taskcenter import settings
from taskcenter.settings import get_number, get_switch, get_text


class MissedFires(str, Enum):
    """What becomes of the fires of a time in which no scheduler ran, or the plan was disabled."""

    ONE = "one"
    """One run stands for all that were missed; then the schedule goes on."""
    ALL = "all"
    """Every missed fire is run."""


@cache
def missed_fires() -> MissedFires:
    """What to do about missed fires.

    :raises ValueError: the option has another value.
    """
    return MissedFires(get_text(settings.MISSED_FIRES).lower())


@cache
def missed_fire_seconds() -> float:
    """From which delay on a fire counts as missed, in seconds."""
    return get_number(settings.MISSED_FIRE_SECONDS)


@cache
def success_only() -> bool:
    """Whether only a run that has succeeded starts the plans that depend on it."""
    return get_switch(settings.DEPEND_ON_SUCCESS_ONLY)


@cache
def max_active_runs() -> int:
    """How many runs of one plan may run at once; more wait."""
    return int(get_number(settings.MAX_ACTIVE_RUNS))


@cache
def plan_cache() -> bool:
    """Whether workers keep the shards of plans that they have read in files."""
    return get_switch(settings.PLAN_CACHE)


@cache
def max_steps() -> int:
    """How many steps one plan may have, each a task of its DAG."""
    return int(get_number(settings.MAX_STEPS))


@cache
def sync_seconds() -> float:
    """How long a request that waits for a run's end waits at most."""
    return get_number(settings.SYNC_SECONDS)


@cache
def log_spool_bytes() -> int:
    """How much room the logs may take that an api-server process keeps for those who read them."""
    return int(get_number(settings.LOG_SPOOL_MEGABYTES) * (1 << 20))


@cache
def log_spool_path() -> str:
    """The directory where their bytes are; empty: the system's temporary directory."""
    return get_text(settings.LOG_SPOOL_PATH)


def screenshot_hosts() -> str:
    """The hosts that screenshots may be taken of, as the option has them."""
    return get_text(settings.SCREENSHOT_HOSTS)


def screenshot_path() -> str:
    """Where screenshots are kept."""
    home = os.path.expandvars(os.environ.get("AIRFLOW_HOME", "~/airflow"))
    return get_text(settings.SCREENSHOT_PATH) or str(Path(home).expanduser() / "screenshots")


def screenshot_browser() -> str:
    """The path of Chromium; empty where it is to be looked for."""
    return get_text(settings.SCREENSHOT_BROWSER)


def screenshot_sandbox() -> bool:
    """Whether Chromium is to run in its sandbox."""
    return get_switch(settings.SCREENSHOT_SANDBOX)
