"""What no client should send is refused like the real server does; the server itself never stumbles (see conftest)."""

from __future__ import annotations

import random

import pytest

NUMBERS = ["abc", "1.5", "1_000", "9" * 30, "-", "٣", "0x10"]
JUNK = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    " ",
    "x",
    "a-b-c",
    "\u0000",
    [],
    ["x"],
    {},
    {"a": None},
    {"variable": [1]},
    "9" * 40,
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "path", ["/jobhistory/list?pageNow=", "/jobhistory/list?startDate=", "/filesystem/openFile?page="]
)
def test_a_number_that_is_none_gets_no_envelope(api, path, number):
    name, _, query = path.partition("?")
    answer = api.get(name, **{query.rstrip("="): number})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Bad Request"


@pytest.mark.parametrize("number", NUMBERS)
def test_an_id_that_is_none_is_refused(api, number):
    assert api.get(f"/jobhistory/{number}/get").json()["error"] == "Bad Request"
    answer = api.get(f"/entrance/{number}/status")
    assert (answer.status_code, answer.json()["status"]) == (200, 1)
    assert answer.json()["message"].startswith("NumberFormatException: For input string")
    answer = api.get("/entrance/exec_id018014linkis-cg-entrance127.0.0.1:9104x_y_z_0/status", taskID=number)
    assert answer.json()["message"].endswith(f'NumberFormatException: For input string: "{number}"')


@pytest.mark.parametrize("exec_id", ["exec_id", "exec_id01801", "exec_idabcdefgh", "exec_id999999x"])
def test_an_exec_id_that_is_none_is_refused_by_the_gateway(api, exec_id):
    answer = api.get(f"/entrance/{exec_id}/log")
    assert (answer.status_code, answer.json()["status"]) == (200, 1)
    assert "stack" in answer.json()["data"]


@pytest.mark.parametrize("seed", range(8))
def test_bodies_of_any_shape_are_taken_or_refused_but_never_break_it(api, seed):
    choice = random.Random(seed)
    names = ("executionContent", "params", "source", "labels", "executionCode", "executeApplicationName", "runType")
    for _ in range(25):
        body = {name: choice.choice(JUNK) for name in names if choice.random() < 0.5}
        if choice.random() < 0.7:
            body["executionContent"] = {name: choice.choice(JUNK) for name in ("code", "runType")}
        if choice.random() < 0.7:
            body["labels"] = {name: choice.choice(JUNK) for name in ("engineType", "userCreator", "jobRunningTimeout")}
        answer = api.post(choice.choice(["/entrance/submit", "/entrance/execute"]), body)
        assert answer.status_code in (200, 400), (body, answer.text)
        assert answer.json()["status"] in (0, 1)


@pytest.mark.parametrize("body", [{}, {"idList": None, "taskIDList": None}, {"idList": "x", "taskIDList": "x"}])
def test_lists_to_kill_must_be_lists(api, body):
    assert api.post("/entrance/x/killJobs", body).status_code == 400


def test_ids_to_kill_that_are_none_are_forced_in_vain(api):
    answer = api.post("/entrance/x/killJobs", {"idList": ["nonsense", "exec_id"], "taskIDList": ["x", 999999]})
    assert [message["message"] for message in answer.json()["data"]["messages"]] == [
        "Forced Kill task (强制杀死任务)"
    ] * 2
