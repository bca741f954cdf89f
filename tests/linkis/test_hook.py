"""The hook's methods against the local Linkis, synchronous and asynchronous."""

from __future__ import annotations

import inspect

import pytest
from tests.linkis.conftest import ENDED

from taskcenter.core.errors import AuthenticationError, NotFoundError, RefusedError, ResultError
from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.request import LinkisRequest
from taskcenter_sandbox.waiting import wait_until

METHODS = [
    "submit", "execute", "status", "log_lines", "progress", "kill", "jobhistory_get", "jobhistory_list",
    "jobhistory_list_taskids", "get_dir_file_trees", "open_file", "open_log", "results_to_excel", "result_sets",
]  # fmt: skip


@pytest.fixture(params=["sync", "async"])
def call(request, connect):
    """Call a method of a hook, or its asynchronous twin."""

    async def run(name: str, *args, **kwargs):
        if request.param == "sync":
            with LinkisHook() as hook:
                return getattr(hook, name)(*args, **kwargs)
        return await getattr(LinkisHook(), f"a{name}")(*args, **kwargs)

    return run


def body(code: str, run_type: str = "jdbc", engine_type: str = "jdbc-4", **options):
    return LinkisRequest(code=code, run_type=run_type, engine_type=engine_type, **options).body("hadoop")


def finish(hook: LinkisHook, task_id: int) -> dict:
    def ended():
        task = hook.jobhistory_get(task_id)
        return task if task["status"] in ENDED else None

    return wait_until(ended, what=f"job {task_id} to end", timeout_seconds=60)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_an_asynchronous_twin_of_the_same_arguments(name):
    twin = getattr(LinkisHook, f"a{name}")
    assert inspect.iscoroutinefunction(twin)
    assert inspect.signature(twin) == inspect.signature(getattr(LinkisHook, name))


async def test_a_job_from_submit_to_result(call, hook):
    answer = await call("submit", body("SELECT 1 AS one; SELECT 'a' AS letter"))
    assert isinstance(answer["taskID"], int)
    task = finish(hook, answer["taskID"])
    assert task["status"] == "Succeed"
    assert (await call("status", answer["execID"], answer["taskID"]))["status"] == "Succeed"
    assert (await call("progress", answer["execID"]))["progress"] == 1.0
    log = await call("log_lines", answer["execID"], 1, 3)
    assert log["fromLine"] == 4
    assert len(await call("open_log", task["logPath"])) == 4
    assert [row["taskID"] for row in await call("jobhistory_list_taskids", [answer["taskID"], 999_999])] == [
        answer["taskID"]
    ]
    assert (await call("jobhistory_list", taskID=answer["taskID"]))["totalPage"] == 1
    tree = await call("get_dir_file_trees", task["resultLocation"])
    assert sorted(child["name"] for child in tree["children"]) == ["_0.dolphin", "_1.dolphin"]
    assert (await call("open_file", f"{task['resultLocation']}/_1.dolphin"))["fileContent"] == [["a"]]
    assert [result.path[-9:] for result in await call("result_sets", answer["taskID"])] == ["0.dolphin", "1.dolphin"]


async def test_the_old_form_of_submit_and_kill(call, hook):
    old = {
        "executeApplicationName": "shell", "requestApplicationName": "airflow", "executionCode": "sleep 60",
        "runType": "shell", "params": {},
    }  # fmt: skip
    answer = await call("execute", old)
    wait_until(lambda: hook.jobhistory_get(answer["taskID"])["status"] == "Running", what="it", timeout_seconds=20)
    assert await call("kill", answer["execID"], answer["taskID"]) == {"execID": answer["execID"]}
    assert finish(hook, answer["taskID"])["status"] == "Cancelled"


async def test_an_unknown_job_and_an_unknown_path_are_told_apart_from_failures(call, linkis):
    with pytest.raises(NotFoundError, match="may not see it") as caught:
        await call("jobhistory_get", 999_999)
    assert caught.value.context.job_id == "999999"
    assert await call("get_dir_file_trees", f"file://{linkis.data_dir}/result/none") is None
    with pytest.raises(RefusedError):
        await call("open_file", "/etc/passwd")


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({}, ()),
        ({"password": "SANDBOX-TOKEN", "extra": {"auth": "token"}}, ()),
        ({}, ("login-encrypt:-1",)),
    ],
    ids=["password", "token", "encrypted password"],
)
async def test_the_ways_to_log_in(call, connect, linkis, fields, faults):
    connect(**fields)
    linkis.fault(*faults)
    assert "tasks" in await call("jobhistory_list", pageSize=1)


async def test_an_expired_session_is_renewed_once(hook, linkis):
    before = linkis.stats()["requests"].get("POST /api/rest_j/v1/user/login", 0)
    hook.jobhistory_list(pageSize=1)
    linkis.fault("expired-session:1")
    hook.jobhistory_list(pageSize=1)
    assert linkis.stats()["requests"]["POST /api/rest_j/v1/user/login"] == before + 2
    linkis.fault("expired-session:-1")
    with pytest.raises(AuthenticationError):
        hook.jobhistory_list(pageSize=1)


def test_test_connection_says_what_it_found(connect, linkis):
    assert LinkisHook().test_connection()[0] is True
    connect(password="wrong")
    good, text = LinkisHook().test_connection()
    assert not good
    assert "Check user and password" in text


@pytest.mark.parametrize("file_type", ["csv", "xlsx"])
async def test_a_download_has_all_rows_and_not_just_the_5000_that_linkis_sends_by_itself(
    call, hook, tmp_path, file_type
):
    task = finish(hook, hook.submit(body("SELECT range AS n, 'x' AS x FROM range(7000)"))["taskID"])
    target = await call("results_to_excel", f"{task['resultLocation']}/_0.dolphin", tmp_path / "all", file_type)
    from taskcenter.linkis.files import count_downloaded_rows

    assert count_downloaded_rows(target, file_type) == 7000
    with pytest.raises(ResultError, match="only the first 5000 rows"):
        await call("results_to_excel", f"{task['resultLocation']}/_0.dolphin", tmp_path / "cut", file_type, limit=0)
    assert [path.name for path in tmp_path.iterdir()] == ["all"]


async def test_a_download_that_fails_is_an_error_although_linkis_answers_200(call, tmp_path):
    with pytest.raises(ResultError, match="did not send the result as a file") as caught:
        await call("results_to_excel", "file:///tmp/nothing.dolphin", tmp_path / "never")
    assert caught.value.context.http_status == 200
    assert list(tmp_path.iterdir()) == []


def test_a_script_on_linkis_is_read(hook, linkis):
    script = linkis.data_dir / "scripts" / "report.sql"
    script.write_text("SELECT 1\nUNION ALL SELECT 2\n")
    assert hook.read_script(f"file://{script}").rstrip("\n") == "SELECT 1\nUNION ALL SELECT 2"
