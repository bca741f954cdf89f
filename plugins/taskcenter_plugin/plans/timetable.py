"""The timetable of plans: the union of Quartz cron expressions, each in its own time zone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from taskcenter_plugin import settings
from taskcenter_plugin.plans.quartz import QuartzCron, quartz_cron, zone

if TYPE_CHECKING:
    from airflow.models.dag import DagModel


def next_of(cron: QuartzCron, epoch: float) -> int | None:
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


def _count_fire(delay_seconds: float) -> None:
    from taskcenter_plugin import metrics  # Airflow's models are not there yet when it loads its plugins

    metrics.count_cron_fire(delay_seconds)


class QuartzTimetable(Timetable):
    """Fires whenever one of the expressions does; a second in which several do is one run.

    Airflow is told ``catchup=True`` for the DAG, so that a scheduler that is late by seconds creates every run. What happens to the
    fires of a longer downtime is decided here, by ``[taskcenter] missed_fires``, when the scheduler creates a run and not before: which
    fire is next depends on the last run alone, so whoever works it out while no scheduler runs (each parse does) loses none. By
    default the first missed fire is run for all: its data interval reaches to the last one, and the next run is the one after.

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
        fires = [fire for each in self._expressions if (fire := next_of(each, epoch)) is not None]
        return min(fires, default=None)

    def last_until(self, epoch: float, *, since: int) -> int:
        """The last fire up to a time.

        :param since: epoch seconds, given back where there is no fire after it
        """
        early, late, last = since, int(epoch), since
        while early < late:
            middle = (early + late) // 2
            fire = self.next_after(middle)
            if fire is not None and fire <= epoch:
                early = last = fire
            else:
                late = middle
        return last

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The run of the first fire after those that the last run stands for."""
        after = self.since
        if last_automated_data_interval is not None:
            after = max(after, last_automated_data_interval.end.timestamp())
        elif restriction.earliest is not None:
            after = max(after, restriction.earliest.timestamp() - 1)
        fire = self.next_after(after)
        if fire is None or (restriction.latest is not None and fire > restriction.latest.timestamp()):
            return None
        return DagRunInfo.exact(pendulum.from_timestamp(fire))

    def next_run_info_from_dag_model(self, *, dag_model: DagModel) -> DagRunInfo | None:
        """What the scheduler makes of the run that it has noted as next, and that is due.

        The logical date stays, because the scheduler has looked whether there is such a run.
        """
        info = super().next_run_info_from_dag_model(dag_model=dag_model)
        if info is None or info.data_interval is None:
            return info
        fire, now = info.data_interval.start, self._clock()
        _count_fire(now - fire.timestamp())
        if settings.missed_fires() is settings.MissedFires.ALL:
            return info
        if fire.timestamp() >= now - settings.missed_fire_seconds():
            return info
        last = pendulum.from_timestamp(self.last_until(now, since=int(fire.timestamp())))
        return info._replace(data_interval=DataInterval(fire, max(fire, last)))

    def infer_manual_data_interval(self, *, run_after: datetime) -> DataInterval:
        """A run by hand is of the moment it was asked for."""
        return DataInterval.exact(pendulum.instance(run_after))
