"""The part of the demo in which Exchangis moves a table to the warehouse, where Linkis looks at it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from taskcenter_sandbox.demo.display import Display
from taskcenter_sandbox.deployment.client import AirflowClient
from taskcenter_sandbox.processes import databases

DAG_ID = "example_exchangis_transfer"
DAG_FILE = f"exchangis/{DAG_ID}.py"
ROWS = 1_000_000

_COLUMNS = "id, 'city ' || (id % 97) AS city, (id % 1000 + 1) / 4.0 AS amount"
_POSTGRES = f"CREATE TABLE orders AS SELECT {_COLUMNS} FROM generate_series(1::bigint, {ROWS}) AS id"  # noqa: S608 # of constants
_SQLITE = (
    f"CREATE TABLE orders AS WITH RECURSIVE numbers (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM numbers LIMIT {ROWS}) "  # noqa: S608
    f"SELECT {_COLUMNS} FROM numbers"
)
_TOTALS = "SELECT count(*), sum(id), sum(amount) FROM orders"
Totals = tuple[int, int, float]


@dataclass(frozen=True)
class Shop:
    """A database with the table ``orders``.

    :param described: what it is, and why.
    :param connection: fields of the Airflow connection to it.
    :param conf: what the example is triggered with, so that it reads this one.
    :param totals: how many orders there are, and the sums of their ids and amounts.
    """

    described: str
    connection: Mapping[str, Any]
    conf: Mapping[str, str]
    totals: Totals


@contextmanager
def shop(directory: Path) -> Iterator[Shop]:
    """A PostgreSQL with a million orders where one is installed; a SQLite file with them where none is."""
    with ExitStack() as running:
        try:
            psycopg = import_module("psycopg")
            params = running.enter_context(databases.postgres())
        except ImportError:
            found = _sqlite(directory, "its driver psycopg is not installed")
        except (databases.ServerMissingError, RuntimeError) as error:
            found = _sqlite(directory, str(error).partition("\n")[0])
        else:
            found = _postgres(psycopg, params)
        yield found


def _postgres(psycopg: Any, params: Mapping[str, str]) -> Shop:
    account = {"host": params["host"], "port": int(params["port"]), "password": params["password"]}
    names = {"user": params["username"], "dbname": params["databaseName"]}
    with psycopg.connect(**account, **names, autocommit=True) as database:
        database.execute(_POSTGRES)
        totals = _totals(database.execute(_TOTALS).fetchone())
    return Shop(
        f"a PostgreSQL of its own on port {params['port']}",
        {"conn_type": "postgres", "login": names["user"], "schema": names["dbname"], **account},
        {"source_type": "POSTGRESQL", "source_database": "public"},
        totals,
    )


def _sqlite(directory: Path, reason: str) -> Shop:
    path = directory / "shop.db"
    database = sqlite3.connect(path)
    try:
        database.execute(_SQLITE)
        database.commit()
        totals = _totals(database.execute(_TOTALS).fetchone())
    finally:
        database.close()
    return Shop(
        f"a SQLite file, in place of PostgreSQL: {reason}",
        {"conn_type": "generic", "extra": json.dumps({"connect_params": {"path": str(path)}})},
        {"source_type": "SQLITE", "source_database": "main"},
        totals,
    )


def show_totals(client: AirflowClient, display: Display, run_id: str, wanted: Totals) -> bool:
    """Say how many rows have been moved, and whether what Linkis sees in the warehouse is what was in the source."""
    moved = client.xcom(DAG_ID, run_id, "move")
    [cities] = client.xcom(DAG_ID, run_id, "by_city")["result_sets"]
    found = _totals([sum(float(row[place]) for row in cities["rows"]) for place in (1, 2, 3)])
    agree = found == wanted and moved["records"] == wanted[0]
    display.say(f"  in the source: {_shown(wanted)}")
    display.say(f"  Exchangis has moved {moved['records']} rows, {moved['error_records']} of them wrong")
    display.say(f"  in the warehouse: {_shown(found)}; {'they agree' if agree else 'THEY DO NOT AGREE'}")
    return agree


def _totals(row: Sequence[Any]) -> Totals:
    return int(row[0]), int(row[1]), float(row[2])


def _shown(totals: Totals) -> str:
    return f"{totals[0]} orders, sum of ids {totals[1]}, sum of amounts {totals[2]:.2f}"
