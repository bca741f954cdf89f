"""FlinkSqlOperator: INSERTs are followed, queries give rows."""

from __future__ import annotations

import pytest
from tests.flink.tasks import sql_task

from support.flink_stub import errors, page
from support.job_task import InThread, run_task
from support.scripted_server import DROP, LOSE
from taskcenter.core.errors import ConfigurationError, NotFoundError, RefusedError, ResultError, UnavailableError

SCRIPT = """
CREATE TABLE orders (id BIGINT) WITH ('connector' = 'datagen'); -- of {{ ds }}
CREATE TABLE sink (id BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sink SELECT id FROM orders WHERE name <> ';';
"""
NO_TABLE = (
    "Internal server error.",
    (
        "<Exception on server side:\norg.apache.flink.table.gateway.api.utils.SqlGatewayException: Failed to fetchResults."
        "\n\tat a.b(C.java:1)\nCaused by: org.apache.flink.table.api.ValidationException: SQL validation failed. Object "
        "'nope' not found\n\nEnd of exception on server side>"
    ),
)


@pytest.fixture(params=[False, True], ids=["blocking", "deferrable"])
def deferrable(request):
    return request.param


def test_a_script_ends_in_a_job_that_is_followed(airflow, flink, deferrable):
    flink.plan = ["CREATED", "RUNNING", "FINISHED"]
    options = {"execution.runtime-mode": "batch"}
    result = run_task(airflow, lambda: sql_task(sql=SCRIPT, configuration=options, deferrable=deferrable))
    [job_id] = flink.jobs
    assert (result["job_id"], result["status"], result["name"]) == (job_id, "FINISHED", "insert-into")
    assert [statement["statement"] for statement in flink.statements] == [
        "CREATE TABLE orders (id BIGINT) WITH ('connector' = 'datagen')",
        "CREATE TABLE sink (id BIGINT) WITH ('connector' = 'blackhole')",
        "INSERT INTO sink SELECT id FROM orders WHERE name <> ';'",
    ]
    assert flink.statements[-1]["executionConfig"] == {"$internal.pipeline.job-id": job_id}
    assert flink.asked_for("POST /v2/sessions")[0].json["properties"] == options
    assert flink.sessions == []


def test_a_streaming_job_goes_on_when_it_runs_well(airflow, flink, deferrable):
    flink.plan = ["CREATED", "RUNNING"]
    result = run_task(airflow, lambda: sql_task(wait_until="running", deferrable=deferrable))
    assert result["status"] == "RUNNING"


def test_the_rows_of_a_query_are_returned(airflow, flink):
    flink.results["FROM t"] = [page([], ["x", "y"], "j1"), page([[1, "a"], [2, None]], ["x", "y"], "j1")]
    result = run_task(airflow, lambda: sql_task(sql="SET 'a' = 'b'; SELECT * FROM t"))
    assert result == {
        "columns": [{"name": "x", "type": "VARCHAR"}, {"name": "y", "type": "VARCHAR"}],
        "rows": [[1, "a"], [2, None]],
        "row_count": 2,
        "truncated": False,
        "job_id": "j1",
    }
    assert flink.sessions == []
    cut = run_task(airflow, lambda: sql_task(sql="SELECT * FROM t", rows=1))
    assert (cut["rows"], cut["row_count"], cut["truncated"]) == ([[1, "a"]], None, True)


def test_changes_of_a_streaming_query_say_what_they_are(airflow, flink):
    changes = page([["a", 1], ["a", 1], ["a", 2]], ["x", "n"])
    for row, kind in zip(changes["results"]["data"], ("INSERT", "UPDATE_BEFORE", "UPDATE_AFTER"), strict=True):
        row["kind"] = kind
    flink.results["FROM t"] = [changes]
    assert run_task(airflow, lambda: sql_task(sql="SELECT * FROM t"))["kinds"] == ["INSERT", "UPDATE_BEFORE", "UPDATE_AFTER"]  # fmt: skip


def test_a_query_that_does_not_end_in_time_is_ended(airflow, flink):
    flink.results["FROM t"] = [page([], ["x"])] * 10_000
    with pytest.raises(ResultError, match=r"had not ended when its time was up, with 0 row\(s\)"):
        run_task(airflow, lambda: sql_task(sql="SELECT * FROM t", timeout_seconds=0.5))
    assert flink.sessions == []


def test_a_statement_that_fails_says_which_and_why(airflow, flink):
    flink.results["nope"] = [{"errors": list(NO_TABLE)}]
    for script in ("CREATE VIEW v AS SELECT * FROM nope; INSERT INTO t SELECT 1", "INSERT INTO t SELECT * FROM nope"):
        with pytest.raises(RefusedError, match=r"ValidationException: SQL validation failed\. Object 'nope' not found"):
            run_task(airflow, lambda script=script: sql_task(sql=script))
        assert flink.sessions == []
    with pytest.raises(RefusedError, match=r"Statement 1 \(CREATE VIEW v AS\)"):
        run_task(airflow, lambda: sql_task(sql="CREATE VIEW v AS SELECT * FROM nope; SELECT 1"))


def test_a_lost_answer_makes_no_second_job(airflow, flink):
    for fault in (LOSE, DROP):
        flink.jobs.clear()
        flink.sessions.clear()
        session = "session-1"
        flink.script(f"POST /v2/sessions/{session}/statements", fault)
        job_id = run_task(airflow, sql_task)["job_id"]
        assert list(flink.jobs) == [job_id]


def test_a_session_that_is_lost_while_the_job_starts_makes_no_second_job(airflow, flink):
    for lost in (
        "x.SqlGatewayException: Session 'session-1' does not exist.",
        "x.SqlGatewayException: Can not find the submitted operation in the OperationManager with the 1.",
    ):
        flink.jobs.clear()
        flink.sessions.clear()
        flink.statements.clear()
        flink.script("GET /v2/sessions/session-1/operations/1/status", errors(500, lost))
        job_id = run_task(airflow, sql_task)["job_id"]
        assert list(flink.jobs) == [job_id]
        assert len(flink.statements) == 1


def test_something_else_that_is_not_found_is_the_statements_failure(airflow, flink):
    flink.results["INSERT"] = [{"errors": ["java.io.FileNotFoundException: Jar file /udf.jar does not exist"]}]
    with pytest.raises(NotFoundError, match=r"Jar file /udf\.jar does not exist"):
        run_task(airflow, sql_task)
    assert len(flink.statements) == 1
    assert flink.jobs == {}


def test_a_query_that_fails_leaves_no_job(airflow, flink):
    flink.results["FROM t"] = [page([], ["x"])] * 10_000
    task = sql_task(sql="SELECT * FROM t")
    querying = InThread(lambda: run_task(airflow, lambda: task))
    flink.wait_for(lambda: bool(flink.asked_for("GET /result/0")))
    job_id = flink.statements[-1]["executionConfig"]["$internal.pipeline.job-id"]
    flink.add_job(job_id, "RUNNING")
    flink.results["FROM t"] = [{"errors": list(NO_TABLE)}]
    with pytest.raises(RefusedError, match="Object 'nope' not found"):
        querying.result()
    assert flink.jobs[job_id]["plan"] == ["CANCELED"]
    assert flink.sessions == []


def test_a_retry_adopts_the_job_of_a_try_that_was_killed(airflow, flink, deferrable):
    flink.plan = ["RUNNING", "RUNNING", "FINISHED"]
    first = sql_task(retries=1)
    context = airflow.start(first)
    first._context = context
    job_id = first._obtain(context, first.build_request()).id
    airflow.stored.clear()  # as on Airflow 3.2
    assert run_task(airflow, lambda: sql_task(retries=1, deferrable=deferrable), try_number=2)["job_id"] == job_id
    assert len(flink.statements) == 1


def test_a_gateway_that_is_away_before_the_job_began_is_said_at_once(airflow, flink):
    flink.always("POST /v2/sessions", DROP)
    with pytest.raises(UnavailableError):
        run_task(airflow, sql_task)
    assert flink.asked_for("GET /jobs/overview") == []


def test_a_killed_query_is_ended(airflow, flink):
    flink.results["FROM t"] = [page([], ["x"])] * 10_000
    task = sql_task(sql="SELECT * FROM t", timeout_seconds=2)
    context = airflow.start(task)
    running = InThread(lambda: task.execute(context))
    flink.wait_for(lambda: bool(flink.asked_for("GET /result/0")))
    job_id = flink.statements[-1]["executionConfig"]["$internal.pipeline.job-id"]
    flink.add_job(job_id, "RUNNING")
    task.on_kill()
    assert flink.jobs[job_id]["plan"] == ["CANCELED"]
    with pytest.raises(ResultError):
        running.result()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sql": " ; "}, "no statement"),
        ({"sql": "INSERT INTO a SELECT 1; INSERT INTO b SELECT 1"}, "EXECUTE STATEMENT SET"),
        ({"rows": -1}, "rows is -1"),
        ({"configuration": {"a": None}}, "configuration: a"),
        ({"wait_until": "x"}, "wait_until"),
    ],
)
def test_a_mistake_is_said_before_anything_is_sent(airflow, flink, arguments, words):
    with pytest.raises(ConfigurationError, match=words):
        run_task(airflow, lambda: sql_task(**arguments))
    assert flink.asked == []


def test_a_cluster_that_refuses_the_id_of_another_kind_of_error(airflow, flink):
    flink.script("POST /v2/sessions/session-1/statements", errors(500, *NO_TABLE))
    with pytest.raises(RefusedError, match="Object 'nope' not found"):
        run_task(airflow, sql_task)
    assert flink.sessions == []
