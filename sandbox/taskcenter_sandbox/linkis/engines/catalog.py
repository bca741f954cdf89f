"""What is in the warehouse, for the translation of statements that depend on it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from taskcenter_sandbox.linkis.engines.warehouse import PARTITION_MARK


@dataclass(frozen=True)
class Column:
    """A column of a table.

    :param partition: whether the table is partitioned by it.
    """

    name: str
    type: str
    comment: str | None
    partition: bool


class Catalog:
    """Asks the warehouse.

    :param cursor: the job's connection; what is not qualified is looked up in its schema.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def columns(self, schema: str, table: str) -> list[Column]:
        """The columns of a table or view in their order; none where there is no such table.

        :param schema: empty for the current one.
        """
        rows = self._cursor.execute(
            "select column_name, data_type, comment from duckdb_columns() "
            "where lower(table_name) = lower(?) and lower(schema_name) = lower(coalesce(nullif(?, ''), current_schema())) "
            "and database_name = current_database() order by column_index",
            [table, schema],
        ).fetchall()
        return [
            Column(name, kind, None if comment == PARTITION_MARK else comment, comment == PARTITION_MARK)
            for name, kind, comment in rows
        ]
