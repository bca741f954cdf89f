"""The job history: one job, lists and pages, many jobs at once."""

from __future__ import annotations

import json
import time

import pytest


@pytest.fixture(scope="module")
def jobs(api):
    """Five jobs of one creator that have ended, oldest first: four good ones and one that failed."""
    codes = ["select 1", "select 2", "select * from nowhere", "select 4", "select 5"]
    return [api.run(code, creator="listed", source={"tag": str(n)}) for n, code in enumerate(codes)]


def ids(tasks):
    return [task["taskID"] for task in tasks]


def listed(api, **query):
    return api.data("/jobhistory/list", creator="listed", **query)


def test_get_shows_a_row_as_linkis_does(jobs):
    task = jobs[0]
    assert (task["status"], task["errCode"], task["errDesc"], task["progress"]) == ("Succeed", 0, "", "1.0")
    assert (task["umUser"], task["executeUser"]) == ("hadoop", "hadoop")
    assert (task["requestApplicationName"], task["executeApplicationName"]) == ("listed", "spark")
    assert task["execId"].startswith("listed_hadoop_spark_")
    assert task["strongerExecId"].endswith(task["execId"])
    assert abs(task["createdTime"] - time.time() * 1000) < 300_000
    assert json.loads(task["sourceJson"])["tag"] == "0"
    assert "userCreator:hadoop-listed" in task["labels"]
    assert {"logPath", "resultLocation", "paramsJson", "costTime", "runType", "metrics", "subJobs"} <= set(task)


def test_the_code_is_in_lists_and_not_in_get(api, jobs):
    assert api.task(jobs[0]["taskID"])["executionCode"] is None
    assert [task["executionCode"] for task in listed(api)["tasks"]][-1] == "select 1"


def test_a_running_job_has_no_error_code_yet(api):
    job = api.submit("sleep 60", "shell")
    task = api.wait(job["taskID"], "Running")
    assert (task["errCode"], task["errDesc"], task["strongerExecId"]) == (None, None, job["execID"])
    undone = api.data("/jobhistory/listundonetasks")
    assert job["taskID"] in ids(undone["tasks"])
    api.get(f"/entrance/{job['execID']}/kill")
    assert api.task(job["taskID"])["errCode"] is not None
    assert job["taskID"] not in ids(api.data("/jobhistory/listundonetasks")["tasks"])


def test_a_job_that_is_not_there_and_one_that_is_not_ones_own_look_the_same(api, bob, jobs):
    answers = [api.get("/jobhistory/999999/get"), bob.get(f"/jobhistory/{jobs[0]['taskID']}/get")]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.json()["message"] for answer in answers}) == 1
    assert answers[0].json()["message"].startswith("The corresponding job was not found, or there may be no permission")


def test_an_id_that_is_no_number_gets_no_envelope(api):
    answer = api.get("/jobhistory/abc/get")
    assert answer.status_code == 400
    assert "data" not in answer.json()


def test_a_list_is_newest_first_and_total_page_counts_rows(api, jobs):
    data = listed(api, pageSize=2)
    assert ids(data["tasks"]) == ids(reversed(jobs))[:2]
    assert data["totalPage"] == 5


def test_a_page_past_the_end_is_the_last_page_again(api, jobs):
    last = ids(listed(api, pageSize=2, pageNow=3)["tasks"])
    assert last == ids(jobs)[:1]
    assert ids(listed(api, pageSize=2, pageNow=9)["tasks"]) == last


def test_a_list_can_be_narrowed(api, jobs):
    assert ids(listed(api, status="Failed")["tasks"]) == [jobs[2]["taskID"]]
    assert len(listed(api, status="Failed,Succeed")["tasks"]) == 5
    assert ids(listed(api, taskID=jobs[1]["taskID"])["tasks"]) == [jobs[1]["taskID"]]
    assert listed(api, executeApplicationName="hive") == {"tasks": [], "totalPage": 0}
    assert ids(listed(api, startDate=jobs[3]["createdTime"])["tasks"])[-1] == jobs[3]["taskID"]
    assert listed(api, endDate=jobs[0]["createdTime"] - 1)["totalPage"] == 0


def test_equal_dates_mean_a_whole_day(api, jobs):
    start = jobs[0]["createdTime"] - 1
    assert listed(api, startDate=start, endDate=start)["totalPage"] == 5


def test_names_with_other_letters_are_refused(api):
    assert api.get("/jobhistory/list", creator="a' or 1=1").status_code == 400


def test_a_list_has_ones_own_jobs_only(bob, jobs):
    assert listed(bob)["tasks"] == []


def test_many_jobs_come_newest_first_and_unknown_ones_are_just_missing(api, jobs):
    given = ",".join(str(number) for number in [*ids(jobs), 999999, jobs[0]["taskID"]])
    data = api.data("/jobhistory/list-taskids", taskID=given)
    assert ids(data["jobHistoryList"]) == ids(reversed(jobs))


def test_jobs_of_others_are_missing_but_the_administrator_sees_all(api, bob, jobs):
    assert bob.data("/jobhistory/list-taskids", taskID=jobs[0]["taskID"]) == {"jobHistoryList": []}
    theirs = bob.submit("select 1")
    bob.wait(theirs["taskID"])
    assert len(api.data("/jobhistory/list-taskids", taskID=theirs["taskID"])["jobHistoryList"]) == 1


def test_thirty_different_ids_are_the_most(api):
    thirty = ",".join(str(number) for number in range(1, 31))
    api.data("/jobhistory/list-taskids", taskID=f"{thirty},1,2")
    answer = api.get("/jobhistory/list-taskids", taskID=f"{thirty},31")
    assert answer.status_code == 400
    assert answer.json()["message"] == "TaskID size cannot exceed 30"


@pytest.mark.parametrize("given", ["", "1;2", "a", "1 2"])
def test_ids_are_digits_and_commas(api, given):
    assert api.get("/jobhistory/list-taskids", taskID=given).status_code == 400
