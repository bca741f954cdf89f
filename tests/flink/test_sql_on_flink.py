"""FlinkSqlOperator and the hook on a real SQL Gateway beside a real session cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.flink.tasks import sql_task

from support.flink_cluster import flink_cluster, sql_gateway
from support.job_task import InThread, run_task
from taskcenter.core.errors import JobUnknownError, NotFoundError, RefusedError, ResultError, UnavailableError
from taskcenter.flink.hook import FlinkHook
from taskcenter_sandbox.waiting import wait_until

pytestmark = pytest.mark.e2e

SECONDS = 90
"""How long a thing may take on a machine that has more to do."""

BATCH = {"execution.runtime-mode": "batch"}


def numbers(name: str, last: int, per_second: int | None = None) -> str:
    """A table with the numbers from 1 on."""
    speed = f"'rows-per-second' = '{per_second}', " if per_second else ""
    return (
        f"CREATE TABLE {name} (n BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '{last}', {speed}'fields.n.kind' = 'sequence', "
        f"'fields.n.start' = '1', 'fields.n.end' = '{last}')"
    )


ENDLESS = [
    numbers("source", 1_000_000, per_second=20),
    "CREATE TABLE sink (n BIGINT) WITH ('connector' = 'blackhole')",
    "INSERT INTO sink SELECT n FROM source",
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with flink_cluster(tmp_path_factory.mktemp("flink"), slots=4) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, cluster):
    with sql_gateway(tmp_path_factory.mktemp("gateway"), cluster) as running:
        yield running


@pytest.fixture(autouse=True)
def hook(cluster, gateway, monkeypatch):
    """The connection, and a hook of it; no test leaves a job running."""
    connect(monkeypatch, cluster.url, gateway.url)
    with FlinkHook() as hook:
        yield hook
        for job in running_jobs(hook):
            hook.cancel_job(job)
        wait_until(lambda: not running_jobs(hook), what="the jobs to end", timeout_seconds=SECONDS)


def connect(monkeypatch, cluster: str, gateway: str) -> None:
    value = {"conn_type": "flink_rest", "host": cluster, "extra": {"sql_gateway": gateway}}
    monkeypatch.setenv("AIRFLOW_CONN_FLINK_DEFAULT", json.dumps(value))


@pytest.fixture
def sql(request, airflow):
    """Runs a task; named after the test, since a task's job has an id of its own."""

    def run(*statements: str, task: str = "task", **arguments):
        return run_task(airflow, lambda: make(*statements, task=task, **arguments))

    def make(*statements: str, task: str = "task", **arguments):
        name = f"{re.sub(r'[^a-z]', '_', request.node.name)}_{task}"
        return sql_task(sql=statements, task_id=name, **{"poll_interval_seconds": 0.3, **arguments})

    run.make = make
    return run


def running_jobs(hook: FlinkHook) -> list[str]:
    return [job.jid for job in hook.job_rows() if job.state not in ("FINISHED", "CANCELED", "FAILED")]


def state(hook: FlinkHook, job_id: str) -> str:
    return {job.jid: job.state for job in hook.job_rows()}.get(job_id, "")


def test_the_connection_test_names_the_gateway(hook):
    assert hook.test_connection() == (True, hook.check())
    assert hook.check().endswith("SQL Gateway: Apache Flink 2.3.0.")


def test_values_of_all_types_come_as_flink_writes_them(sql):
    result = sql(
        """
        SELECT CAST(NULL AS STRING) AS nothing, TRUE AS yes, CAST(9223372036854775807 AS BIGINT) AS big,
            CAST(1.5 AS DOUBLE) AS fraction, CAST('NaN' AS DOUBLE) AS nan,
            CAST('12345678901234567890.12345' AS DECIMAL(30, 5)) AS exact,
            'ä字' AS text, CAST('abc' AS CHAR(5)) AS padded, X'0102' AS octets,
            DATE '2024-02-03' AS today, TIME '10:11:12' AS clock, TIMESTAMP '2024-02-03 04:05:06.789' AS moment,
            TO_TIMESTAMP_LTZ(0, 3) AS instant, INTERVAL '1' DAY AS span,
            ARRAY[1, 2, NULL] AS list, MAP['a', 1] AS pairs, ROW(1, 'x') AS pair
        """,
        configuration=BATCH,
    )
    assert len(result["rows"]) == 1
    values = {column["name"]: value for column, value in zip(result["columns"], result["rows"][0], strict=True)}
    assert values == {
        "nothing": None, "yes": True, "big": 9223372036854775807, "fraction": 1.5, "nan": "NaN",
        "exact": 12345678901234567890.12345, "text": "ä字", "padded": "abc  ", "octets": "AQI=", "today": "2024-02-03",
        "clock": "10:11:12", "moment": "2024-02-03T04:05:06.789", "instant": "1970-01-01T00:00:00Z", "span": 86400000,
        "list": [1, 2, None], "pairs": {"a": 1}, "pair": {"EXPR$0": 1, "EXPR$1": "x"},
    }  # fmt: skip
    types = {column["name"]: column["type"] for column in result["columns"]}
    assert (types["big"], types["nothing"], types["instant"]) == ("BIGINT", "VARCHAR", "TIMESTAMP_WITH_LOCAL_TIME_ZONE")
    assert (result["row_count"], result["truncated"], "kinds" in result) == (1, False, False)


def test_a_large_result_is_taken_page_by_page_and_only_as_far_as_was_asked(sql, hook):
    table = numbers("many", 25_000)
    result = sql(table, "SELECT n FROM many", rows=30_000, configuration=BATCH)
    assert [row[0] for row in result["rows"]] == list(range(1, 25_001))
    assert (result["row_count"], result["truncated"]) == (25_000, False)

    # A source without an end: the query is ended with its job as soon as there are enough.
    cut = sql(numbers("many", 9_000_000), "SELECT n FROM many", rows=10_000, task="cut")
    assert [row[0] for row in cut["rows"]] == list(range(1, 10_001))
    assert (cut["row_count"], cut["truncated"]) == (None, True)
    wait_until(lambda: state(hook, cut["job_id"]) == "CANCELED", what="the query's job to end", timeout_seconds=SECONDS)

    exact = sql(numbers("few", 5), "SELECT n FROM few", rows=5, configuration=BATCH, task="exact")
    assert (exact["row_count"], exact["truncated"]) == (5, False)
    none = sql(numbers("few", 5), "SELECT n FROM few WHERE n > 5", configuration=BATCH, task="none")
    assert (none["columns"], none["rows"], none["row_count"]) == ([{"name": "n", "type": "BIGINT"}], [], 0)


def test_the_rows_of_a_streaming_query_say_what_has_changed(sql):
    result = sql(numbers("source", 4), "SELECT MOD(n, 2) AS odd, COUNT(*) AS times FROM source GROUP BY MOD(n, 2)")
    changes = list(zip(result["kinds"], result["rows"], strict=True))
    assert [row for kind, row in changes if kind == "INSERT"] == [[1, 1], [0, 1]]
    assert ("UPDATE_BEFORE", [1, 1]) in changes
    assert ("UPDATE_AFTER", [1, 2]) in changes


def test_statements_that_read_no_table_give_rows_as_well(sql):
    result = sql(numbers("source", 4), "DESCRIBE source")
    assert result["rows"][0][:2] == ["n", "BIGINT"]
    assert result["job_id"] is None
    assert sql("SHOW TABLES", task="show")["rows"] == []


@pytest.mark.parametrize("deferrable", [False, True], ids=["blocking", "deferrable"])
def test_an_insert_is_followed_to_its_end(sql, hook, tmp_path, deferrable, capsys):
    sink = (
        f"CREATE TABLE target (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path}/out', 'format' = 'csv')"
    )
    script = (numbers("source", 100, per_second=50), sink, "SET 'pipeline.name' = 'copy numbers'",
        "INSERT INTO target SELECT n FROM source")  # fmt: skip
    result = sql(*script, deferrable=deferrable, configuration=BATCH)
    assert (result["status"], result["name"]) == ("FINISHED", "copy numbers")
    assert state(hook, result["job_id"]) == "FINISHED"
    rows = [line for path in Path(tmp_path / "out").glob("*") for line in path.read_text().split()]
    assert sorted(map(int, rows)) == list(range(1, 101))
    assert f"Submitted job {result['job_id']}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "begin", ["EXECUTE STATEMENT SET BEGIN", "BEGIN STATEMENT SET;"], ids=["gateway's", "client's"]
)
def test_several_inserts_run_as_one_job(sql, hook, begin):
    before = len(hook.job_rows())
    sinks = [f"CREATE TABLE {name} (n BIGINT) WITH ('connector' = 'blackhole')" for name in ("a", "b")]
    inserts = f"{begin} INSERT INTO a SELECT n FROM s; INSERT INTO b SELECT n + 1 FROM s; END;"
    assert sql(numbers("s", 10), *sinks, inserts)["status"] == "FINISHED"
    assert len(hook.job_rows()) == before + 1


def test_a_streaming_insert_goes_on_after_the_task_and_its_session(sql, hook):
    result = sql(*ENDLESS, wait_until="running", stable_seconds=1, deferrable=True)
    assert result["status"] == "RUNNING"
    assert running_jobs(hook) == [result["job_id"]]


def test_a_killed_task_cancels_the_job_of_its_insert(sql, airflow, hook):
    task = sql.make(*ENDLESS)
    following = InThread(lambda: run_task(airflow, lambda: task))
    wait_until(
        lambda: task._ref and state(hook, task._ref.id) == "RUNNING", what="the job to run", timeout_seconds=SECONDS
    )
    airflow.states[task.task_id] = "failed"
    task.on_kill()
    assert state(hook, task._ref.id) == "CANCELED"
    with pytest.raises(Exception, match="was cancelled"):
        following.result(SECONDS)


def test_a_job_of_an_insert_that_fails_says_why(sql):
    bad = "INSERT INTO sink SELECT n / (n - 3) FROM source"
    with pytest.raises(Exception, match="ArithmeticException: / by zero"):
        sql(numbers("source", 10), ENDLESS[1], bad)


def test_what_flink_does_not_understand_is_said_with_the_statement(sql, hook):
    with pytest.raises(RefusedError, match=r"Object 'nope' not found"):
        sql("SELECT * FROM nope")
    with pytest.raises(
        RefusedError, match=r"Statement 1 \(CREATE TABEL t \(n\).*Encountered \"TABEL\" at line 1, column 8"
    ):
        sql("CREATE TABEL t (n BIGINT)", "SELECT 1", task="b")
    with pytest.raises(RefusedError, match="near the keyword 'FROM' at line 1, column 22"):
        sql("INSERT INTO t SELECT FROM", task="c")
    with pytest.raises(RefusedError, match="Division by zero"):
        sql("SELECT 1 / 0", configuration=BATCH, task="d")
    assert running_jobs(hook) == []


def test_a_query_that_does_not_end_in_time_is_ended_with_its_job(sql, hook):
    with pytest.raises(ResultError, match=r"had not ended when its time was up, with \d+ row"):
        sql(ENDLESS[0], "SELECT n FROM source", rows=1_000_000, timeout_seconds=4)
    wait_until(lambda: not running_jobs(hook), what="the query's job to end", timeout_seconds=SECONDS)


def test_a_killed_query_ends_with_its_job(sql, airflow, hook):
    task = sql.make(ENDLESS[0], "SELECT n FROM source", rows=1_000_000)
    querying = InThread(lambda: run_task(airflow, lambda: task))
    wait_until(lambda: running_jobs(hook), what="the query's job to run", timeout_seconds=SECONDS)
    task.on_kill()
    wait_until(lambda: not running_jobs(hook), what="the query's job to end", timeout_seconds=SECONDS)
    with pytest.raises(RefusedError):
        querying.result(SECONDS)


def test_a_statement_can_be_called_off(hook):
    session = hook.open_session("called off", {"table.dml-sync": "true"})
    for statement in ENDLESS[:2]:
        hook.run(lambda api, text=statement: api.run_all(session, [text]))
    operation = hook.run_statement(session, ENDLESS[2])
    wait_until(lambda: running_jobs(hook), what="the job to run", timeout_seconds=SECONDS)
    assert hook.operation_status(session, operation) == "RUNNING"
    hook.cancel_operation(session, operation)
    with pytest.raises(RefusedError, match="ended as CANCELED"):
        hook.run(lambda api: api.wait_for_statement(session, operation))
    hook.close_session(session)


def test_a_session_that_was_idle_for_too_long_is_gone_and_said_to_be(hook, cluster, sql, monkeypatch, tmp_path):
    options = {"sql-gateway.session.idle-timeout": "2500 ms", "sql-gateway.session.check-interval": "200 ms"}
    with sql_gateway(tmp_path / "impatient", cluster, options=options) as impatient:
        connect(monkeypatch, cluster.url, impatient.url)
        # A task asks often enough to keep its own session.
        result = sql(numbers("slow", 5, per_second=1), "SELECT n FROM slow")
        assert result["row_count"] == 5
        with FlinkHook() as other:
            session = other.open_session()
            other.heartbeat(session)
            wait_until(lambda: closed(impatient, session), what="the session to end", timeout_seconds=SECONDS)
            with pytest.raises(NotFoundError, match=r"Session '.*' does not exist.*idle"):
                other.run_statement(session, "SELECT 1")


def closed(gateway, session: str) -> bool:
    """Whether the log says so; to ask the gateway would keep the session alive."""
    lines = [line for line in gateway.log_tail(400).splitlines() if session in line]
    return any("close" in line.lower() for line in lines)


def test_a_gateway_that_dies_while_a_statement_is_carried_out_makes_no_second_job(sql, airflow, hook, gateway):
    # With this option the statement ends only with its job.
    task = sql.make(*ENDLESS, configuration={"table.dml-sync": "true"})
    following = InThread(lambda: run_task(airflow, lambda: task))
    wait_until(lambda: running_jobs(hook), what="the job to run", timeout_seconds=SECONDS)
    [job] = running_jobs(hook)
    gateway.kill()
    try:
        wait_until(lambda: task._ref is not None, what="the job to be adopted", timeout_seconds=SECONDS)
        assert task._ref.id == job
        task.on_kill()
        assert state(hook, job) == "CANCELED"
        with pytest.raises(Exception, match="was cancelled"):
            following.result(SECONDS)
    finally:
        gateway.start()


def test_a_gateway_that_is_down_is_said_at_once_and_nothing_runs(sql, airflow, hook, gateway):
    task = sql.make(ENDLESS[0], "SELECT n FROM source", rows=1_000_000)
    querying = InThread(lambda: run_task(airflow, lambda: task))
    wait_until(lambda: running_jobs(hook), what="the query's job to run", timeout_seconds=SECONDS)
    gateway.kill()
    try:
        with pytest.raises(UnavailableError):
            querying.result(SECONDS)
        wait_until(lambda: not running_jobs(hook), what="the query's job to end", timeout_seconds=SECONDS)
        with pytest.raises(UnavailableError, match=re.escape(gateway.url)):
            sql("SELECT 1", task="another")
    finally:
        gateway.start()


def test_a_cluster_that_is_killed_while_the_job_of_an_insert_is_waited_for(sql, airflow, hook, cluster):
    task = sql.make(*ENDLESS, cluster_patience_seconds=1, retries=1)
    following = InThread(lambda: run_task(airflow, lambda: task))
    wait_until(lambda: running_jobs(hook) and task._ref, what="the job to run", timeout_seconds=SECONDS)
    cluster.kill()
    try:
        told = f"what has become of job {task._ref.id}: Flink at {cluster.url} has not answered for"
        with pytest.raises(JobUnknownError, match=re.escape(told)):
            following.result(SECONDS)
    finally:
        cluster.start()
