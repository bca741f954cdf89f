"""A job really moves rows, between all the systems there are, and says how many."""

from __future__ import annotations

import csv
import datetime as dt
import sqlite3

import duckdb
import pytest

from taskcenter_sandbox.exchangis.server import ExchangisServer


@pytest.fixture(autouse=True)
def no_faults_before(server):
    server.fault(clear=True)


def counts(api, execution) -> tuple[int, int]:
    """Records that were written, and refused."""
    indicator = api.metrics(execution)["indicator"]
    return indicator["exchangedRecords"], indicator["errorRecords"]


def failure(api, job_id) -> str:
    """The log of an execution that must fail."""
    execution = api.execute(job_id)
    assert api.wait(execution)["status"] == "Failed"
    return api.log(execution)


class Files:
    """A directory of CSV files as a data source."""

    def __init__(self, api, directory) -> None:
        self.directory = directory
        self.id = api.source("CSV", {"path": str(directory)})

    def side(self, table, **params):
        return {"type": "CSV", "id": self.id, "db": "default", "table": table, "params": params}

    def rows(self, table) -> list[list[str]]:
        with (self.directory / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))


@pytest.fixture
def files(api, tmp_path):
    directory = tmp_path / "csv"
    directory.mkdir()
    return Files(api, directory)


@pytest.fixture
def hive(api):
    return api.source("HIVE", {})


def test_a_job_moves_all_rows_of_a_table(api, shop):
    execution = api.run(shop.job())
    everything = "select * from orders order by id"
    assert shop.sql(shop.right, everything) == shop.sql(shop.left, everything)
    assert counts(api, execution) == (1000, 0)


def test_its_status_ends_with_success_and_all_of_the_progress(api, shop):
    execution = api.run(shop.job())
    assert api.status(execution) == {"status": "Success", "progress": 1.0, "allTaskStatus": True}
    assert [task["status"] for task in api.tasks(execution)] == ["Success"]


def test_an_empty_table_is_moved_too(api, shop):
    shop.sql(shop.left, "delete from orders")
    execution = api.run(shop.job())
    assert counts(api, execution) == (0, 0)


def test_fields_go_where_the_mapping_says(api, shop, make_sub_job):
    shop.sql(shop.right, "create table other (number integer, label text, spare text)")
    sink = {**shop.sink(), "table": "other"}
    api.run(api.job([make_sub_job(shop.source(), sink, mapping=[("ID", "number"), ("name", "LABEL")])]))
    assert shop.sql(shop.right, "select * from other order by number limit 2") == [
        (0, "name 0", None),
        (1, "name 1", None),
    ]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ([("nonsense", "name")], "has no field nonsense, which the mapping names; it has id, name, amount, day"),
        ([("name", "nonsense")], "has no field nonsense"),
        ([("name", "day"), ("id", "day")], "names a field of the sink twice"),
    ],
)
def test_a_wrong_mapping_fails_and_is_explained(api, shop, mapping, said):
    assert said in failure(api, shop.job(mapping=mapping))
    assert shop.moved() == 0


def test_tables_without_a_common_field_need_a_mapping(api, shop, make_sub_job):
    shop.sql(shop.right, "create table other (x integer)")
    job = api.job([make_sub_job(shop.source(), {**shop.sink(), "table": "other"})])
    assert "needs a mapping" in failure(api, job)


def test_a_condition_makes_it_incremental(api, shop, make_sub_job):
    content = [make_sub_job(shop.source(where="id >= 990"), shop.sink())]
    assert counts(api, api.run(api.job(content))) == (10, 0)


def test_variables_come_from_the_jobs_parameters_and_the_calendar(api, shop, make_sub_job):
    yesterday = dt.datetime.now().astimezone() - dt.timedelta(days=1)
    shop.sql(shop.left, "update orders set day = ? where id < 7", f"{yesterday:%Y%m%d}")
    content = [make_sub_job(shop.source(where="day = '${yesterday}' and id < ${most}"), shop.sink())]
    assert counts(api, api.run(api.job(content, jobParams='{"most": "5"}'))) == (5, 0)


def test_a_wrong_condition_fails_with_the_systems_own_words(api, shop, make_sub_job):
    content = [make_sub_job(shop.source(where="nonsense ="), shop.sink())]
    assert "OperationalError" in failure(api, api.job(content))


def test_rows_that_do_not_fit_are_counted_and_left_out(api, shop):
    shop.sql(shop.right, "insert into orders values (3, 'here already', 0, '')")
    execution = api.run(shop.job())
    assert counts(api, execution) == (999, 1)
    assert "UNIQUE constraint failed" in api.log(execution)


def test_more_of_them_than_allowed_fail_the_job(api, shop):
    for number in (3, 4):
        shop.sql(shop.right, "insert into orders values (?, 'here already', 0, '')", number)
    assert "more than the 1 of setting.errorLimit.record" in failure(
        api, shop.job(settings={"setting.errorLimit.record": "1"})
    )


def test_update_replaces_rows_with_the_same_key(api, shop, make_sub_job):
    shop.sql(shop.right, "insert into orders values (3, 'old', 0, ''), (5000, 'stays', 0, '')")
    execution = api.run(api.job([make_sub_job(shop.source(), shop.sink(writeMode="UPDATE"))]))
    assert counts(api, execution) == (1000, 0)
    assert shop.sql(shop.right, "select name from orders where id in (3, 5000) order by id") == [
        ("name 3",),
        ("stays",),
    ]


def test_truncate_removes_what_was_there(api, shop, make_sub_job):
    shop.sql(shop.right, "insert into orders values (5000, 'goes', 0, '')")
    api.run(api.job([make_sub_job(shop.source(), shop.sink(writeMode="truncate"))]))
    assert shop.moved() == 1000


def test_an_unknown_write_mode_fails(api, shop, make_sub_job):
    assert "writeMode 'nonsense'" in failure(
        api, api.job([make_sub_job(shop.source(), shop.sink(writeMode="nonsense"))])
    )


def test_a_data_source_that_is_not_published_fails_the_job(api, shop, make_sub_job):
    sink = {**shop.sink(), "id": api.source("SQLITE", {"path": str(shop.right)}, publish=False)}
    assert "未发布" in failure(api, api.job([make_sub_job(shop.source(), sink)]))


def test_a_data_source_of_another_type_than_the_job_says_fails_it(api, shop, make_sub_job):
    assert "is no CSV" in failure(api, api.job([make_sub_job({**shop.source(), "type": "CSV"}, shop.sink())]))


def test_a_source_that_has_gone_fails_the_job(api, shop):
    job = shop.job()
    shop.left.unlink()
    assert f"there is no file {shop.left}" in failure(api, job)


def test_a_file_is_written_when_it_is_complete(api, shop, files, make_sub_job):
    shop.sql(shop.left, "update orders set name = null where id = 0")
    shop.sql(shop.left, "update orders set name = ? where id = 1", 'comma, "quote"\nline')
    api.run(api.job([make_sub_job(shop.source(), files.side("orders"))]))
    rows = files.rows("orders")
    assert rows[:3] == [
        ["id", "name", "amount", "day"],
        ["0", "\\N", "0.0", "2026-01-01"],
        ["1", 'comma, "quote"\nline', "0.25", "2026-01-02"],
    ]
    assert len(rows) == 1001


def test_a_file_that_was_there_is_kept_when_the_job_fails(api, server, shop, files, make_sub_job):
    (files.directory / "orders.csv").write_text("id,name,amount,day\n7,seven,7,7\n")
    server.fault("failed-task")
    failure(api, api.job([make_sub_job(shop.source(), files.side("orders", writeMode="truncate"))]))
    assert files.rows("orders") == [["id", "name", "amount", "day"], ["7", "seven", "7", "7"]]
    assert [path.name for path in files.directory.iterdir()] == ["orders.csv"]


def test_a_file_can_be_added_to(api, shop, files, make_sub_job):
    (files.directory / "orders.csv").write_text("id,name,amount,day\n7,seven,7,7\n")
    api.run(api.job([make_sub_job(shop.source(where="id < 2"), files.side("orders", writeMode="append"))]))
    assert [row[0] for row in files.rows("orders")] == ["id", "7", "0", "1"]


def test_a_file_goes_into_a_table(api, shop, files, make_sub_job):
    (files.directory / "orders.csv").write_text('id,name,amount,day\n1,"a\nb",2.5,\\N\n2,,,x\n', encoding="utf-8")
    api.run(api.job([make_sub_job(files.side("orders"), shop.sink())]))
    assert shop.sql(shop.right, "select * from orders order by id") == [(1, "a\nb", 2.5, None), (2, "", "", "x")]


def test_a_file_with_too_few_fields_says_where(api, shop, files, make_sub_job):
    (files.directory / "orders.csv").write_text("id,name,amount,day\n1,2\n")
    assert "too few fields" in failure(api, api.job([make_sub_job(files.side("orders"), shop.sink())]))


def test_a_name_of_a_file_cannot_lead_elsewhere(api, shop, files, make_sub_job):
    assert "is no name of a file" in failure(api, api.job([make_sub_job(shop.source(), files.side("../orders"))]))


@pytest.fixture
def parquet(api, tmp_path):
    """A directory of Parquet files, and a side of a job in it."""
    directory = tmp_path / "parquet"
    directory.mkdir()
    source_id = api.source("PARQUET", {"path": str(directory)})

    def side(table, **params):
        return {"type": "PARQUET", "id": source_id, "db": "default", "table": table, "params": params}

    return directory, side


def test_a_parquet_file_has_the_types_of_its_first_values(api, shop, parquet, make_sub_job):
    directory, side = parquet
    shop.sql(shop.left, "update orders set name = null where id < 500")
    api.run(api.job([make_sub_job(shop.source(), side("orders"))]))
    with duckdb.connect() as db:
        found = db.execute(f"describe select * from '{directory}/orders.parquet'").fetchall()
        assert [row[:2] for row in found] == [
            ("id", "BIGINT"),
            ("name", "VARCHAR"),
            ("amount", "DOUBLE"),
            ("day", "VARCHAR"),
        ]
    below = f"/datasources/PARQUET/{side('')['id']}/dbs/default/tables"
    assert api.get(below)["tbs"] == ["orders"]
    assert [each["type"] for each in api.get(f"{below}/orders/fields")["columns"]][:2] == ["bigint", "varchar"]
    # And back, with a condition.
    api.run(api.job([make_sub_job(side("orders", where="id >= 400"), shop.sink())]))
    everything = "select * from orders where id >= 400 order by id"
    assert shop.sql(shop.right, everything) == shop.sql(shop.left, everything)


def test_a_parquet_file_is_added_to_or_replaced(api, shop, parquet, make_sub_job):
    directory, side = parquet
    for mode, rows in (("append", 2), ("append", 4), ("truncate", 2)):
        api.run(api.job([make_sub_job(shop.source(where="id < 2"), side("orders", writeMode=mode))]))
        with duckdb.connect() as db:
            assert db.execute(f"select count(*) from '{directory}/orders.parquet'").fetchone() == (rows,)
    assert [path.name for path in directory.iterdir()] == ["orders.parquet"]


def test_a_failed_job_leaves_no_parquet_file(api, server, shop, parquet, make_sub_job):
    directory, side = parquet
    server.fault("failed-task")
    failure(api, api.job([make_sub_job(shop.source(), side("orders"))]))
    assert list(directory.iterdir()) == []


@pytest.fixture
def warehouse(tmp_path):
    """A warehouse that has been made before the server comes; the server has the file while it runs."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute("create schema ods")
        db.execute("create table ods.orders (id integer primary key, name varchar, amount decimal(10, 2), day date)")
        db.execute("create table ods.parted (id integer, dt varchar)")
        db.execute("create table typed (b blob, t timestamp, d decimal(20, 4), f boolean, s varchar, n bigint)")
        db.execute(
            r"insert into typed values ('\x00\xFFa', '2026-01-02 03:04:05.678', 12345.6789, true, '\N ü ''\"', -1)"
        )
        db.execute("insert into typed values (null, null, null, null, null, null), ('', null, 0, false, '', 0)")
        db.execute("create table copy as select * from typed limit 0")
    return path


@pytest.fixture
def with_warehouse(api_of, shop_of, tmp_path, warehouse):
    """A server on that warehouse, two tables, and the warehouse as a data source."""
    with ExchangisServer(data_dir=tmp_path / "data", options=["--warehouse", str(warehouse)]) as server:
        api = api_of(server)
        yield api, shop_of(api, tmp_path), api.source("HIVE", {})


def test_the_warehouse_is_written_and_read_with_all_its_types(with_warehouse, warehouse, make_sub_job):
    api, shop, hive = with_warehouse

    def side(database, table, **params):
        return {"type": "HIVE", "id": hive, "db": database, "table": table, "params": params}

    assert api.get(f"/datasources/HIVE/{hive}/dbs")["dbs"] == ["default", "ods"]
    columns = api.get(f"/datasources/HIVE/{hive}/dbs/default/tables/typed/fields")["columns"]
    assert [each["type"] for each in columns] == ["binary", "timestamp", "decimal(20,4)", "boolean", "string", "bigint"]
    assert counts(api, api.run(api.job([make_sub_job(shop.source(), side("ods", "orders"))]))) == (1000, 0)
    assert counts(api, api.run(api.job([make_sub_job(side("default", "typed"), side("default", "copy"))]))) == (3, 0)
    part = api.job([make_sub_job(shop.source(), side("ods", "parted", partition={"dt": "20260101"}))])
    assert counts(api, api.run(part)) == (1000, 0)
    back = api.job([make_sub_job(side("ods", "orders", partition={"day": "2026-01-05"}), shop.sink())])
    assert counts(api, api.run(back)) == (36, 0)
    api.server.stop()
    with duckdb.connect(str(warehouse), read_only=True) as db:
        assert db.execute("select * from copy").fetchall() == db.execute("select * from typed").fetchall()
        assert db.execute("select count(*), sum(amount), min(day) from ods.orders").fetchone() == (
            1000,
            sum(n / 4 for n in range(1000)),
            dt.date(2026, 1, 1),
        )
        assert db.execute("select distinct dt from ods.parted").fetchall() == [("20260101",)]


def test_the_warehouse_has_all_of_a_job_or_nothing(with_warehouse, warehouse, make_sub_job):
    api, shop, hive = with_warehouse
    sink = {"type": "HIVE", "id": hive, "db": "ods", "table": "orders", "params": {}}
    shop.sql(shop.left, "update orders set day = 'no day' where id = 999")
    limited = {"setting.errorLimit.record": "0"}
    said = failure(api, api.job([make_sub_job(shop.source(), sink, settings=limited)]))
    assert "column day: 'no day' is no DATE" in said
    api.server.stop()
    with duckdb.connect(str(warehouse), read_only=True) as db:
        assert db.execute("select count(*) from ods.orders").fetchone() == (0,)


def test_a_table_that_is_not_in_the_warehouse_fails_the_job(api, shop, hive, make_sub_job):
    sink = {"type": "HIVE", "id": hive, "db": "default", "table": "nowhere", "params": {}}
    assert "there is no table default.nowhere" in failure(api, api.job([make_sub_job(shop.source(), sink)]))


def test_a_table_that_is_locked_by_somebody_else_is_waited_for(api, shop):
    blocker = sqlite3.connect(shop.right, isolation_level=None)
    blocker.execute("begin immediate")
    execution = api.execute(shop.job())
    api.wait(execution, "Running")
    blocker.execute("commit")
    blocker.close()
    assert api.wait(execution)["status"] == "Success"
