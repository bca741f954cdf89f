"""Times as the documents write them: ``YYYY-MM-DD HH:MM:SS`` in the deployment's time zone."""

from __future__ import annotations

from datetime import datetime, timezone, tzinfo
from functools import cache

from taskcenter_plugin.plans.items import default_zone
from taskcenter_plugin.plans.quartz import zone

FORMAT = "%Y-%m-%d %H:%M:%S"


@cache
def _zone() -> tzinfo:
    return zone(default_zone())


def text_of(moment: datetime | None) -> str | None:
    """A moment for an answer."""
    return None if moment is None else moment.astimezone(_zone()).strftime(FORMAT)


def precise_text_of(moment: datetime) -> str:
    """A moment with its microseconds, as in logs; Airflow's own are UTC where they do not say."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return aware.astimezone(_zone()).strftime(f"{FORMAT}.%f")


def seconds_between(start: datetime | None, stop: datetime | None) -> int | None:
    """Whole seconds, rounded; None unless both are known."""
    return None if start is None or stop is None else round((stop - start).total_seconds())
