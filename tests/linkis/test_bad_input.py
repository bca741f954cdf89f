"""Wrong arguments and failing servers: one clear error each, and no job left running unknown."""

from __future__ import annotations

import threading

import pytest
from tests.linkis.conftest import ENDED, operator

from taskcenter.core.errors import (
    AuthenticationError,
    ConfigurationError,
    JobCancelledError,
    JobExpiredError,
    JobFailedError,
    MalformedReplyError,
    RefusedError,
    ResultError,
    UnavailableError,
)
from taskcenter.core.job import JobRef
from taskcenter.linkis.results import LinkisResults
from taskcenter_sandbox.waiting import wait_until


def run(task_run, job, **options):
    return job.execute(task_run.context(job, **options))


@pytest.fixture
def none_running(jobs):
    """Whatever the test does, its jobs have ended when it ends."""
    yield
    assert [job for job in jobs() if job["status"] not in ENDED] == []


@pytest.fixture
def in_thread():
    """Run something beside the test and give back what came of it."""
    threads = []

    def start(function):
        outcome = {}

        def work():
            try:
                outcome["value"] = function()
            except Exception as error:  # noqa: BLE001 # handed to the test
                outcome["error"] = error

        thread = threading.Thread(target=work)
        thread.start()
        threads.append(thread)

        def result():
            thread.join(60)
            assert not thread.is_alive()
            if "error" in outcome:
                raise outcome["error"]
            return outcome["value"]

        return result

    yield start
    for thread in threads:
        thread.join(60)


def test_a_connection_that_is_not_there_is_named_with_what_to_do(connect, task_run):
    with pytest.raises(
        ConfigurationError, match=r"no connection 'linkis_lost'.*Create one of type linkis.*AIRFLOW_CONN"
    ):
        run(task_run, operator(linkis_conn_id="linkis_lost"))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"host": None}, "has no host"),
        ({"login": None}, "lacks the user"),
        ({"extra": {"auth": "kerberos"}}, "auth 'kerberos'; it can be password or token"),
        ({"extra": {"timeout_seconds": "soon"}}, "timeout_seconds in extra is 'soon', not a number of seconds"),
        ({"login": "a-b"}, "without '-'"),
    ],
)
def test_a_wrong_connection_is_refused_before_anything_is_sent(connect, task_run, jobs, fields, text):
    before = len(jobs())
    connect(**fields)
    with pytest.raises(ConfigurationError, match=text):
        run(task_run, operator())
    connect()
    assert len(jobs()) == before


def test_a_server_that_is_not_there_is_named_with_what_to_check(connect, task_run):
    connect(port=1)
    with pytest.raises(UnavailableError, match=r"127.0.0.1:1 cannot be reached. Check host, port") as caught:
        run(task_run, operator())
    assert not caught.value.sent


@pytest.mark.parametrize("extra", [{"auth": "password"}, {"auth": "token"}], ids=["password", "token"])
def test_wrong_credentials_are_refused_and_never_shown(connect, task_run, extra):
    connect(password="not-the-secret", extra=extra)
    with pytest.raises(AuthenticationError, match="Check user") as caught:
        run(task_run, operator())
    assert "not-the-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"code": "  \n"}, "no code to run"),
        ({"code": None}, "either code or script_path"),
        ({"code": "x", "script_path": "file:///x.sql"}, "either code or script_path"),
        ({"engine_type": "shell"}, "engine-version"),
        ({"creator": "data-team"}, "without '-'"),
        ({"creator": "LINKISCLI"}, "kept for Linkis' own clients"),
        ({"configuration": {"start": {}}}, "Linkis knows startup, runtime, special"),
        ({"code": "x" * 50_000}, "less than 50000"),
        ({"results": LinkisResults(format="xml")}, "csv, jsonl, parquet"),
        ({"timeout_seconds": 0}, "more than 0"),
        ({"poll_interval_seconds": -1}, "more than 0"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_sent(connect, task_run, jobs, arguments, text):
    with pytest.raises(ConfigurationError, match=text):
        run(task_run, operator(**arguments))
    assert jobs() == []


@pytest.mark.usefixtures("none_running")
def test_an_unknown_engine_fails_the_job_with_the_servers_reason(connect, task_run):
    with pytest.raises(JobFailedError, match="nosuch-1") as caught:
        run(task_run, operator(engine_type="nosuch-1"))
    assert caught.value.context.connection == "linkis_default"
    assert caught.value.context.job_id


@pytest.mark.usefixtures("none_running")
@pytest.mark.parametrize(
    ("arguments", "fault", "code", "advice"),
    [
        ({}, "queue-full", "12001", "Let fewer tasks run at once"),
        ({"labels": {"userCreator": "hadoop"}}, None, "50079", "neither the user nor the creator"),
        ({"labels": {"userCreator": "somebody-airflow"}}, None, "50080", "Use the user of the connection"),
        ({"code": "rm -r /tmp/x"}, None, "50081", "Take them out of the code"),
        (
            {"code": "-- only this", "run_type": "sql", "engine_type": "spark-3.2.1"},
            None,
            "30010",
            "comments are removed",
        ),
    ],
)
def test_a_submit_that_linkis_refuses_says_what_to_do(connect, linkis, task_run, arguments, fault, code, advice):
    if fault:
        linkis.fault(fault)
    with pytest.raises(RefusedError, match=advice) as caught:
        run(task_run, operator(**arguments))
    assert caught.value.context.code == code
    assert caught.value.context.http_status == 400
    assert "POST /entrance/submit" in str(caught.value)


@pytest.mark.usefixtures("none_running")
def test_a_job_that_somebody_kills_is_told_from_one_that_failed(hook, task_run, jobs, in_thread):
    result = in_thread(lambda: run(task_run, operator(code="sleep 60")))
    job = wait_until(
        lambda: next((job for job in jobs() if job["status"] == "Running"), None), what="it", timeout_seconds=20
    )
    hook.run(lambda system: system.cancel(JobRef(str(job["taskID"]))))
    with pytest.raises(JobCancelledError, match="not by this task"):
        result()


@pytest.mark.usefixtures("none_running")
def test_a_job_that_takes_too_long_is_cancelled(connect, task_run, jobs):
    with pytest.raises(JobExpiredError, match=r"was still Running.*was cancelled.*Raise timeout_seconds"):
        run(task_run, operator(code="sleep 60", timeout_seconds=1))
    assert [job["status"] for job in jobs()] == ["Cancelled"]


@pytest.mark.parametrize("fault", ["dropped:-1", "server-error:-1", "unavailable:-1"])
def test_a_server_that_goes_and_comes_back_is_waited_for(connect, linkis, task_run, jobs, in_thread, fault):
    result = in_thread(lambda: run(task_run, operator(code="sleep 3; echo done", results=LinkisResults(rows=1))))
    wait_until(lambda: any(job["status"] == "Running" for job in jobs()), what="the job", timeout_seconds=20)
    linkis.fault(fault)
    asked = requests_made(linkis)
    # Until the requests' own retries are used up, and the wait for the server has begun.
    wait_until(lambda: requests_made(linkis) >= asked + 6, what="requests in the outage", timeout_seconds=40)
    linkis.fault(clear=True)
    assert result()["result_sets"][0]["rows"] == [["done"]]
    assert [job["status"] for job in jobs()] == ["Succeed"]


def requests_made(linkis) -> int:
    return sum(linkis.stats()["requests"].values())


@pytest.mark.parametrize("fault", ["lost-submit-answer", "lost-submit", "truncated-json", "expired-session"])
@pytest.mark.parametrize("auth", ["password", "token"])
def test_a_submit_whose_answer_is_lost_runs_its_job_once(connect, linkis, task_run, jobs, fault, auth):
    connect(password="hadoop" if auth == "password" else "SANDBOX-TOKEN", extra={"auth": auth})
    job = operator()
    job.hook.jobhistory_list(pageSize=1)  # logged in, so that the fault strikes the submit
    linkis.fault(fault)
    assert run(task_run, job)["status"] == "Succeed"
    assert [job["status"] for job in jobs()] == ["Succeed"]


def test_a_proxys_page_instead_of_json_is_named_for_what_it_is(connect, linkis, task_run, jobs):
    linkis.fault("html:-1")
    with pytest.raises(MalformedReplyError, match=r"an HTML page. Check that host, port and prefix") as caught:
        run(task_run, operator())
    assert "Please sign in to the proxy" in str(caught.value)
    linkis.fault(clear=True)
    assert jobs() == []


@pytest.mark.usefixtures("none_running")
def test_a_result_set_that_vanished_is_named_and_a_retry_reads_the_same_job(connect, linkis, task_run, jobs):
    job = operator(results=LinkisResults(rows=5), retries=1)
    linkis.fault("result-vanished:-1")
    with pytest.raises(ResultError, match="may have been deleted"):
        run(task_run, job, max_tries=1)
    linkis.fault(clear=True)
    task_run.forget()
    again = operator(results=LinkisResults(rows=5), retries=1)
    assert run(task_run, again, try_number=2, max_tries=1)["result_sets"][0]["rows"] == [["done"]]
    assert len(jobs()) == 1


@pytest.mark.usefixtures("none_running")
def test_a_task_killed_while_it_waits_stops_its_job(connect, task_run, jobs, in_thread):
    job = operator(code="sleep 60")
    result = in_thread(lambda: run(task_run, job))
    wait_until(lambda: any(row["status"] == "Running" for row in jobs()), what="the job", timeout_seconds=20)
    job.on_kill()
    assert [row["status"] for row in jobs()] == ["Cancelled"]
    with pytest.raises(JobCancelledError):
        result()
