"""A client that we did not write, linkis-python-sdk of PyPI, runs against the local Linkis, unchanged."""

from __future__ import annotations

import pytest
from linkis_python_sdk.asyncio.client import LinkisClient as AsyncClient
from linkis_python_sdk.client import LinkisClient
from linkis_python_sdk.config.config import LinkisConfig

CODE = (
    "select id, concat('n', cast(id as string)) as name, id / 2 as half from values (0), (1), (2) as t(id) order by id"
)
COLUMNS = {"columns": [{"column": "id"}, {"column": "name"}, {"column": "half"}]}
ROWS = [{"id": n, "name": f"n{n}", "half": n / 2} for n in range(3)]
SPARK = ("spark-3.2.1", "sql")


@pytest.fixture
def configuration(server):
    return LinkisConfig(base_url=f"{server.url}/api/rest_j/v1", username="hadoop", password="hadoop")


@pytest.fixture
def execute(configuration, request):
    """The client's ``execute_code``, synchronous or not."""
    if request.param == "sync":

        async def run(*arguments):
            return LinkisClient(configuration).execute_code(*arguments)

        return run
    return AsyncClient(configuration).execute_code


both = pytest.mark.parametrize("execute", ["sync", "async"], indirect=True)


@both
async def test_both_clients_log_in_run_sql_and_read_rows(execute):
    rows, total, error = await execute(CODE, COLUMNS, *SPARK)
    assert (error, total, rows) == ("", 3, ROWS)


@both
async def test_both_clients_put_several_result_sets_together(execute):
    code = "select 1 as n; select 2 as n"
    rows, total, error = await execute(code, {"columns": [{"column": "n"}]}, *SPARK)
    assert (error, total) == ("", 2)
    assert sorted(row["n"] for row in rows) == [1, 2]


@both
async def test_both_clients_read_what_a_python_job_shows(execute):
    code = "show([(1, 'a'), (2, None)], columns=['n', 'word'])"
    rows, total, error = await execute(
        code, {"columns": [{"column": "n"}, {"column": "word"}]}, "python-python2", "python"
    )
    assert (error, total) == ("", 2)
    assert rows[0] == {"n": 1, "word": "a"}


@both
async def test_both_clients_get_the_reason_of_a_failure(execute):
    rows, total, error = await execute("select * from there_is_no_such_table", COLUMNS, *SPARK)
    assert (rows, total) == ([], 0)
    assert "there_is_no_such_table" in error


@both
async def test_both_clients_get_the_refusal_of_a_submit(execute):
    _, _, error = await execute("  ", COLUMNS, *SPARK)
    assert "20007" in error


@both
async def test_both_clients_get_the_refusal_of_a_wrong_password(execute, configuration):
    configuration.password = "wrong"
    _, _, error = await execute(CODE, COLUMNS, *SPARK)
    assert "wrong user name or password" in error
