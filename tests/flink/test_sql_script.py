"""A script is taken apart into its statements."""

from __future__ import annotations

import pytest

from taskcenter.core.errors import ConfigurationError
from taskcenter.flink.sql_script import check_order, makes_job, split_statements

SET = "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT CASE WHEN x THEN 1 END FROM t; END"

SCRIPTS = {
    "one": ("SELECT 1", ["SELECT 1"]),
    "a semicolon at the end": ("SELECT 1;\n", ["SELECT 1"]),
    "two": ("CREATE TABLE t (x INT); INSERT INTO t VALUES (1)", ["CREATE TABLE t (x INT)", "INSERT INTO t VALUES (1)"]),
    "a semicolon in quotes": ("SELECT ';', `a;b`, 'it''s; so'", ["SELECT ';', `a;b`, 'it''s; so'"]),
    "comments": ("-- a; b\nSELECT 1 /* ; */ + 2; -- end", ["SELECT 1   + 2"]),
    "a hint": ("SELECT * FROM t /*+ OPTIONS('a'='b;c') */", ["SELECT * FROM t /*+ OPTIONS('a'='b;c') */"]),
    "dashes in quotes": ("SELECT '--x'; SELECT 2", ["SELECT '--x'", "SELECT 2"]),
    "a statement set": (f"CREATE TABLE t (x INT); {SET};", ["CREATE TABLE t (x INT)", SET]),
    "a statement set of the client's": ("begin statement\nset ; INSERT INTO a SELECT 1; END; SELECT 1",
        ["EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END", "SELECT 1"]),
    "nothing between": ("SELECT 1;; ;SELECT 2", ["SELECT 1", "SELECT 2"]),
    "a list": (["SELECT 1;", "SELECT 2; SELECT 3"], ["SELECT 1", "SELECT 2", "SELECT 3"]),
}  # fmt: skip


@pytest.mark.parametrize(("script", "statements"), SCRIPTS.values(), ids=SCRIPTS)
def test_statements_of_a_script(script, statements):
    assert split_statements(script) == statements


@pytest.mark.parametrize("script", ["", " ;; ", "-- nothing", [], 7, ["SELECT 1", 2]])
def test_a_script_with_nothing_to_run_is_refused(script):
    with pytest.raises(ConfigurationError, match=r"There is no statement|give a script"):
        split_statements(script)


@pytest.mark.parametrize(
    ("statement", "job"),
    [
        ("INSERT INTO t SELECT 1", True),
        ("insert overwrite t select 1", True),
        (SET, True),
        ("EXECUTE INSERT INTO t SELECT 1", True),
        ("CREATE TABLE t WITH ('connector' = 'x') AS SELECT 1", True),
        ("CREATE TABLE t (x INT)", False),
        ("SELECT * FROM inserts", False),
        ("EXPLAIN INSERT INTO t SELECT 1", False),
        ("SHOW TABLES", False),
        ("SET 'a' = 'b'", False),
    ],
)
def test_what_makes_a_job(statement, job):
    assert makes_job(statement) is job


def test_a_script_with_two_jobs_is_refused():
    check_order(["CREATE TABLE t (x INT)", "INSERT INTO t VALUES (1)"])
    with pytest.raises(ConfigurationError, match="'INSERT INTO t VALUES' runs a job and is not the last one"):
        check_order(["INSERT INTO t VALUES (1)", "SELECT 1"])
