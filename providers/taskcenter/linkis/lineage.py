"""Lineage of SQL that runs on Linkis, read from its text by sqlglot: tables, and columns where the text tells them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from taskcenter.jobs.lineage import Column, Dataset, Lineage

if TYPE_CHECKING:
    from sqlglot import exp

log = logging.getLogger(__name__)

DIALECTS = {"sql": "spark", "sparksql": "spark", "hql": "hive", "psql": "presto", "tsql": "trino"}
"""What Linkis' run types are to sqlglot. ``jdbc`` is not among them: it does not tell whose SQL it is."""

DEFAULT_DATABASE = "default"
MAX_COLUMNS = 1000
"""Of one statement; more of them are told by table only, since each is looked up by itself."""

_VARIABLE = re.compile(r"\$\{\s*([\w.]+)\s*\}")


def dialect_of(run_type: str) -> str | None:
    """The SQL dialect that a job's code is in; None where it is in no SQL, or in one that nobody knows."""
    return DIALECTS.get(run_type.lower())


def read_sql(code: str, dialect: str, namespace: str, variables: Mapping[str, Any] | None = None) -> Lineage:
    """What statements read and wrote.

    A table that an unqualified name means is in the database that ``USE`` named last, at first in ``default``. What
    temporary views are made of counts for what is made of them. A text that sqlglot does not understand has no tables.

    :param code: the statements.
    :param dialect: as sqlglot calls it.
    :param namespace: of all tables.
    :param variables: what Linkis puts in place of ``${name}``.
    :raises ImportError: sqlglot is not installed.
    """
    import sqlglot
    from sqlglot.errors import SqlglotError

    lineage = Lineage(sql=code)
    known = {name: str(value) for name, value in (variables or {}).items()}
    text = _VARIABLE.sub(lambda found: known.get(found[1], found[0]), code)
    reader = _Reader(dialect, namespace, lineage)
    try:
        for statement in sqlglot.parse(text, read=dialect):
            if statement is not None:
                reader.read(statement)
    except (SqlglotError, RecursionError) as error:
        log.info("No lineage is told of SQL that sqlglot does not understand: %s", str(error).partition("\n")[0])
        return Lineage(sql=code)
    return lineage


class _Reader:
    """Reads one statement after another."""

    def __init__(self, dialect: str, namespace: str, lineage: Lineage) -> None:
        self.dialect = dialect
        self.namespace = namespace
        self.lineage = lineage
        self.database = DEFAULT_DATABASE
        self.views: dict[str, exp.Query] = {}

    def read(self, statement: Any) -> None:
        from sqlglot import exp

        if isinstance(statement, exp.Use):
            self.database = statement.this.name or self.database
        elif isinstance(statement, exp.Query):
            self._tables_of(self._expanded(statement))
        elif isinstance(statement, (exp.Create, exp.Insert)):
            query = statement.expression
            if isinstance(query, exp.Query):
                self._written(statement, _with_tables_of(statement, query))
            elif isinstance(statement, exp.Insert):
                self.lineage.wrote(self._dataset(_table(statement)))
        elif isinstance(statement, (exp.Merge, exp.Update, exp.Delete)):
            self._changed(statement)

    def _written(self, statement: exp.Create | exp.Insert, query: exp.Query) -> None:
        from sqlglot import exp

        target, query = _table(statement), self._expanded(query)
        if isinstance(statement, exp.Create) and _is_temporary(statement):
            self.views[target.name.lower()] = query
            return
        self._tables_of(query)
        named = statement.this.expressions if isinstance(statement.this, exp.Schema) else []
        # Where an INSERT names no columns they are those of the table, which the text does not tell.
        known = named or isinstance(statement, exp.Create)
        self.lineage.wrote(
            self._dataset(target), self._columns_of(query, [each.name for each in named]) if known else {}
        )

    def _changed(self, statement: exp.Merge | exp.Update | exp.Delete) -> None:
        """UPDATE, DELETE and MERGE: what is not written is read; columns are not told."""
        from sqlglot import exp

        target = _table(statement)
        inner = {each.alias_or_name for each in statement.find_all(exp.CTE)}
        for table in statement.find_all(exp.Table):
            if table is not target and (table.db or table.name not in inner):
                self.lineage.read(self._dataset(table))
        self.lineage.wrote(self._dataset(target))

    def _expanded(self, query: exp.Query) -> exp.Query:
        """With the queries of temporary views in place of their names."""
        from sqlglot import exp

        if not self.views:
            return query
        inner = {each.alias_or_name.lower() for each in query.find_all(exp.CTE)}
        query = query.copy()
        for table in list(query.find_all(exp.Table)):
            view = self.views.get(table.name.lower())
            if view is not None and not table.db and table.name.lower() not in inner:
                table.replace(view.copy().subquery(table.alias_or_name))
        return query

    def _tables_of(self, query: exp.Query) -> None:
        for table in _sources(query):
            self.lineage.read(self._dataset(table))

    def _columns_of(self, query: exp.Query, names: list[str]) -> dict[str, list[Column]]:
        """The columns that a query makes and what of; those of a ``*`` and of nothing are left out."""
        from sqlglot import exp
        from sqlglot.errors import SqlglotError
        from sqlglot.lineage import lineage
        from sqlglot.optimizer.qualify import qualify
        from sqlglot.optimizer.scope import build_scope

        if query.is_star or len(query.selects) > MAX_COLUMNS:
            return {}
        found: dict[str, list[Column]] = {}
        try:
            whole = qualify(query.copy(), dialect=self.dialect, validate_qualify_columns=False, identify=False)
            scope = build_scope(whole)
            qualified: Any = scope.expression if scope else query
            made = [each.alias_or_name for each in query.selects]
            for column, select in zip(names or made, qualified.selects, strict=False):
                root = lineage(select.alias_or_name, whole, schema={}, dialect=self.dialect, scope=scope)
                leaves = [node for node in root.walk() if not node.downstream and isinstance(node.source, exp.Table)]
                origins = [Column(self._dataset(leaf.source), exp.to_column(leaf.name).name) for leaf in leaves]
                if column and origins:
                    found[column.lower()] = sorted(set(origins))
        except (SqlglotError, ValueError) as error:
            # The tables are right all the same.
            log.info("No columns are told of a statement: %s", str(error).partition("\n")[0])
            return {}
        return found

    def _dataset(self, table: exp.Table) -> Dataset:
        parts = [part for part in (table.catalog, table.db or self.database, table.name) if part]
        # As metastores keep them, which do not tell upper from lower case.
        return Dataset(self.namespace, ".".join(parts).lower())


def _sources(query: exp.Query) -> Iterable[exp.Table]:
    """The tables of a query, without names that its WITH gives."""
    from sqlglot import exp
    from sqlglot.optimizer.scope import traverse_scope

    for scope in traverse_scope(query):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.name:
                yield source


def _table(statement: exp.Expression) -> exp.Table:
    """The table that a statement writes."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    found = (
        statement.this if isinstance(statement.this, exp.Table) else statement.this and statement.this.find(exp.Table)
    )
    if not isinstance(found, exp.Table) or not found.name:
        raise SqlglotError(f"{statement.key} of something that is no table")
    return found


def _with_tables_of(statement: exp.Expression, query: exp.Query) -> exp.Query:
    """The query of ``WITH ... INSERT ... SELECT``, with the WITH that stands before the INSERT."""
    for name in ("with_", "with"):  # the latter until sqlglot 27
        if statement.args.get(name) is not None and not query.args.get(name):
            query = query.copy()
            query.set(name, statement.args[name].copy())
    return query


def _is_temporary(statement: exp.Create) -> bool:
    from sqlglot import exp

    properties = statement.args.get("properties")
    return properties is not None and properties.find(exp.TemporaryProperty) is not None
