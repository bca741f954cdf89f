"""Submit, execute, status, log, progress and kill, as Linkis 1.8 answers them."""

from __future__ import annotations

import re

import pytest

from taskcenter_sandbox.linkis.server import LinkisServer
from taskcenter_sandbox.waiting import wait_until

LABELS = {"engineType": "spark-3.2.1", "userCreator": "hadoop-tests"}
EXEC_ID = re.compile(r"exec_id018014linkis-cg-entrance127\.0\.0\.1:9104tests_hadoop_(\w+)_(\d+)")


def body(code="select 1", run_type="sql", **labels):
    return {"executionContent": {"code": code, "runType": run_type}, "labels": {**LABELS, **labels}}


def without(data, *path):
    """The body without one of its keys."""
    *way, last = path
    inner = data
    for name in way:
        inner = inner[name]
    del inner[last]
    return data


def error_code(answer) -> int:
    """Linkis' number in an answer of a service that refuses."""
    given = answer.json()
    assert (answer.status_code, given["status"]) == (400, 1)
    code = given["data"]["errorMsg"]["errCode"]
    assert given["message"].startswith(f"error code(错误码): {code}, error message(错误信息): ")
    assert set(given["data"]["errorMsg"]) == {"level", "errCode", "desc", "ip", "port", "serviceKind"}
    return code


def newest(api):
    return api.data("/jobhistory/list", pageSize=1)["tasks"][0]


@pytest.fixture
def sleeper(api):
    """A job that runs until it is killed."""
    job = api.submit("echo begun; sleep 60", "shell")
    api.wait(job["taskID"], "Running")
    api.wait_for_log(job, "begun")
    yield job
    api.get(f"/entrance/{job['taskID']}/kill")


@pytest.fixture(scope="module")
def finished(api):
    """A job that has succeeded."""
    job = api.submit("select 1 as n")
    assert api.wait(job["taskID"])["status"] == "Succeed"
    return job


def entrance(api, job, call, **query):
    return api.get(f"/entrance/{job['execID']}/{call}", **query)


def by_task(api, job, call, **query):
    return api.get(f"/entrance/{job['taskID']}/{call}", **query)


# --- submit and execute


def test_a_submit_answers_with_both_ids(api):
    answer = api.post("/entrance/submit", body())
    given = answer.json()
    assert (answer.status_code, given["status"], given["message"]) == (200, 0, "OK")
    assert given["method"] == "/api/entrance/submit"
    assert set(given["data"]) == {"execID", "taskID"}
    assert isinstance(given["data"]["taskID"], int)
    assert EXEC_ID.fullmatch(given["data"]["execID"])[1] == "spark"
    assert api.task(given["data"]["taskID"])["taskID"] == given["data"]["taskID"]


def test_ids_count_up(api):
    first, second = api.submit("select 1"), api.submit("select 1")
    assert second["taskID"] == first["taskID"] + 1
    numbers = [int(EXEC_ID.fullmatch(job["execID"])[2]) for job in (first, second)]
    assert numbers[1] == numbers[0] + 1


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        (body(code=" \n"), 20007),
        (without(body(), "labels"), 20008),
        ({**body(), "labels": {}}, 20008),
        (without(body(), "executionContent", "runType"), 20009),
        (without(body(), "labels", "engineType"), 20009),
        (body(engineType="spark"), 20009),
        (body(jobRunningTimeout="soon"), 20009),
        (without(body(), "executionContent", "code"), 20010),
    ],
)
def test_a_body_that_is_not_understood_leaves_no_row(api, request_body, code):
    api.submit("select 1")
    before = newest(api)["taskID"]
    assert error_code(api.post("/entrance/submit", request_body)) == code
    assert newest(api)["taskID"] == before


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        (body(code="-- nothing\n/* at\nall */ # here"), 30010),
        (body(userCreator="hadoop-my-creator"), 50079),
        (body(userCreator="hadoop"), 50079),
        (body(userCreator="somebody-tests"), 50080),
        (body(code="echo a\nrm -r x", run_type="shell"), 50081),
        (body(code="sh run.sh", run_type="shell"), 50081),
    ],
)
def test_what_an_interceptor_refuses_leaves_a_failed_row_that_the_answer_does_not_name(api, request_body, code):
    before = api.submit("select 1")["taskID"]
    answer = api.post("/entrance/submit", request_body)
    assert error_code(answer) == code
    assert "taskID" not in answer.json()["data"]
    row = newest(api)
    assert (row["taskID"], row["status"], row["errCode"]) == (before + 1, "Failed", code)


def test_words_in_a_comment_of_a_shell_script_count_too_but_parts_of_words_do_not(api):
    assert error_code(api.post("/entrance/submit", body(code="# rm is only a word\necho", run_type="shell"))) == 50081
    assert api.run("echo firm;for_sure=1;echo kill-joy", "shell")["status"] == "Succeed"


def test_a_full_queue_refuses_with_12001_and_a_failed_row(api):
    api.server.fault("queue-full")
    assert error_code(api.post("/entrance/submit", body())) == 12001
    assert (newest(api)["status"], newest(api)["errCode"]) == ("Failed", 12001)
    api.submit("select 1")


def test_params_of_null_are_not_foreseen(api):
    answer = api.post("/entrance/submit", {**body(), "params": None})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("operation failed(操作失败)s！the reason(原因)：")


def test_a_body_that_is_no_json_gets_no_envelope(api):
    url = f"{api.server.url}/api/rest_j/v1/entrance/submit"
    answer = api.session.post(url, data="{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "data" not in answer.json()


def test_submit_is_post_only(api):
    assert api.get("/entrance/submit").status_code == 405


def test_an_unknown_engine_is_taken_and_fails_later(api):
    task = api.wait(api.post("/entrance/submit", body(engineType="nonsense-1")).json()["data"]["taskID"])
    assert (task["status"], task["errCode"], task["canRetry"]) == ("Failed", 11055, True)
    assert "nonsense-1" in task["errDesc"]


def test_execute_is_the_old_form_of_submit(api):
    request = {"executionCode": "select 1 as n", "executeApplicationName": "hive", "runType": "hql", "params": {}}
    answer = api.post("/entrance/execute", {**request, "requestApplicationName": "old", "source": {"a": "b"}})
    given = answer.json()
    assert (answer.status_code, given["method"], given["message"]) == (200, "/api/entrance/execute", "OK")
    task = api.wait(given["data"]["taskID"])
    assert (task["status"], task["requestApplicationName"], task["engineType"]) == ("Succeed", "old", "hive")


def test_execute_needs_code_and_params(api):
    assert error_code(api.post("/entrance/execute", {"executeApplicationName": "spark", "params": {}})) == 20007
    answer = api.post("/entrance/execute", {"executionCode": "select 1", "executeApplicationName": "spark"})
    assert "operation failed(操作失败)s！" in answer.json()["message"]


def test_variables_are_put_into_the_code_and_unknown_ones_stay(api):
    params = {"variable": {"day": "20240101", "n": "41"}}
    task = api.run("select '${day}' as d, ${n + 1} as n, '${other}' as o", params=params)
    assert api.results(task)[0]["fileContent"] == [["20240101", "42", "${other}"]]


def test_creators_like_ide_get_5000_rows(api):
    code = "select x from (select explode(sequence(1, 6000)) as x)"
    for creator, code_sent, rows in (
        ("IDE", code, 5000),
        ("tests", code, 6000),
        ("IDE", f"{code} limit 5500", 5000),
        ("IDE", f"{code} limit 10", 10),
        ("IDE", f"--set ide.engine.no.limit.allow=true\n{code}", 6000),
    ):
        task = api.run(code_sent, creator=creator)
        assert task["status"] == "Succeed", task["errDesc"]
        assert api.results(task, pageSize=100000)[0]["totalLine"] == rows, (creator, code_sent)


# --- status


def test_status_by_exec_id_names_the_exec_id_alone(api, finished):
    assert entrance(api, finished, "status").json()["data"] == {"status": "Succeed", "execID": finished["execID"]}


def test_status_by_task_id_of_a_job_that_has_ended(api, finished):
    expected = {"status": "Succeed", "execID": "", "taskID": str(finished["taskID"])}
    assert by_task(api, finished, "status").json()["data"] == expected


def test_status_by_task_id_of_a_running_job(api, sleeper):
    assert by_task(api, sleeper, "status").json()["data"] == {"status": "Running", "execID": sleeper["execID"]}


def test_an_unknown_task_id_is_refused_by_the_gateway_with_http_200(api):
    for call in ("status", "log", "progress", "kill"):
        answer = api.get(f"/entrance/999999/{call}")
        assert (answer.status_code, answer.json()["status"]) == (200, 1), call
        assert answer.json()["message"] == "taskId 999999 is not exists."


def test_an_exec_id_that_cannot_be_read_is_refused_by_the_gateway_with_http_200(api):
    answer = api.get("/entrance/030418IDEhive/status")
    assert (answer.status_code, answer.json()["status"]) == (200, 1)
    assert "stack" in answer.json()["data"]


def test_status_of_an_unknown_group_comes_from_the_history_if_the_task_is_named(api, finished):
    unknown = finished["execID"].replace("tests_", "elsewhere_")
    without_task = api.get(f"/entrance/{unknown}/status")
    assert without_task.status_code == 400
    assert without_task.json()["message"].startswith("Get job by ID error and cannot obtain")
    assert api.data(f"/entrance/{unknown}/status", taskID=finished["taskID"])["status"] == "Succeed"
    assert api.data(f"/entrance/{unknown}/status", taskID=999999)["status"] == "Cancelled"
    assert api.get(f"/entrance/{unknown}/status", taskID="x").status_code == 400


def test_a_place_that_the_ring_does_not_have_is_like_an_unknown_group(api, finished):
    beyond = re.sub(r"\d+$", "900", finished["execID"])
    assert api.get(f"/entrance/{beyond}/status").status_code == 400
    assert api.data(f"/entrance/{beyond}/status", taskID=finished["taskID"])["status"] == "Succeed"


def test_status_of_an_empty_ring_is_400_even_with_the_task(tmp_path, api_of):
    with LinkisServer(data_dir=tmp_path, port=0) as server:
        api = api_of(server)
        job = api.submit("echo", "shell")
        api.wait(job["taskID"])
        wait_until(lambda: server.stats()["running"] == 0, what="rest", timeout_seconds=20, poll_seconds=0.05)
        server.fault("forgotten-jobs")
        answer = entrance(api, job, "status", taskID=job["taskID"])
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("ID The corresponding job is empty")


def test_status_and_log_are_shown_to_anybody(bob, sleeper):
    assert entrance(bob, sleeper, "status").json()["data"]["status"] == "Running"
    assert "begun" in entrance(bob, sleeper, "log", fromLine=1).json()["data"]["log"][3]


# --- log


def test_log_lines_count_from_one_and_go_on_where_they_ended(api, finished):
    whole = entrance(api, finished, "log", fromLine=1, size=-1).json()["data"]
    lines = whole["log"][3].split("\n")
    assert whole["fromLine"] == 1 + len(lines)
    collected, at = [], 1
    while True:
        page = entrance(api, finished, "log", fromLine=at, size=1).json()["data"]
        if page["log"] == ["", "", "", ""]:
            break
        assert page["fromLine"] == at + 1
        collected.append(page["log"][3])
        at = page["fromLine"]
    assert collected == lines
    assert page["fromLine"] == at == whole["fromLine"]


def test_log_has_errors_warnings_and_all_apart(api):
    job = api.submit("import sys\nprint('hello')\nsys.stderr.write('careful\\n')\n1 / 0", "python")
    api.wait(job["taskID"])
    errors, warnings, infos, everything = entrance(api, job, "log", fromLine=1, size=-1).json()["data"]["log"]
    assert "ZeroDivisionError" in errors
    assert "careful" in warnings
    assert "hello" in infos
    assert "hello" not in errors + warnings
    assert len(everything.split("\n")) == sum(len(part.split("\n")) for part in (errors, warnings, infos))


def test_log_without_levels_is_one_text(api, finished):
    data = entrance(api, finished, "log", fromLine=1, distinctLevel="false").json()["data"]
    assert isinstance(data["log"], str)
    assert "completed with status Success" in data["log"]


@pytest.mark.parametrize("query", [{"fromLine": "x"}, {"size": "1.5"}])
def test_log_numbers_must_be_numbers(api, finished, query):
    assert entrance(api, finished, "log", **query).status_code == 400


def test_log_by_task_id_is_for_running_jobs_only(api, finished, sleeper):
    assert "begun" in by_task(api, sleeper, "log", fromLine=1).json()["data"]["log"][3]
    answer = by_task(api, finished, "log")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("The job you just executed has ended.")


# --- progress


def test_progress_of_a_running_job_stays_below_one(api):
    job = api.submit("import time\nprogress(0.25)\nprogress(7)\nprint('told')\ntime.sleep(60)", "python")
    wait_until(
        lambda: entrance(api, job, "progress").json()["data"].get("progress") == 0.99,
        what="the progress",
        timeout_seconds=20,
        poll_seconds=0.05,
    )
    data = entrance(api, job, "progressWithResource").json()["data"]
    assert data["yarnResource"] is None
    assert set(data["progressInfo"][0]) == {"id", "succeedTasks", "failedTasks", "runningTasks", "totalTasks"}
    wait_until(
        lambda: api.task(job["taskID"])["progress"] == "0.99",
        what="the progress in the history",
        timeout_seconds=20,
        poll_seconds=0.05,
    )
    entrance(api, job, "kill")


def test_progress_of_a_finished_job_is_one_by_exec_id_and_a_text_by_task_id(api, finished):
    expected = {"progress": 1.0, "execID": finished["execID"], "progressInfo": []}
    assert entrance(api, finished, "progress").json()["data"] == expected
    expected = {"progress": "1.0", "execID": "", "taskID": str(finished["taskID"]), "progressInfo": []}
    assert {**by_task(api, finished, "progress").json()["data"], "taskID": str(finished["taskID"])} == expected


# --- kill


def test_a_kill_is_in_the_history_at_once_and_may_be_repeated(api, sleeper):
    answer = entrance(api, sleeper, "kill", taskID=sleeper["taskID"])
    assert (answer.status_code, answer.json()["message"]) == (200, "Successfully killed the job(成功kill了job)")
    assert answer.json()["data"] == {"execID": sleeper["execID"]}
    assert api.task(sleeper["taskID"])["status"] == "Cancelled"
    assert entrance(api, sleeper, "kill").status_code == 200
    wait_until(
        lambda: entrance(api, sleeper, "status").json()["data"]["status"] == "Cancelled",
        what="the entrance to see the end",
        timeout_seconds=20,
        poll_seconds=0.05,
    )
    assert entrance(api, sleeper, "kill").status_code == 200


def test_a_kill_by_task_id(api, sleeper):
    assert by_task(api, sleeper, "kill").json()["message"].startswith("Successfully killed the job")
    again = by_task(api, sleeper, "kill")
    assert again.status_code == 400
    assert again.json()["message"].startswith("The job already completed. Do not support kill.")


def test_a_kill_after_the_end_is_refused_and_changes_nothing(api, finished):
    answer = entrance(api, finished, "kill", taskID=finished["taskID"])
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("An exception occurred while killing the job, kill failed(")
    assert api.task(finished["taskID"])["status"] == "Succeed"


def test_others_may_not_kill(bob, api, sleeper):
    answer = entrance(bob, sleeper, "kill")
    assert answer.status_code == 400
    assert answer.json()["message"] == "You have no permission to kill this job, excecute by user:hadoop"
    assert api.task(sleeper["taskID"])["status"] == "Running"


def test_the_administrator_may_kill(bob, api):
    job = bob.submit("sleep 60", "shell")
    bob.wait(job["taskID"], "Running")
    assert entrance(api, job, "kill").status_code == 200
    assert bob.task(job["taskID"])["status"] == "Cancelled"


def test_a_kill_of_what_is_not_in_memory_needs_the_task(api, finished):
    unknown = finished["execID"].replace("tests_", "elsewhere_")
    answer = api.get(f"/entrance/{unknown}/kill")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Get job by ID error, kill failed.")
    answer = api.get(f"/entrance/{unknown}/kill", taskID=finished["taskID"])
    assert (answer.status_code, answer.json()["message"]) == (200, "Forced Kill task (强制杀死任务)")
    assert "execID" not in answer.json()["data"]
    assert api.task(finished["taskID"])["status"] == "Succeed"


def test_a_kill_while_the_job_waits_keeps_it_from_running(api, tmp_path):
    marker = tmp_path / "ran"
    sleepers = [api.submit("sleep 60", "shell", "queued") for _ in range(10)]
    waiting = api.submit(f"touch {marker}", "shell", "queued")
    assert api.task(waiting["taskID"])["status"] == "Inited"
    assert entrance(api, waiting, "kill").status_code == 200
    lists = {"idList": [job["execID"] for job in sleepers], "taskIDList": [job["taskID"] for job in sleepers]}
    answer = api.post(f"/entrance/{waiting['execID']}/killJobs", lists)
    assert (answer.status_code, answer.json()["message"]) == (200, "success")
    assert [message["status"] for message in answer.json()["data"]["messages"]] == [0] * 10
    assert {api.task(job["taskID"])["status"] for job in [*sleepers, waiting]} == {"Cancelled"}
    after = api.submit("echo after", "shell", "queued")
    assert api.wait(after["taskID"])["status"] == "Succeed"
    assert not marker.exists()


def test_kill_jobs_wants_as_many_tasks_as_executions(api, finished):
    answer = api.post(f"/entrance/{finished['execID']}/killJobs", {"idList": [finished["execID"]], "taskIDList": []})
    assert answer.status_code == 400
