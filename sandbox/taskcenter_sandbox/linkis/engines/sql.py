"""SQL on the DuckDB warehouse: statements in their order, each query a result set, written as it is computed."""

# It runs SQL that it was sent, which is what it is for.
# ruff: noqa: S608

from __future__ import annotations

import threading
import time
from contextlib import suppress

import duckdb

from taskcenter_sandbox.linkis.dolphin import BLOCK_ROWS, TooLarge
from taskcenter_sandbox.linkis.engines.base import CodeFailed, Task, column
from taskcenter_sandbox.linkis.engines.catalog import Catalog
from taskcenter_sandbox.linkis.engines.dialects import DIALECTS, Plan, statements
from taskcenter_sandbox.linkis.engines.warehouse import Warehouse, failure, linkis_type, shown_as, text_of
from taskcenter_sandbox.linkis.logs import stamped

CONFLICT_TRIES = 20
CONFLICT_PAUSE_SECONDS = 0.05

_INTERRUPT_SECONDS = 0.05
_LOGGED_CHARACTERS = 200
_KILLED = "Job is killed by user!"


class SqlRun:
    """One run of a script of statements; the first that fails ends it."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._killed = threading.Event()
        self._ended = threading.Event()
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._done = 0
        self._count = 1

    def run(self, task: Task) -> None:
        """Run the statements in order.

        :raises CodeFailed: one failed, or the job was killed.
        """
        try:
            self._run(task)
        except duckdb.InterruptException as error:
            raise CodeFailed(_KILLED) from error
        except duckdb.Error as error:
            raise failure(error) from error
        except TooLarge as error:
            raise CodeFailed(str(error)) from error
        finally:
            self._ended.set()
            if self._cursor is not None:
                self._cursor.close()

    def kill(self) -> None:
        """Interrupt the statement that runs, until the run has ended: an interrupt between two statements is lost."""
        self._killed.set()
        while not self._ended.wait(_INTERRUPT_SECONDS):
            if self._cursor is not None:
                with suppress(duckdb.Error):
                    self._cursor.interrupt()

    def progress(self) -> float:
        """Statements done, and how far DuckDB says it is with the one that runs."""
        share = 0.0
        if self._cursor is not None and not self._ended.is_set():
            with suppress(duckdb.Error):
                share = max(0.0, min(100.0, self._cursor.query_progress())) / 100
        return (self._done + share) / self._count

    def steps(self) -> tuple[int, int]:
        """Statements."""
        return self._done, self._count

    def _run(self, task: Task) -> None:
        found = statements(task.code, task.run_type)
        self._count = max(1, len(found))
        self._cursor = self._warehouse.cursor()
        catalog = Catalog(self._cursor)
        for number, statement in enumerate(found, start=1):
            if self._killed.is_set():
                raise CodeFailed(_KILLED)
            task.log.append(stamped(f"statement {number} of {len(found)}: {_shortened(statement.text)}"))
            plan = statement.plan(catalog)
            if plan.note:
                task.log.write(plan.note, "WARN")
            self._execute(task, plan)
            self._done = number

    def _execute(self, task: Task, plan: Plan) -> None:
        for attempt in range(CONFLICT_TRIES):
            try:
                self._transact(task, plan)
            except duckdb.TransactionException:
                # Another job has changed the same thing at the same time; in Hive it would have waited for its lock.
                self._roll_back()
                if attempt == CONFLICT_TRIES - 1 or self._killed.wait(CONFLICT_PAUSE_SECONDS * (attempt + 1)):
                    raise
            except duckdb.Error:
                self._roll_back()
                raise
            else:
                return

    def _transact(self, task: Task, plan: Plan) -> None:
        assert self._cursor is not None  # noqa: S101 # _run has made it
        if len(plan.sql) > 1:
            self._cursor.execute("BEGIN")
        for sql in plan.sql:
            self._statement(task, sql)
        if len(plan.sql) > 1:
            self._cursor.execute("COMMIT")

    def _roll_back(self) -> None:
        if self._cursor is not None:
            with suppress(duckdb.Error):
                self._cursor.execute("ROLLBACK")

    def _statement(self, task: Task, sql: str) -> None:
        assert self._cursor is not None  # noqa: S101 # _run has made it
        parsed = duckdb.extract_statements(sql)
        if not parsed:
            return
        began = time.monotonic()
        if parsed[0].type == duckdb.StatementType.SELECT:
            rows = self._query(task, sql)
        elif parsed[0].expected_result_type == [duckdb.ExpectedResultType.QUERY_RESULT]:
            rows = self._small_query(task, sql)
        else:
            self._cursor.execute(sql)
            return
        task.log.write(f"{rows} row(s) in {time.monotonic() - began:.3f} s")

    def _query(self, task: Task, sql: str) -> int:
        """Have DuckDB itself make the texts and the JSON, block by block: Python touches no value."""
        assert self._cursor is not None  # noqa: S101 # _run has made it
        try:
            described = self._cursor.execute(f"DESCRIBE {sql}").fetchall()
        except duckdb.InterruptException:
            raise
        except duckdb.Error:
            return self._small_query(task, sql)
        names = [f"c{index}" for index in range(len(described))]
        texts = ", ".join(shown_as(name, str(row[1])) for name, row in zip(names, described, strict=True))
        # A line end, because the query may end in a comment.
        self._cursor.execute(f"SELECT to_json([{texts}])::VARCHAR FROM ({sql}\n) AS t({', '.join(names)})")
        hive = DIALECTS[task.run_type] != "spark"
        with task.table([column(str(row[0]), linkis_type(str(row[1]), hive=hive)) for row in described]) as result:
            while rows := self._cursor.fetchmany(BLOCK_ROWS):
                result.write_json([row[0] for row in rows])
                if self._killed.is_set():
                    raise CodeFailed(_KILLED)
        return result.rows

    def _small_query(self, task: Task, sql: str) -> int:
        """EXPLAIN, PRAGMA and other things that cannot stand inside a query."""
        assert self._cursor is not None  # noqa: S101 # _run has made it
        self._cursor.execute(sql)
        hive = DIALECTS[task.run_type] != "spark"
        described = self._cursor.description or []
        with task.table([column(str(item[0]), linkis_type(str(item[1]), hive=hive)) for item in described]) as result:
            while rows := self._cursor.fetchmany(BLOCK_ROWS):
                result.write([[text_of(value) for value in row] for row in rows])
        return result.rows


def _shortened(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= _LOGGED_CHARACTERS else f"{line[:_LOGGED_CHARACTERS]} ..."
