"""From the measurements of one run to the table, and to the bars that we set ourselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contenders import CONTENDERS, REFERENCE

HEADER = (
    "contender",
    "CPU s per 1000 polls",
    "of HttpAsyncHook",
    "polls done of wanted",
    "CPU of one core",
    "of HttpAsyncHook",
    "connections opened (most at once)",
    "KB a job",
    "lag p50 / p99 s",
    "longest stall (garbage) ms",
)


@dataclass(frozen=True)
class Row:
    """One contender's measurement, as ``measured_runner`` wrote it."""

    name: str
    raw: Mapping[str, Any]

    @property
    def cpu_per_1000(self) -> float | None:
        """CPU seconds per 1000 jobs asked for."""
        polls = self.raw["server"]["job_polls"]
        return self.raw["cpu"] / polls * 1000 if polls else None

    @property
    def core_share(self) -> float:
        """CPU time over wall time."""
        return float(self.raw["cpu"] / self.raw["elapsed"])

    @property
    def kilobytes(self) -> float:
        """Memory per waiting job."""
        return float(self.raw["bytes_per_job"] / 1024)

    def lag(self, share: float) -> float | None:
        """A quantile of the seconds from a job's end to its trigger's event."""
        lags = self.raw["lags"]
        return lags[min(len(lags) - 1, int(len(lags) * share))] if lags else None

    @property
    def stall_ms(self) -> float:
        """The longest time that the event loop ran nothing that was due."""
        return float(self.raw["stall_max"] * 1000)

    @property
    def garbage_ms(self) -> float:
        """The longest pause for garbage collection."""
        return float(self.raw["garbage_max"] * 1000)

    def problems(self) -> list[str]:
        """What makes the measurement no measurement."""
        raw, found = self.raw, []
        if raw["failures"]:
            found.append(f"events that tell of no success, such as {raw['failures'][0]}")
        if raw["early"]:
            found.append(f"{raw['early']} triggers ended before their job did")
        if CONTENDERS[self.name].polls and not raw["server"]["job_polls"]:
            found.append("it polled nothing")
        return found

    def notes(self) -> list[str]:
        """What a reader must know besides."""
        raw, found = self.raw, []
        if raw["missing"]:
            found.append(f"{raw['missing']} of {len(raw['lags'])} jobs ended and had no event to the end of the run")
        if raw["waited_for_core"] > 0.01 * raw["elapsed"]:
            share = raw["waited_for_core"] / raw["elapsed"]
            found.append(f"other programs had its core for {share:.0%} of the time: lag and stall may be theirs")
        return found


def cells(row: Row, reference: Row | None) -> list[str]:
    """The row's cells, after :data:`HEADER`."""
    server, wanted = row.raw["server"], row.raw["polls_wanted"]
    per_poll = row.cpu_per_1000
    reference_per_poll = reference.cpu_per_1000 if reference else None
    p50, p99 = row.lag(0.5), row.lag(0.99)
    polls = CONTENDERS[row.name].polls
    return [
        CONTENDERS[row.name].title,
        f"{per_poll:.3f}" if per_poll else "-",
        f"{per_poll / reference_per_poll:.1%}" if per_poll and reference_per_poll else "-",
        f"{server['job_polls'] / wanted:.0%}" if polls else "-",
        f"{row.core_share:.1%}",
        f"{row.core_share / reference.core_share:.1%}" if reference else "-",
        f"{server['connections'] + row.raw['already_open']} ({server['most_connections']})" if polls else "-",
        f"{row.kilobytes:.1f}",
        f"{p50:.1f} / {p99:.1f}" if p50 is not None and p99 is not None else "-",
        f"{row.stall_ms:.0f} ({row.garbage_ms:.0f})",
    ]


BARS_HEADER = ("what is to be reached", "bar", "measured", "")


def bars(rows: Mapping[str, Row], interval: float) -> list[list[str]]:
    """Our bars beside what was measured, for those contenders that ran."""
    ours, unbatched = rows.get("linkis"), rows.get("linkis-unbatched")
    reference, idle = rows.get(REFERENCE), rows.get("idle")
    found: list[list[str]] = []
    if ours:
        if reference:
            share = ours.core_share / reference.core_share
            found.append(_bar("CPU for the same jobs and time, of HttpAsyncHook's", share, 0.05, "{:.1%}"))
        if reference and idle:
            share = (ours.core_share - idle.core_share) / (reference.core_share - idle.core_share)
            found.append(_bar("the same, each less what Airflow alone needs", share, 0.05, "{:.1%}"))
        found.append(_bar("memory a job, KB", ours.kilobytes, 16, "{:.1f}"))
        found.append(_bar("p99 lag, s (interval + 1)", ours.lag(0.99) or 0.0, interval + 1, "{:.1f}"))
        found.append(_bar("longest stall, ms", ours.stall_ms, 50, "{:.0f}"))
    if unbatched and reference and unbatched.cpu_per_1000 and reference.cpu_per_1000:
        share = unbatched.cpu_per_1000 / reference.cpu_per_1000
        found.append(_bar("without batches: CPU per poll, of HttpAsyncHook's", share, 0.25, "{:.1%}"))
    exchangis = rows.get("exchangis")
    if exchangis and reference and exchangis.cpu_per_1000 and reference.cpu_per_1000:
        share = exchangis.cpu_per_1000 / reference.cpu_per_1000
        found.append(_bar("Exchangis: CPU per poll, of HttpAsyncHook's", share, 0.25, "{:.1%}"))
    return found


def _bar(what: str, value: float, bar: float, form: str) -> list[str]:
    return [what, "<= " + form.format(bar), form.format(value), "reached" if value <= bar else "SHORT"]


def by_name(results: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Row]:
    """The rows by contender."""
    return {name: Row(name, raw) for name, raw in results}
