"""Hive's partitions in a warehouse that has none: columns like others, which INSERT OVERWRITE replaces by value."""

# It makes SQL of SQL that it was sent, which is what it is for.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from taskcenter_sandbox.linkis.engines.base import CodeFailed
from taskcenter_sandbox.linkis.engines.catalog import Catalog
from taskcenter_sandbox.linkis.engines.warehouse import PARTITION_MARK

_STAGED = "taskcenter_staged"


def create(expression: exp.Create) -> Iterator[str]:
    """CREATE TABLE, with the columns of PARTITIONED BY last; storage clauses are left out."""
    partitioned = expression.find(exp.PartitionedByProperty)
    kept = [each for each in _properties(expression) if isinstance(each, exp.TemporaryProperty)]
    expression.set("properties", exp.Properties(expressions=kept) if kept else None)
    if str(expression.args.get("kind")).upper() == "DATABASE":
        expression.set("kind", "SCHEMA")
    columns = (
        partitioned.this.expressions if partitioned is not None and isinstance(partitioned.this, exp.Schema) else []
    )
    target = expression.this
    if isinstance(target, exp.Schema):
        known = {each.name.lower() for each in target.expressions}
        for column in columns:
            if isinstance(column, exp.ColumnDef) and column.name.lower() not in known:
                target.append("expressions", column.copy())
        for column in target.find_all(exp.ColumnDef):
            column.set("constraints", [each for each in column.constraints if not _is_comment(each)])
    yield _sql(expression)
    table = target.this if isinstance(target, exp.Schema) else target
    if str(expression.args.get("kind")).upper() == "TABLE":
        for column in columns:
            yield f"COMMENT ON COLUMN {_sql(table)}.{_identifier(column.name)} IS '{PARTITION_MARK}'"


def insert(expression: exp.Insert, catalog: Catalog) -> Iterator[str]:
    """INSERT INTO and INSERT OVERWRITE, with or without PARTITION (...)."""
    target = expression.this
    table = target.this if isinstance(target, exp.Schema) else target
    partition = table.args.get("partition") or expression.args.get("partition") or None
    overwrite = bool(expression.args.get("overwrite"))
    if partition is None and not overwrite:
        yield _sql(expression)
        return
    table.set("partition", None)
    static, dynamic = _values(partition)
    columns = catalog.columns(table.db, table.name)
    if not columns:
        raise CodeFailed(f"Catalog Error: Table with name {table.name} does not exist!", 41002)
    names = [each.name.lower() for each in columns]
    unknown = [name for name in (*static, *dynamic) if name.lower() not in names]
    if unknown:
        raise CodeFailed(f"{unknown[0]} is not a valid partition column in table {table.sql()}.", 41004)
    if isinstance(target, exp.Schema):
        given = [each.name for each in target.expressions]
    else:
        apart = {name.lower() for name in (*static, *dynamic)}
        given = [each.name for each in columns if each.name.lower() not in apart] + dynamic
    listed = ", ".join(map(_identifier, given))
    target_sql = _sql(table)
    # Staged first: the query may read what is about to be replaced.
    yield f"CREATE OR REPLACE TEMP TABLE {_STAGED} AS SELECT {listed} FROM {target_sql} LIMIT 0"
    yield f"INSERT INTO {_STAGED} {_sql(expression.expression)}"
    if overwrite:
        conditions = [f"{_identifier(name)} = {value}" for name, value in static.items()]
        if dynamic:
            keys = ", ".join(map(_identifier, dynamic))
            conditions.append(
                f"({keys}) IN (SELECT ({keys}) FROM {_STAGED})"
                if len(dynamic) > 1
                else f"{keys} IN (SELECT {keys} FROM {_STAGED})"
            )
        yield f"DELETE FROM {target_sql}{' WHERE ' if conditions else ''}{' AND '.join(conditions)}"
    all_columns = ", ".join([listed, *map(_identifier, static)]) if given else ", ".join(map(_identifier, static))
    yield f"INSERT INTO {target_sql} ({all_columns}) SELECT {', '.join(['*', *static.values()])} FROM {_STAGED}"
    yield f"DROP TABLE {_STAGED}"


def alter(expression: exp.Alter) -> Iterator[str]:
    """ALTER TABLE ... DROP PARTITION deletes rows; ADD PARTITION has nothing to do."""
    for action in expression.args.get("actions") or []:
        if isinstance(action, exp.DropPartition):
            for partition in action.expressions:
                yield delete(expression.this, partition)


def delete(table: exp.Expression, partition: exp.Expression) -> str:
    """Delete the rows of a partition."""
    static, _ = _values(partition)
    conditions = " AND ".join(f"{_identifier(name)} = {value}" for name, value in static.items())
    bare = table.copy()
    bare.set("partition", None)
    return f"DELETE FROM {_sql(bare)} WHERE {conditions or 'TRUE'}"


def _values(partition: exp.Expression | None) -> tuple[dict[str, str], list[str]]:
    """Columns with a value, and columns whose value comes from the query."""
    static: dict[str, str] = {}
    dynamic: list[str] = []
    for each in partition.expressions if partition is not None else []:
        if isinstance(each, exp.EQ):
            static[each.this.name] = _sql(each.expression)
        else:
            dynamic.append(each.name)
    return static, dynamic


def _properties(expression: exp.Create) -> list[exp.Expression]:
    properties = expression.args.get("properties")
    return list(properties.expressions) if properties is not None else []


def _is_comment(constraint: exp.Expression) -> bool:
    return isinstance(constraint, exp.ColumnConstraint) and isinstance(constraint.kind, exp.CommentColumnConstraint)


def _identifier(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def _sql(expression: exp.Expression) -> str:
    return expression.sql(dialect="duckdb", comments=False)
