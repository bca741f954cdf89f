"""The timetable of plans: the union of Quartz cron expressions, each in its own time zone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from taskcenter_plugin import settings
from taskcenter_plugin.plans.quartz import QuartzCron, quartz_cron, zone


def _next_of(cron: QuartzCron, epoch: float) -> int | None:
    """The first fire of one expression after a time that may be another's fire.

    Quartz takes a start in the first pass of an hour that the clock repeats for the second pass. That is right after a fire of
    its own, which are all in the second pass; after another's it would lose those before that minute. So look from before.
    """
    moment = datetime.fromtimestamp(epoch, zone(cron.time_zone))
    repeated = _offset(moment) - _offset(moment.replace(fold=1))
    if moment.fold or repeated <= 0:
        return cron.next_after(epoch)
    fire = cron.next_after(epoch - repeated)
    while fire is not None and fire <= epoch:
        fire = cron.next_after(fire)
    return fire


def _offset(moment: datetime) -> float:
    return (moment.utcoffset() or timedelta()).total_seconds()


class QuartzTimetable(Timetable):
    """Fires whenever one of the expressions does; a second in which several do is one run.

    Airflow is told ``catchup=True`` for the DAG, so that a scheduler that is late by seconds creates every run; what happens to the
    fires of a longer downtime is decided here, by ``[taskcenter] missed_fires``.

    :param crons: pairs of Quartz expression and time zone
    :param since: epoch seconds; no fire at or before it counts, so that a change of the schedule does not look back
    """

    def __init__(
        self, crons: Sequence[tuple[str, str]], since: float = 0.0, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.crons = tuple((expression, zone) for expression, zone in crons)
        self.since = since
        self._clock = clock
        self.description = f"Quartz: {self.summary}"
        self._expressions: list[QuartzCron] = [quartz_cron(*cron) for cron in self.crons]

    def serialize(self) -> dict[str, Any]:
        """As JSON."""
        return {"crons": [list(cron) for cron in self.crons], "since": self.since}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> QuartzTimetable:
        """From JSON; each expression is parsed once a process."""
        return cls([(cron, zone) for cron, zone in data["crons"]], data["since"])

    @property
    def summary(self) -> str:
        """What the list of DAGs shows as the schedule."""
        return " | ".join(f"{expression} ({zone})" for expression, zone in self.crons)

    def next_after(self, epoch: float) -> int | None:
        """The first fire after a time; None: never again."""
        fires = [fire for each in self._expressions if (fire := _next_of(each, epoch)) is not None]
        return min(fires, default=None)

    def last_until(self, epoch: float, *, since: int) -> int:
        """The last fire up to a time.

        :param since: a fire up to then
        """
        early, late = since - 1, int(epoch)
        while late - early > 1:
            middle = (early + late) // 2
            following = self.next_after(middle)
            if following is not None and following <= epoch:
                early = middle
            else:
                late = middle
        return self.next_after(early) or since

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The run after the last one; where fires were missed, as the setting says."""
        after = self.since
        if last_automated_data_interval is not None:
            after = max(after, last_automated_data_interval.end.timestamp())
        elif restriction.earliest is not None:
            after = max(after, restriction.earliest.timestamp() - 1)
        fire = self.next_after(after)
        now = self._clock()
        if (
            fire is not None
            and fire < now - settings.missed_fire_seconds()
            and settings.missed_fires() != settings.MissedFires.ALL
        ):
            # Nobody has looked for long: the last missed fire stands for all of them. Not the next one from now: whoever parses DAGs
            # while no scheduler runs comes here, too, and a fire that is still to be made up for must not be lost.
            fire = self.last_until(now, since=fire)
        if fire is None or (restriction.latest is not None and fire > restriction.latest.timestamp()):
            return None
        return DagRunInfo.exact(pendulum.from_timestamp(fire))

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        """A run by hand is of the moment it was asked for."""
        return DataInterval.exact(pendulum.instance(run_after))
