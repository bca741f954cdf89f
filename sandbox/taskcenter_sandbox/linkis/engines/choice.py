"""Which engine runs a job."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from taskcenter_sandbox.linkis.engines.base import ENGINE_UNAVAILABLE, CodeFailed, Run
from taskcenter_sandbox.linkis.engines.process import RUN_TYPES, ProcessRun
from taskcenter_sandbox.linkis.settings import Settings

if TYPE_CHECKING:
    from taskcenter_sandbox.linkis.engines.warehouse import Warehouse

ENGINES = frozenset(
    [
        "spark",
        "hive",
        "hbase",
        "python",
        "repl",
        "doris",
        "shell",
        "jdbc",
        "io_file",
        "io_hdfs",
        "fps",
        "pipeline",
        "presto",
        "nebula",
        "flink",
        "appconn",
        "sqoop",
        "datax",
        "openlookeng",
        "trino",
        "elasticsearch",
        "seatunnel",
        "impala",
        "jobserver",
    ]
)
"""What Linkis knows by name; the run type decides what really runs."""


class Engines:
    """Makes the runs of jobs.

    :param mark: begins the mark of their processes.
    """

    def __init__(self, settings: Settings, mark: str) -> None:
        self._settings = settings
        self._mark = mark
        self._lock = threading.Lock()
        self._warehouse: Warehouse | None = None

    def run_for(self, engine_type: str, run_type: str) -> Run:
        """A run for some code.

        :param engine_type: engine and version; other names than Linkis' own are accepted at submit, and fail here.
        :raises CodeFailed: nothing runs such code.
        """
        if engine_type.partition("-")[0] not in ENGINES:
            raise CodeFailed(f"EngineConnPluginNotFoundException: No plugin found {engine_type}", ENGINE_UNAVAILABLE)
        if run_type in RUN_TYPES:
            return ProcessRun(self._mark)
        # DuckDB and sqlglot take half a second to load: not before there is SQL.
        from taskcenter_sandbox.linkis.engines.dialects import DIALECTS
        from taskcenter_sandbox.linkis.engines.sql import SqlRun

        if run_type not in DIALECTS:
            known = ", ".join(sorted({*RUN_TYPES, *DIALECTS}))
            raise CodeFailed(f"the local Linkis does not run {run_type} code; it runs {known}", ENGINE_UNAVAILABLE)
        return SqlRun(self.warehouse())

    def warehouse(self) -> Warehouse:
        """What all SQL jobs share, and who serves beside this server."""
        from taskcenter_sandbox.linkis.engines.warehouse import Warehouse

        with self._lock:
            if self._warehouse is None:
                path = self._settings.directory / "warehouse.duckdb"
                self._warehouse = Warehouse(path, self._settings.limits.memory)
            return self._warehouse

    def close(self) -> None:
        """Close the warehouse."""
        with self._lock:
            if self._warehouse is not None:
                self._warehouse.close()
