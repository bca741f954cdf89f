"""When the benchmark's jobs end: the mock server and the measurement compute it alike."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

WARM_UP_ID = 1_000_000
"""A job that has ended from the start; the jobs that are measured have the ids that follow."""

FIRST_END, LAST_END = 0.25, 0.65
"""Jobs end in this part of the run; the rest of it is for the answers of those who are late."""


def exec_id(job: int) -> str:
    """The execID of a job, in the form of Linkis 1.x."""
    return f"exec_id018017linkis-cg-entrancelocalhost:9104airflow_hadoop_spark_{job % 1000}"


def flink_job_id(job: int) -> str:
    """The id of a job, in Flink's form."""
    return f"{job:032x}"


@dataclass(frozen=True)
class Jobs:
    """The jobs of one run.

    Only some end, evenly over the run's middle: so the load stays what it was, and lags are those of a full triggerer.

    :param count: how many jobs are waited for.
    :param ending_share: which share of them ends during the run.
    """

    count: int
    ending_share: float = 0.2

    @property
    def ids(self) -> range:
        """All of them."""
        return range(WARM_UP_ID + 1, WARM_UP_ID + 1 + self.count)

    def ends(self, start: float, seconds: float) -> dict[int, float]:
        """When those jobs end that do, epoch seconds by id."""
        number = max(1, round(self.count * self.ending_share))
        stride = self.count / number
        first, step = start + FIRST_END * seconds, (LAST_END - FIRST_END) * seconds / number
        # Neighbours, which a client may ask for in one request, must not end together: a coprime walk scatters them.
        walk = _coprime_near(number * 0.618, number)
        return {self.ids[int(place * stride)]: first + (place * walk % number) * step for place in range(number)}


def _coprime_near(value: float, modulus: int) -> int:
    candidate = max(1, int(value))
    while gcd(candidate, modulus) != 1:
        candidate += 1
    return candidate
