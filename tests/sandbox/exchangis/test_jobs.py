"""Projects and jobs: what can be executed, and by whom."""

from __future__ import annotations

import json

import pytest


def test_a_project_is_created_found_changed_and_deleted(api):
    project = api.project(description="first", editUsers="bob")
    item = api.get(f"/projects/{project}")["item"]
    assert (item["id"], item["description"], item["editUsers"]) == (project, "first", "bob")
    found = api.data("POST", "/projects", {}, name=item["name"], current=1, size=10)
    assert (found["total"], found["list"][0]["id"]) == (1, project)
    api.data("PUT", "/updateProject", {"id": project, "name": item["name"], "description": "second"})
    assert api.get(f"/projects/{project}")["item"]["description"] == "second"
    api.data("DELETE", f"/projects/{project}")
    assert "Project may be deleted" in api.refusal("GET", f"/projects/{project}")


def test_a_name_of_a_project_can_be_used_once(api):
    api.data("POST", "/createProject", {"name": "only_one"})
    assert "only_one" in api.refusal("POST", "/createProject", {"name": "only_one"})
    api.refusal("POST", "/check/only_one")
    api.data("POST", "/check/another_one")


def test_a_project_with_jobs_cannot_be_deleted(api, shop):
    project = api.project()
    job = api.job([], project=project)
    api.refusal("DELETE", f"/projects/{project}")
    api.data("DELETE", f"/job/{job}")
    api.data("DELETE", f"/projects/{project}")


def test_a_job_shows_what_it_moves_as_the_web_page_keeps_it(api, shop, make_sub_job):
    content = [make_sub_job(shop.source(), shop.sink())]
    job = api.get(f"/job/{api.job(content, jobDesc='moves orders')}")["result"]
    assert json.loads(job["jobContent"]) == {"subJobs": content}
    assert (job["jobDesc"], job["engineType"], job["createUser"]) == ("moves orders", "DATAX", "hadoop")
    assert isinstance(job["projectId"], str)


def test_jobs_are_listed_by_project(api):
    project = api.project()
    ids = [api.job([], project=project, jobName=name) for name in ("list_a", "list_b", "other")]
    found = api.get("/job", projectId=project, name="list_", current=1, size=1)
    assert (found["total"], [each["id"] for each in found["result"]]) == (2, [ids[1]])
    assert [each["id"] for each in api.get("/job/getJob/list", projectId=project, jobName="other")["result"]] == [
        ids[2]
    ]
    assert api.ask("GET", "/job", projectId=project, current=1, size=1).json()["error"] == "Bad Request"


def test_name_description_parameters_and_user_of_a_job_can_be_changed(api, shop):
    job = shop.job()
    api.data("PUT", f"/job/{job}", {"jobName": "renamed", "jobDesc": "new"})
    api.data("PUT", f"/job/{job}/config", {"proxyUser": "etl", "jobParams": '{"a": "1"}'})
    shown = api.get(f"/job/{job}")["result"]
    assert [shown[name] for name in ("jobName", "jobDesc", "proxyUser", "jobParams")] == [
        "renamed",
        "new",
        "etl",
        '{"a": "1"}',
    ]


def test_the_name_of_a_job_can_be_used_once_in_a_project(api):
    project = api.project()
    api.job([], project=project, jobName="same")
    body = {"projectId": project, "jobType": "OFFLINE", "engineType": "DATAX", "jobName": "same"}
    assert "same" in api.refusal("POST", "/job", body)
    api.job([], jobName="same")


def test_a_copy_has_the_same_name(api, shop):
    job = shop.job()
    copy = api.data("POST", f"/job/{job}/copy", {"jobName": "ignored"})["result"]
    assert copy["jobName"] == api.get(f"/job/{job}")["result"]["jobName"]
    assert copy["id"] != job


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"subJobName": ""}, "no name"),
        ({"dataSources": {}}, "source and sink objects|has no source"),
        ({"dataSources": {"source_id": "SQLITE.1.main.a", "sink_id": "SQLITE.2.main.a"}}, "source and sink objects"),
        ({"transforms": {"type": "PROCESSOR"}}, "PROCESSOR"),
        ({"transforms": {"mapping": [{"source_field_name": "id"}]}}, "lacks a field's name"),
        (
            {"transforms": {"mapping": [{"source_field_name": "id", "sink_field_name": "id", "validator": ["> 1"]}]}},
            "no validators",
        ),
    ],
)
def test_content_that_cannot_be_run_is_not_saved(api, shop, make_sub_job, change, said):
    job = shop.job()
    wrong = [{**make_sub_job(shop.source(), shop.sink()), **change}]
    message = api.refusal("PUT", f"/job/{job}/content", {"jobContent": json.dumps(wrong)})
    assert any(part in message for part in said.split("|"))
    assert json.loads(api.get(f"/job/{job}")["result"]["jobContent"])["subJobs"][0]["subJobName"] == "orders"


def test_sub_jobs_have_names_of_their_own(api, shop, make_sub_job):
    twice = [make_sub_job(shop.source(), shop.sink()), make_sub_job(shop.source(), shop.sink())]
    assert "orders" in api.refusal("PUT", f"/job/{shop.job()}/content", {"jobContent": json.dumps(twice)})


def test_sqoop_needs_hive_on_one_side(api, shop, make_sub_job):
    content = json.dumps([make_sub_job(shop.source(), shop.sink())])
    assert "SQOOP" in api.refusal("PUT", f"/job/{shop.job()}/content", {"jobContent": content, "engineType": "SQOOP"})


def test_a_field_that_the_server_does_not_know_is_springs_business(api):
    answer = api.ask("POST", "/job", {"projectId": api.project(), "nonsense": 1})
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


def test_who_may_execute_is_a_matter_of_the_project(api, bob, shop, make_sub_job):
    content = [make_sub_job(shop.source(), shop.sink())]
    closed = api.job(content)
    looking = api.job(content, project=api.project(viewUsers="bob"))
    open_to_bob = api.job(content, project=api.project(execUsers="eve, bob"))
    assert "no permission" in bob.refusal("POST", f"/job/{closed}/execute")
    assert "no permission" in bob.refusal("POST", f"/job/{looking}/execute")
    assert "no permission" in bob.refusal("DELETE", f"/job/{open_to_bob}")
    execution = bob.execute(open_to_bob)
    # It runs as the one who made the job, whose data sources it uses.
    assert bob.wait(execution)["status"] == "Success"
    assert api.tasks(execution)[0]["executeUser"] == "hadoop"


def test_dss_executes_as_whom_it_says(api, shop):
    job = shop.job()
    assert "execUser" in api.refusal("POST", f"/appJob/execute/{job}")
    execution = api.data("POST", f"/appJob/execute/{job}", {"execUser": "hadoop"})["jobExecutionId"]
    assert api.wait(execution)["status"] == "Success"


def test_engines_and_their_settings(api):
    assert api.get("/job/engineType")["result"] == ["DATAX"]
    assert "setting.speed.channel" in [each["key"] for each in api.get("/job/engine/DATAX/settings/ui")["ui"]]
