"""Transfers from and to a real PostgreSQL and a real MariaDB."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import pytest

from support import database_servers
from taskcenter_sandbox.waiting import wait_until


@dataclass
class Server:
    """A database server and how to talk to it.

    :param type: the type of data source.
    :param database: what data sources call a database there.
    :param params: connection parameters.
    """

    type: str
    database: str
    params: dict[str, Any]

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements; the rows of the last one."""
        given = {"host": "127.0.0.1", "port": int(self.params["port"]), "user": self.params["username"]}
        if self.type == "POSTGRESQL":
            import psycopg

            db = psycopg.connect(**given, password=self.params["password"], dbname=self.params["databaseName"])
        else:
            import pymysql

            db = pymysql.connect(**given, password=self.params["password"], database=self.params["databaseName"])
        with contextlib.closing(db):
            cursor = db.cursor()
            for statement in statements:
                cursor.execute(statement)
            rows = list(cursor.fetchall()) if cursor.description else []
            db.commit()
        return rows

    @property
    def quote(self) -> str:
        return '"' if self.type == "POSTGRESQL" else "`"


@pytest.fixture(scope="module", params=["POSTGRESQL", "MYSQL"])
def database(request):
    if request.param == "POSTGRESQL":
        pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
        with database_servers.postgres() as params:
            yield Server("POSTGRESQL", "public", params)
    else:
        pytest.importorskip("pymysql", reason="the driver PyMySQL is not installed")
        with database_servers.mariadb() as params:
            yield Server("MYSQL", database_servers.DATABASE, params)


@pytest.fixture(autouse=True)
def no_faults_before(server):
    server.fault(clear=True)


@pytest.fixture
def orders(database):
    """A table like the shop's, and its side of a job, once it has a data source."""
    database.sql(
        "drop table if exists orders",
        "create table orders (id integer primary key, name varchar(100), amount numeric(10, 2), day date)",
    )
    return database


def side(api, database, table="orders", **params):
    source_id = api.source(database.type, database.params)
    return {"type": database.type, "id": source_id, "db": database.database, "table": table, "params": params}


def counts(api, execution) -> tuple[int, int]:
    indicator = api.metrics(execution)["indicator"]
    return indicator["exchangedRecords"], indicator["errorRecords"]


def failure(api, job_id) -> str:
    execution = api.execute(job_id)
    assert api.wait(execution)["status"] == "Failed"
    return api.log(execution)


def test_a_connection_is_tested(api, database):
    source_id = api.source(database.type, database.params)
    assert api.data("PUT", f"/datasources/{source_id}/1/connect") == {}


def test_a_wrong_password_is_said_and_not_shown(api, database):
    source_id = api.source(database.type, {**database.params, "password": "nonsense-password"})
    said = api.refusal("PUT", f"/datasources/{source_id}/1/connect")
    assert database_servers.USER in said
    assert "nonsense-password" not in said
    assert "nonsense-password" not in api.server.log_tail(1000)


def test_a_server_that_is_not_there_is_said(api, database):
    wrong = {**database.params, "port": str(database_servers.free_port())}
    source_id = api.source(database.type, wrong)
    assert "refused" in api.refusal("PUT", f"/datasources/{source_id}/1/connect")


def test_metadata(api, orders):
    below = f"/datasources/{orders.type}/{side(api, orders)['id']}/dbs"
    assert orders.database in api.get(below)["dbs"]
    assert "orders" in api.get(f"{below}/{orders.database}/tables")["tbs"]
    columns = {
        each["name"]: each["type"] for each in api.get(f"{below}/{orders.database}/tables/orders/fields")["columns"]
    }
    assert list(columns) == ["id", "name", "amount", "day"]
    assert columns["amount"].replace("decimal", "numeric") == "numeric(10,2)"
    assert "nowhere" in api.refusal("GET", f"{below}/nowhere/tables")
    assert "nowhere" in api.refusal("GET", f"{below}/{orders.database}/tables/nowhere/fields")


def test_rows_go_there_and_back(api, shop, orders, make_sub_job):
    there = side(api, orders)
    assert counts(api, api.run(api.job([make_sub_job(shop.source(), there)]))) == (1000, 0)
    assert orders.sql("select count(*), sum(amount) from orders")[0] == (1000, sum(n / 4 for n in range(1000)))
    assert counts(api, api.run(api.job([make_sub_job(there, shop.sink())]))) == (1000, 0)
    everything = "select * from orders order by id"
    assert shop.sql(shop.right, everything) == shop.sql(shop.left, everything)


def test_a_condition_with_a_percent_sign(api, shop, orders, make_sub_job):
    orders.sql("insert into orders values (1, 'blue', 1, null), (2, 'red', 1, null)")
    source = {**side(api, orders), "params": {"where": "name like 'b%'"}}
    assert counts(api, api.run(api.job([make_sub_job(source, shop.sink())]))) == (1, 0)


def test_rows_that_do_not_fit_are_counted_and_left_out(api, shop, orders, make_sub_job):
    orders.sql("insert into orders values (5, 'here already', 1, null)")
    shop.sql(shop.left, "update orders set day = 'no day' where id in (7, 8)")
    execution = api.run(api.job([make_sub_job(shop.source(), side(api, orders))]))
    assert counts(api, execution) == (997, 3)
    assert orders.sql("select count(*) from orders") == [(998,)]


def test_update_replaces_rows_with_the_same_key(api, shop, orders, make_sub_job):
    orders.sql("insert into orders values (5, 'old', 1, null), (5000, 'stays', 1, null)")
    sink = {**side(api, orders), "params": {"writeMode": "UPDATE"}}
    assert counts(api, api.run(api.job([make_sub_job(shop.source(), sink)]))) == (1000, 0)
    assert [row[0] for row in orders.sql("select name from orders where id in (5, 5000) order by id")] == [
        "name 5",
        "stays",
    ]


def test_truncate_removes_what_was_there(api, shop, orders, make_sub_job):
    orders.sql("insert into orders values (5000, 'goes', 1, null)")
    sink = {**side(api, orders), "params": {"writeMode": "truncate"}}
    api.run(api.job([make_sub_job(shop.source(), sink)]))
    assert orders.sql("select count(*), max(id) from orders") == [(1000, 999)]


def test_names_that_need_quotes(api, shop, orders, make_sub_job):
    mark = orders.quote
    table = f"{mark}odd %s table{mark}"
    columns = f"({mark}the id%{mark} integer primary key, {mark}select{mark} varchar(100))"
    orders.sql(f"drop table if exists {table}", f"create table {table} {columns}")
    mapping = [("id", "the id%"), ("name", "select")]
    for mode in ("INSERT", "UPDATE"):
        sink = side(api, orders, "odd %s table", writeMode=mode)
        job = api.job([make_sub_job(shop.source(where="id < 3"), sink, mapping=mapping)])
        assert counts(api, api.run(job)) == (3, 0)
    assert len(orders.sql(f"select * from {table}")) == 3


def test_all_types_of_values_arrive_as_they_were(api, database, make_sub_job):
    binary, moment = ("bytea", "timestamp") if database.type == "POSTGRESQL" else ("blob", "datetime(6)")
    columns = f"(n bigint, d numeric(30, 10), b {binary}, t {moment}, s text, f boolean)"
    literal = r"'\x00ff41'" if database.type == "POSTGRESQL" else "x'00ff41'"
    database.sql(
        "drop table if exists typed",
        "drop table if exists back",
        f"create table typed {columns}",
        f"create table back {columns}",
        f"insert into typed values (-9223372036854775808, 12345678901234567890.0123456789, {literal}, "
        "'2026-01-02 03:04:05.678901', 'a, \"b\"\n''c'' ü', true)",
        "insert into typed values (null, null, null, null, null, null), (0, 0, '', '1970-01-01', '', false)",
    )
    source = side(api, database, "typed")
    assert counts(api, api.run(api.job([make_sub_job(source, {**source, "table": "back"})]))) == (3, 0)
    statement = "select * from {} order by n"
    assert database.sql(statement.format("back")) == database.sql(statement.format("typed"))


def test_a_kill_in_mid_transfer_stops_it_there_too(api, server, shop_of, tmp_path, orders, make_sub_job):
    shop = shop_of(api, tmp_path, rows=50_000)
    server.fault("slow-transfer:300")
    execution = api.execute(api.job([make_sub_job(shop.source(), side(api, orders))]))
    wait_until(
        lambda: orders.sql("select count(*) from orders")[0][0], what="rows", timeout_seconds=20, poll_seconds=0.05
    )
    api.data("POST", f"/job/execution/{execution}/kill")
    assert api.wait(execution)["status"] == "Cancelled"
    assert 0 < orders.sql("select count(*) from orders")[0][0] < 50_000


def test_a_table_that_goes_in_mid_transfer_fails_the_job(api, server, shop_of, tmp_path, orders, make_sub_job):
    shop = shop_of(api, tmp_path, rows=50_000)
    server.fault("slow-transfer:300")
    execution = api.execute(api.job([make_sub_job(shop.source(), side(api, orders))]))
    wait_until(
        lambda: orders.sql("select count(*) from orders")[0][0], what="rows", timeout_seconds=20, poll_seconds=0.05
    )
    orders.sql("drop table orders")
    assert api.wait(execution)["status"] == "Failed"
    assert "orders" in api.log(execution).rpartition("The task failed")[2]


def test_a_kill_interrupts_a_statement_that_takes_long(api, shop, orders, make_sub_job):
    orders.sql("insert into orders values (1, 'slow', 1, null)")
    slow = "pg_sleep(60) is not null" if orders.type == "POSTGRESQL" else "sleep(60) = 0"
    execution = api.execute(api.job([make_sub_job({**side(api, orders), "params": {"where": slow}}, shop.sink())]))
    asleep = (
        "select count(*) from pg_stat_activity where state = 'active' and query like 'select count(%pg_sleep(60)%'"
        if orders.type == "POSTGRESQL"
        else "select count(*) from information_schema.processlist where info like 'select count(%sleep(60)%'"
    )
    # The one that asks is among them as well.
    wait_until(lambda: orders.sql(asleep)[0][0] >= 2, what="the statement", timeout_seconds=20, poll_seconds=0.05)
    api.data("POST", f"/job/execution/{execution}/kill")
    assert api.wait(execution) == {"status": "Cancelled", "progress": 0.0, "allTaskStatus": True}
    assert orders.sql(asleep)[0][0] == 1
