"""Writes as much of a batch as a database takes, without asking it about each row."""

from __future__ import annotations

from collections.abc import Callable

from taskcenter_sandbox.exchangis.systems.base import Batch, Written


class RowsRefused(Exception):  # noqa: N818 # the way a statement says that some row does not fit
    """At least one row of a statement does not fit; none of it was written."""


def write_halving(batch: Batch, write: Callable[[Batch], None]) -> Written:
    """Write a batch; the half that is refused is halved again, down to single rows.

    :param write: writes all of what it is given or nothing, and raises :class:`RowsRefused` then.
    """
    if not batch:
        return Written(0)
    try:
        write(batch)
    except RowsRefused as refusal:
        if len(batch) == 1:
            return Written(0, 1, str(refusal))
        middle = len(batch) // 2
        left, right = write_halving(batch[:middle], write), write_halving(batch[middle:], write)
        return Written(left.records + right.records, left.errors + right.errors, left.reason or right.reason)
    return Written(len(batch))
