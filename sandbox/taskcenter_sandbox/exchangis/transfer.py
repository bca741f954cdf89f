"""Moves the rows of one table to another, in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from taskcenter_sandbox.exchangis.content import SubJob
from taskcenter_sandbox.exchangis.systems.base import Batch, Column, DataSystem, SystemFailure, Written

Json = dict[str, Any]

MODES = {
    "insert": "append",
    "append": "append",
    "update": "update",
    "truncate": "truncate",
    "overwrite": "truncate",
}
"""What the values of ``writeMode`` mean, in whichever case."""

ERROR_LIMIT = "setting.errorLimit.record"


class TransferError(Exception):
    """Data cannot be moved; the text says why."""


class TransferStopped(Exception):  # noqa: N818 # somebody wanted it
    """It was asked to end before all was moved."""


@dataclass
class Progress:
    """How far it is.

    :param total: rows of the source when it began.
    :param read: rows read so far, :param errors: those that the sink did not take.
    """

    total: int = 0
    read: int = 0
    written: int = 0
    errors: int = 0
    started: float = field(default_factory=time.monotonic)

    @property
    def part(self) -> float:
        """How much of it is done, from 0 to 1."""
        return min(1.0, self.read / self.total) if self.total else 0.0

    @property
    def flow(self) -> float:
        """Rows a second."""
        seconds = time.monotonic() - self.started
        return self.written / seconds if seconds > 0 else 0.0


@dataclass(frozen=True)
class Plan:
    """What is read and what is written.

    :param constants: values of sink columns that come from no source column, such as a partition.
    """

    source_columns: tuple[str, ...]
    sink_columns: tuple[str, ...]
    where: str
    constants: tuple[Any, ...]
    mode: str
    error_limit: int | None


def plan(job: SubJob, source: DataSystem, sink: DataSystem) -> Plan:
    """Check mapping and settings against what is really there.

    :raises TransferError: they do not fit.
    :raises SystemFailure: a side could not be asked.
    """
    left = _by_name(source.columns(job.source.database, job.source.table))
    right = _by_name(sink.columns(job.sink.database, job.sink.table)) if _is_there(job, sink) else {}
    sink_partition = _partition(job.sink.params)
    pairs = job.mapping or tuple(
        (name, right.get(key, name)) for key, name in left.items() if key in right or not right
    )
    pairs = tuple((left_name, right_name) for left_name, right_name in pairs if right_name not in sink_partition)
    if not pairs:
        raise TransferError(f"No field of {job.source} has the name of one of {job.sink}; the job needs a mapping")
    for name, columns, side in [(one, left, job.source) for one, _ in pairs] + [
        (two, right, job.sink) for two in [*(two for _, two in pairs), *sink_partition] if right
    ]:
        if name.lower() not in columns:
            raise TransferError(
                f"{side} has no field {name}, which the mapping names; it has {', '.join(columns.values())}"
            )
    sinks = [two.lower() for _, two in pairs]
    if len(set(sinks)) < len(sinks):
        raise TransferError("The mapping names a field of the sink twice")
    mode = str(job.sink.params.get("writeMode") or "append")
    if mode.lower() not in MODES:
        raise TransferError(f"There is no writeMode {mode!r}; it can be {', '.join(sorted(MODES))}")
    conditions = [str(job.source.params.get("where") or "").strip()]
    conditions += [f"{name} = '{value}'" for name, value in _partition(job.source.params).items()]
    return Plan(
        tuple(left[one.lower()] for one, _ in pairs),
        (*(right.get(two.lower(), two) for _, two in pairs), *sink_partition),
        " and ".join(f"({each})" for each in conditions if each),
        tuple(sink_partition.values()),
        MODES[mode.lower()],
        _error_limit(job.settings),
    )


def transfer(
    job: SubJob,
    source: DataSystem,
    sink: DataSystem,
    *,
    batch_rows: int,
    progress: Progress,
    after_batch: Callable[[Written], None],
) -> None:
    """Move all rows.

    :param progress: kept up to date.
    :param after_batch: called after each batch; what it raises ends the transfer.
    :raises TransferError: the job does not fit what is there, or too many rows were refused.
    :raises SystemFailure: a system failed.
    """
    made = plan(job, source, sink)
    progress.total = source.count(job.source.database, job.source.table, made.where)
    progress.started = time.monotonic()
    writer = sink.writer(job.sink.database, job.sink.table, made.sink_columns, made.mode)
    try:
        for batch in source.read(job.source.database, job.source.table, made.source_columns, made.where, batch_rows):
            written = writer.write(_with(batch, made.constants))
            progress.read += len(batch)
            progress.written += written.records
            progress.errors += written.errors
            after_batch(written)
            if made.error_limit is not None and progress.errors > made.error_limit:
                raise TransferError(
                    f"{progress.errors} records could not be written, more than the {made.error_limit} of {ERROR_LIMIT}; "
                    f"the first: {written.reason}"
                )
        writer.finish()
    except BaseException:
        writer.abort()
        raise


def _with(batch: Batch, constants: tuple[Any, ...]) -> Batch:
    return [(*row, *constants) for row in batch] if constants else batch


def _is_there(job: SubJob, sink: DataSystem) -> bool:
    """A file need not be there before it is written."""
    return job.sink.type not in ("CSV", "PARQUET") or job.sink.table in sink.tables(job.sink.database)


def _by_name(columns: list[Column]) -> dict[str, str]:
    return {column.name.lower(): column.name for column in columns}


def _partition(params: Mapping[str, Any]) -> dict[str, str]:
    value = params.get("partition") or {}
    if not isinstance(value, dict):
        raise TransferError(f"partition is no object but {value!r}")
    return {str(name): str(text) for name, text in value.items()}


def _error_limit(settings: Json) -> int | None:
    value = settings.get(ERROR_LIMIT)
    if value in (None, ""):
        return None
    try:
        return int(str(value))
    except ValueError:
        raise TransferError(f"{ERROR_LIMIT} is no number but {value!r}") from None


__all__ = ["Progress", "SystemFailure", "TransferError", "TransferStopped", "plan", "transfer"]
