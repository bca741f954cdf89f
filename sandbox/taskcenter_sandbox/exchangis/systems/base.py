"""What every system that holds data can do: tell what is in it, be read and be written in batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

RowValues = Sequence[Any]
"""The values of a row, as Python has them; None is NULL."""

Batch = Sequence[RowValues]


class SystemFailure(Exception):  # noqa: N818 # what another system said
    """A system cannot be reached, or has refused something; the text holds no password."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    :param type: as the system itself calls it.
    """

    name: str
    type: str


@dataclass
class Written:
    """What has become of a batch.

    :param records: rows that were written.
    :param errors: rows that the sink could not take, with the reason of the first one.
    """

    records: int
    errors: int = 0
    reason: str = ""


class Writer(ABC):
    """Writes to one table; a context manager's end is either :meth:`finish` or :meth:`abort`."""

    @abstractmethod
    def write(self, batch: Batch) -> Written:
        """Write some rows.

        :raises SystemFailure: the system failed; rows that do not fit its types are counted instead.
        """

    @abstractmethod
    def finish(self) -> None:
        """Make all that was written stay."""

    @abstractmethod
    def abort(self) -> None:
        """End without success; whether what was written stays is up to the system. Never raises."""


class DataSystem(ABC):
    """A connection to a system; not for use by two threads at once."""

    @abstractmethod
    def databases(self) -> list[str]:
        """Its databases.

        :raises SystemFailure: it cannot be reached.
        """

    @abstractmethod
    def tables(self, database: str) -> list[str]:
        """The tables of a database.

        :raises SystemFailure: there is no such database.
        """

    @abstractmethod
    def columns(self, database: str, table: str) -> list[Column]:
        """The columns of a table, in order.

        :raises SystemFailure: there is no such table.
        """

    @abstractmethod
    def count(self, database: str, table: str, where: str) -> int:
        """How many rows there are to read."""

    @abstractmethod
    def read(self, database: str, table: str, columns: Sequence[str], where: str, size: int) -> Iterator[Batch]:
        """The rows in batches; never more than two of them in memory.

        :param where: a condition in the system's own SQL, empty for all rows.
        :param size: rows of a batch.
        """

    @abstractmethod
    def writer(self, database: str, table: str, columns: Sequence[str], mode: str) -> Writer:
        """Begin to write.

        :param mode: ``append``, ``truncate`` (rows that are there go first) or ``update`` (a row with the same key
            is replaced).
        """

    @abstractmethod
    def interrupt(self) -> None:
        """Have what another thread waits for end with a :class:`SystemFailure`; never raises."""

    def check(self) -> None:
        """Test the connection.

        :raises SystemFailure: it does not work.
        """
        self.databases()

    @abstractmethod
    def close(self) -> None:
        """Close the connection; never raises."""


def required(params: dict[str, Any], *names: str) -> list[str]:
    """Parameters that must be there.

    :raises SystemFailure: one is not.
    """
    missing = [name for name in names if params.get(name) in (None, "")]
    if missing:
        raise SystemFailure(f"the connection parameters lack {', '.join(missing)}")
    return [str(params[name]) for name in names]
