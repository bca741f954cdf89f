"""Opens the system that a data source stands for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from taskcenter_sandbox.exchangis.systems.base import DataSystem, SystemFailure

if TYPE_CHECKING:
    from taskcenter_sandbox.linkis.engines.warehouse import Warehouse


class Systems:
    """Knows how to open each type.

    :param warehouse: makes, or finds, the warehouse that stands for Hive; called once it is needed.
    """

    def __init__(self, warehouse: Callable[[], Warehouse]) -> None:
        self._make_warehouse = warehouse
        self._warehouse: Warehouse | None = None
        self._lock = threading.Lock()

    @contextmanager
    def opened(self, type_name: str, params: dict[str, Any]) -> Iterator[DataSystem]:
        """A connection that is closed in the end.

        :raises SystemFailure: it cannot be opened.
        """
        system = self._open(type_name.upper(), params)
        try:
            yield system
        finally:
            system.close()

    def _open(self, type_name: str, params: dict[str, Any]) -> DataSystem:
        # Each only when it is needed: DuckDB takes half a second to load, and the drivers need not be installed.
        if type_name == "HIVE":
            from taskcenter_sandbox.exchangis.systems.duck import DuckSystem

            with self._lock:
                if self._warehouse is None:
                    self._warehouse = self._make_warehouse()
            return DuckSystem(self._warehouse)
        if type_name == "SQLITE":
            from taskcenter_sandbox.exchangis.systems.sqlite import SqliteSystem

            return SqliteSystem(params)
        if type_name == "CSV":
            from taskcenter_sandbox.exchangis.systems.csv_files import CsvSystem

            return CsvSystem(params)
        if type_name == "PARQUET":
            from taskcenter_sandbox.exchangis.systems.parquet import ParquetSystem

            return ParquetSystem(params)
        if type_name == "POSTGRESQL":
            from taskcenter_sandbox.exchangis.systems.postgres import PostgresSystem

            return PostgresSystem(params)
        if type_name == "MYSQL":
            from taskcenter_sandbox.exchangis.systems.mysql import MysqlSystem

            return MysqlSystem(params)
        raise SystemFailure(f"the local Exchangis cannot connect to {type_name}")
