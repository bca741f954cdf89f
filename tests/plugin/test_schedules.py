"""``/api/schedules``: plans are created, run, changed, cancelled and deleted as the document says."""

from __future__ import annotations

import json

import pytest

EXEC = {"jobParams": {"code": "SELECT 1"}, "retryTimes": 1}
CRONS = [
    {"triggerType": "CRON_JOB", "cronDesc": "0 15 0 ? * 1", "cronType": "WEEKLY", "timeZone": "GMT+08:00"},
    {"triggerType": "CRON_JOB", "cronDesc": "*/30 * * * * ?", "cronType": "CRON", "timeZone": "GMT+08:00"},
]
PLAN_FIELDS = {
    "id",
    "entityGroup",
    "entityKey",
    "execDetail",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
    "enabled",
    "entityCreatedBy",
    "execFrequency",
    "startAt",
    "stopAt",
    "jobStatus",
    "contextId",
    "title",
    "entityCreatedByName",
    "nextStartAt",
    "costTime",
    "planItems",
    "path",
    "importType",
    "diskUsage",
    "datasetCount",
    "datasetType",
    "isVirtual",
    "updateMethod",
    "updateMethodSwitchable",
}
ITEM_FIELDS = {
    "id",
    "planId",
    "triggerType",
    "cronDesc",
    "cronType",
    "timeZone",
    "triggerByJobs",
    "createdAt",
    "createdBy",
    "updatedAt",
    "updatedBy",
}


def plan(key: str = "1", items=None, **more) -> dict:
    return {"entityGroup": "LINKIS", "entityKey": key, "planItems": items, "execDetail": EXEC, **more}


def once(key: str = "1") -> dict:
    return plan(key, [{"triggerType": "ONCE"}])


def waits_for(*keys: str) -> list[dict]:
    jobs = [{"entityGroup": "LINKIS", "entityKey": key} for key in keys]
    return [{"triggerType": "DEPENDENCY", "triggerByJobs": jobs}]


def dag_row(dag_id: str):
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        return session.get(DagModel, dag_id)


def test_the_documents_first_example(ada):
    answer = ada.ok("POST", "/api/schedules", plan(items=CRONS))
    made = answer["data"]
    assert set(made) >= PLAN_FIELDS
    assert [set(item) for item in made["planItems"]] == [ITEM_FIELDS, ITEM_FIELDS]
    assert [item["cronDesc"] for item in made["planItems"]] == ["0 15 0 ? * 1", "*/30 * * * * ?"]
    assert (made["enabled"], made["jobStatus"], made["contextId"]) == (True, "NONE", None)
    assert made["nextStartAt"][-2:] in ("00", "30")
    assert (answer["msg"], bool(answer["version"])) == ("success", True)
    assert ada.ok("GET", f"/api/schedules/{made['id']}")["data"] == made


def test_a_second_post_with_once_runs_the_same_plan_and_leaves_its_schedule(ada):
    first = ada.ok("POST", "/api/schedules", plan(items=CRONS))["data"]
    run = ada.ok("POST", "/api/schedules", once())["data"]
    assert run["id"] == first["id"]
    assert [item["triggerType"] for item in run["planItems"]] == ["ONCE"]
    assert run["planItems"][0]["planId"] == first["id"]
    after = ada.ok("GET", f"/api/schedules/{first['id']}")["data"]
    assert after["planItems"] == first["planItems"]
    assert after["jobStatus"] == "PENDING"
    context = ada.ok("GET", f"/api/contexts/{run['contextId']}")["data"]
    assert (context["planId"], context["planItem"]["id"]) == (first["id"], run["planItems"][0]["id"])


def test_the_dag_is_known_to_airflow_with_the_answer(ada):
    made = ada.ok("POST", "/api/schedules", plan("a b/日报", CRONS))["data"]
    dag = dag_row(made["dagId"])
    assert dag.bundle_name == "taskcenter_plans"
    assert not dag.is_stale
    assert dag.next_dagrun_create_after is not None


def test_put_replaces_all_items_and_keeps_ids_that_are_given(ada):
    made = ada.ok("POST", "/api/schedules", plan(items=CRONS))["data"]
    keep = made["planItems"][1]
    new = {"triggerType": "CRON_JOB", "cronDesc": "0 0 1 * * ?", "timeZone": "UTC"}
    changed = ada.ok("PUT", f"/api/schedules/{made['id']}", {"planItems": [keep, new], "enabled": False})["data"]
    assert [item["cronDesc"] for item in changed["planItems"]] == ["*/30 * * * * ?", "0 0 1 * * ?"]
    assert changed["planItems"][0]["id"] == keep["id"]
    assert (changed["enabled"], changed["nextStartAt"]) == (False, None)
    assert dag_row(made["dagId"]).is_paused


@pytest.mark.parametrize("nothing", [None, []])
def test_put_of_no_items_removes_them_all(ada, nothing):
    made = ada.ok("POST", "/api/schedules", plan(items=CRONS))["data"]
    assert ada.ok("PUT", f"/api/schedules/{made['id']}", {"planItems": nothing})["data"]["planItems"] == []
    assert dag_row(made["dagId"]).next_dagrun_create_after is None


def test_the_switch_is_airflows_pause_switch_both_ways(ada):
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    made = ada.ok("POST", "/api/schedules", plan(items=CRONS))["data"]
    ada.ok("POST", f"/api/schedules/{made['id']}/disable", {})
    assert dag_row(made["dagId"]).is_paused
    with create_session() as session:
        session.execute(update(DagModel).values(is_paused=False))
    assert ada.ok("GET", f"/api/schedules/{made['id']}")["data"]["enabled"] is True
    ada.ok("POST", f"/api/schedules/{made['id']}/disable")
    ada.ok("POST", f"/api/schedules/{made['id']}/enable")
    assert not dag_row(made["dagId"]).is_paused


@pytest.mark.parametrize("given", [{}, {"enabled": None}, {"enabled": True}])
def test_a_post_switches_a_plan_on_unless_it_says_otherwise(ada, given):
    made = ada.ok("POST", "/api/schedules", plan(items=CRONS, enabled=False))["data"]
    assert made["enabled"] is False
    run = ada.ok("POST", "/api/schedules", {**once(), **given})["data"]
    assert (run["enabled"], bool(run["contextId"])) == (True, True)
    after = ada.ok("GET", f"/api/schedules/{made['id']}")["data"]
    assert (after["enabled"], after["planItems"]) == (True, made["planItems"])
    assert not dag_row(made["dagId"]).is_paused


def test_a_put_without_enabled_leaves_the_switch(ada):
    made = ada.ok("POST", "/api/schedules", plan(items=CRONS, enabled=False))["data"]
    for given in ({}, {"enabled": None}):
        changed = ada.ok("PUT", f"/api/schedules/{made['id']}", {"planItems": CRONS[:1], **given})["data"]
        assert changed["enabled"] is False


def test_a_plan_that_is_sent_disabled_is_not_run_but_told_how(ada):
    made = ada.ok("POST", "/api/schedules", plan())["data"]
    status, answer = ada("POST", "/api/schedules", {**once(), "enabled": False})
    assert (status, answer["code"]) == (409, 40901)
    assert f"/api/schedules/{made['id']}/enable" in answer["msg"]
    assert ada.ok("GET", "/api/contexts")["totalHits"] == 0
    assert ada.ok("GET", f"/api/schedules/{made['id']}")["data"]["enabled"] is True


def test_cancel_makes_what_runs_cancelled_not_failed(ada):
    run = ada.ok("POST", "/api/schedules", once())["data"]
    ada.ok("POST", "/api/schedules", once())
    ada.ok("PUT", f"/api/schedules/{run['id']}/cancel", {})
    states = {each["jobStatus"] for each in ada.ok("GET", "/api/contexts")["data"]}
    assert states == {"CANCELLED"}
    assert ada.ok("GET", f"/api/schedules/{run['id']}")["data"]["jobStatus"] == "CANCELLED"


def test_cancel_by_name(ada):
    ada.ok("POST", "/api/schedules", once())
    ada.ok("POST", "/api/schedules/cancel", {"entityGroup": "LINKIS", "entityKey": "1"})
    assert ada.ok("GET", "/api/contexts")["data"][0]["jobStatus"] == "CANCELLED"
    status, answer = ada("POST", "/api/schedules/cancel", {"entityGroup": "LINKIS", "entityKey": "other"})
    assert (status, answer["code"]) == (404, 40401)


def test_delete_hides_the_plan_and_keeps_its_history(ada):
    run = ada.ok("POST", "/api/schedules", once())["data"]
    ada.ok("DELETE", f"/api/schedules/{run['id']}")
    assert ada("GET", f"/api/schedules/{run['id']}")[0] == 404
    assert ada.ok("GET", "/api/schedules")["totalHits"] == 0
    assert dag_row(run["dagId"]).is_stale
    context = ada.ok("GET", f"/api/contexts/{run['contextId']}")["data"]
    assert (context["jobStatus"], context["execDetail"]["jobParams"]) == ("CANCELLED", EXEC["jobParams"])


def test_a_plan_that_was_deleted_comes_back_with_its_id_and_without_its_items(ada):
    first = ada.ok("POST", "/api/schedules", plan(items=CRONS))["data"]
    ada.ok("DELETE", f"/api/schedules/{first['id']}")
    again = ada.ok("POST", "/api/schedules", plan())["data"]
    assert (again["id"], again["planItems"]) == (first["id"], [])
    assert not dag_row(first["dagId"]).is_stale


def test_the_list_is_narrowed_and_paged(ada):
    for key in ("sales", "stock", "staff"):
        ada.ok("POST", "/api/schedules", plan(key))
    ada.ok("POST", "/api/schedules", once("stock"))

    def keys(**query):
        return [each["entityKey"] for each in ada.ok("GET", "/api/schedules", **query)["data"]]

    assert keys() == ["sales", "stock", "staff"]
    assert keys(offset=1, limit=1) == ["stock"]
    assert keys(q="sta") == ["staff"]
    assert keys(entityKey="sales", entityGroup="LINKIS") == ["sales"]
    assert keys(jobStatusList="PENDING,RUNNING") == ["stock"]
    assert keys(jobStatusList="NONE") == ["sales", "staff"]
    assert keys(entityCreatedByList="999") == []
    assert keys(q="%") == []
    page = ada.ok("GET", "/api/schedules", limit=2)
    assert (page["totalHits"], page["offset"], page["totalDatasets"], page["totalDiskUsage"]) == (3, 0, 0, 0)


def test_the_creators_are_listed_as_documented(ada):
    run = ada.ok("POST", "/api/schedules", once())["data"]
    for path in ("/api/schedules/users", "/api/contexts/users"):
        [user] = ada.ok("GET", path, entityGroup="LINKIS")["data"]
        assert (user["id"], user["name"], user["loginName"], user["enable"]) == (run["createdBy"], "ada", "ada", True)
        assert user["config"]["sys.id"] == {"source": "SYSTEM_DEFINED", "value": user["id"], "type": "number"}
        assert ada.ok("GET", path, entityGroup="NOTEBOOK")["data"] == []


def test_contexts_are_listed_newest_first_and_narrowed(ada):
    first = ada.ok("POST", "/api/schedules", once("a"))["data"]["contextId"]
    second = ada.ok("POST", "/api/schedules", once("b"))["data"]["contextId"]

    def ids(**query):
        return [each["id"] for each in ada.ok("GET", "/api/contexts", **query)["data"]]

    assert ids() == [second, first]
    assert ids(entityKey="a") == [first]
    assert ids(jobStatus="PENDING", offset=1) == [first]
    assert ids(jobStatusList="FAILED,SUCCESSFUL") == []
    assert ada.ok("GET", "/api/contexts", q="B")["totalHits"] == 1
    both = ada.ok("GET", "/api/contexts")["data"][0]
    assert both["scheduledAt"] == both["scheduleAt"]


def test_what_has_not_ended_has_no_output_yet(ada):
    context = ada.ok("POST", "/api/schedules", once())["data"]["contextId"]
    for what in ("logs", "results"):
        answer = ada.ok("GET", f"/api/contexts/{context}/{what}", block="false")
        assert (answer["data"], answer["done"]) == ([], False)


def test_a_dependency_may_come_before_what_it_waits_for(ada):
    item = ada.ok("POST", "/api/schedules", plan("down", waits_for("up", "other")))["data"]["planItems"][0]
    assert item["triggerByJobs"] == [
        {"entityGroup": "LINKIS", "entityKey": "up"},
        {"entityGroup": "LINKIS", "entityKey": "other"},
    ]


def test_a_circle_is_refused_with_its_path(ada):
    ada.ok("POST", "/api/schedules", plan("b", waits_for("a")))
    ada.ok("POST", "/api/schedules", plan("c", waits_for("b")))
    status, answer = ada("POST", "/api/schedules", plan("a", waits_for("c")))
    assert (status, answer["code"]) == (400, 40005)
    assert "LINKIS a -> LINKIS b -> LINKIS c -> LINKIS a" in answer["msg"]
    assert ada("POST", "/api/schedules", plan("x", waits_for("x")))[1]["code"] == 40005
    assert ada.ok("GET", "/api/schedules")["totalHits"] == 2


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"entityGroup": "NOSUCH"}, 40004, "no job type"),
        ({"entityKey": ""}, 40001, "entityKey"),
        ({"entityKey": "x" * 201}, 40001, "entityKey"),
        ({"entityKey": 1}, 40001, "entityKey"),
        ({"entityKey": " a"}, 40001, "entityKey: it must not begin or end with white space"),
        ({"entityKey": "\u3000"}, 40001, "entityKey"),
        ({"planItems": waits_for("a\n")}, 40001, "planItems.0.triggerByJobs.0.entityKey"),
        ({"entityKey": "a\x00b"}, 40001, "NUL"),
        ({"planItems": [{"triggerType": "SOMETIMES"}]}, 40001, "triggerType"),
        ({"planItems": [{"triggerType": "CRON_JOB"}]}, 40002, "cronDesc"),
        ({"planItems": [{**CRONS[0], "cronDesc": "0 15 0 * * 0"}]}, 40002, "planItems[0]"),
        ({"planItems": [{**CRONS[0], "timeZone": "Mars/Olympus"}]}, 40003, "Mars/Olympus"),
        ({"planItems": [{**CRONS[0], "cronType": "OFTEN"}]}, 40001, "OFTEN"),
        ({"planItems": [{**CRONS[0], "id": 77}]}, 40001, "no item 77"),
        ({"planItems": CRONS * 500}, 40001, "planItems"),
        ({"planItems": [{"triggerType": "DEPENDENCY"}]}, 40001, "triggerByJobs"),
        ({"planItems": "ONCE"}, 40001, "planItems"),
        ({"enabled": "yes"}, 40001, "enabled"),
        ({"execDetail": {"jobParams": {}}}, 40004, "code or scriptPath"),
        ({"execDetail": {"jobParams": {"code": 5}}}, 40004, "code"),
        ({"execDetail": {**EXEC, "jobClass": "java.lang.Runtime"}}, 40004, "jobClass"),
        ({"execDetail": {**EXEC, "retryTimes": -1}}, 40001, "retryTimes"),
        ({"execDetail": {"jobParams": {"code": "x", "password": "hunter2"}}}, 40004, "connection"),
    ],
)
def test_what_is_wrong_is_refused_with_the_place_and_nothing_is_stored(ada, change, code, told):
    status, answer = ada("POST", "/api/schedules", {**plan(), **change})
    assert (status, answer["code"]) == (400, code)
    assert told in answer["msg"]
    assert "hunter2" not in json.dumps(answer)
    assert ada.ok("GET", "/api/schedules")["totalHits"] == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/schedules/x", 400),
        ("/api/schedules/0", 400),
        ("/api/schedules/99999999999999999999", 400),
        ("/api/schedules/12345", 404),
        ("/api/contexts/12345", 404),
        ("/api/contexts/12345/logs", 404),
        ("/api/contexts/abc", 400),
        ("/api/schedules?offset=-1", 400),
        ("/api/schedules?limit=0", 400),
        ("/api/schedules?limit=1000000", 400),
        ("/api/schedules?entityCreatedByList=1,x", 400),
        ("/api/contexts?jobStatus=DONE", 400),
        ("/api/contexts?q=%00", 400),
        ("/api/schedules/1/nothing", 404),
    ],
)
def test_paths_and_queries_that_mean_nothing_are_refused(ada, path, status):
    reply = ada._http.get(path)
    found, answer = reply.status_code, reply.json()
    assert found == status
    assert answer["code"] // 100 == status
    assert answer["msg"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"entityGroup": NaN}', b"[" * 100_000, b'"\\ud800"', b"\xff\xfe", b"1e400"]
)
def test_a_body_that_is_no_plan_is_refused(ada, body):
    reply = ada._http.post("/api/schedules", content=body)
    assert reply.status_code == 400
    assert reply.json()["code"] == 40001


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", "/api/schedules/", 404, "There is no /api/schedules/ here"),
        ("GET", "/api/contexts/1/nothing", 404, "none ends with a slash"),
        ("PATCH", "/api/schedules/1", 405, "/api/schedules/1 takes no PATCH"),
        ("DELETE", "/api/schedules", 405, "OpenAPI document"),
    ],
)
def test_a_path_or_method_that_is_not_there_is_told_with_where_to_look(ada, method, path, status, told):
    found, answer = ada(method, path)
    assert (found, answer["code"]) == (status, status * 100 + 1)
    assert told in answer["msg"]


def test_a_body_that_is_a_list_is_told_to_be_no_object(ada):
    assert ada("POST", "/api/schedules", [])[1]["msg"] == "the request: must be an object"


def test_a_body_of_ten_megabytes_is_refused(ada):
    reply = ada._http.post("/api/schedules", content=b" " * (10 << 20))
    assert (reply.status_code, reply.json()["code"]) == (413, 41301)


INJECTIONS = [
    "'; DROP TABLE taskcenter_plan; --",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "${jndi:x}",
    "../../etc/passwd",
    "\u202e\U0001f4a5",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_a_key_is_only_a_key(ada, text):
    made = ada.ok("POST", "/api/schedules", plan(text, waits_for(text + "x")))["data"]
    assert made["entityKey"] == text
    assert ada.ok("GET", "/api/schedules", entityKey=text)["data"] == [made]
    assert ada.ok("GET", "/api/schedules", q=text)["totalHits"] == 1


def test_who_may_only_look_cannot_change_anything(ada, vera):
    made = ada.ok("POST", "/api/schedules", once())["data"]
    path = f"/api/schedules/{made['id']}"
    assert vera.ok("GET", path)["data"]["id"] == made["id"]
    for method, where, body in [
        ("POST", "/api/schedules", plan("new")),
        ("POST", "/api/schedules", once()),
        ("PUT", path, {"enabled": False}),
        ("PUT", f"{path}/cancel", {}),
        ("POST", f"{path}/enable", None),
        ("POST", f"{path}/disable", None),
        ("POST", "/api/schedules/cancel", {"entityGroup": "LINKIS", "entityKey": "1"}),
        ("DELETE", path, None),
    ]:
        status, answer = vera(method, where, body)
        assert (status, answer["code"]) == (403, 40301), (method, where)
    assert ada.ok("GET", "/api/contexts")["data"][0]["jobStatus"] == "PENDING"


def test_a_dag_that_somebody_wrote_by_hand_is_not_taken_over(ada):
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session

    with create_session() as session:
        session.merge(DagBundleModel(name="by-hand"))
        session.flush()
        session.add(DagModel(dag_id="plan.LINKIS.1", bundle_name="by-hand", is_paused=False))
    status, answer = ada("POST", "/api/schedules", plan())
    assert (status, answer["code"]) == (409, 40901)
    assert dag_row("plan.LINKIS.1").bundle_name == "by-hand"


def test_a_plan_that_was_deleted_while_disabled_comes_back_enabled(ada):
    first = ada.ok("POST", "/api/schedules", plan(enabled=False))["data"]
    ada.ok("DELETE", f"/api/schedules/{first['id']}")
    again = ada.ok("POST", "/api/schedules", once())["data"]
    assert (again["id"], again["enabled"], bool(again["contextId"])) == (first["id"], True, True)


def test_a_request_that_schedules_and_runs_is_answered_with_all_its_items(ada):
    made = ada.ok("POST", "/api/schedules", plan(items=[*CRONS, {"triggerType": "ONCE"}]))["data"]
    assert [item["triggerType"] for item in made["planItems"]] == ["CRON_JOB", "CRON_JOB", "ONCE"]
    kept = ada.ok("GET", f"/api/schedules/{made['id']}")["data"]
    assert kept["planItems"] == made["planItems"][:2]


def test_keys_that_differ_by_case_only_are_plans_whose_dags_differ_by_more(ada):
    """On MySQL, Airflow's table of serialised DAGs takes ids that differ by case only for one, and ran the wrong plan."""
    made = [ada.ok("POST", "/api/schedules", once(key))["data"] for key in ("daily", "Daily", "DAILY")]
    assert made[0]["dagId"] == "plan.LINKIS.daily"
    assert len({each["dagId"].lower() for each in made}) == 3
    assert [each["entityKey"] for each in ada.ok("GET", "/api/contexts")["data"]] == ["DAILY", "Daily", "daily"]


def test_two_keys_that_airflow_cannot_tell_apart_are_refused(ada):
    first = ada.ok("POST", "/api/schedules", plan("a b"))["data"]
    alike = first["dagId"].rpartition(".")[2]
    status, answer = ada("POST", "/api/schedules", plan(alike))
    assert (status, answer["code"]) == (409, 40901)
    assert f"plan {first['id']}" in answer["msg"]


def test_two_steps_that_airflow_cannot_tell_apart_are_refused(ada):
    alike = ada.ok("POST", "/api/schedules", plan("a b"))["data"]["dagId"].rpartition(".")[2]
    paragraphs = [{"id": "a b", "code": "SELECT 1"}, {"id": alike, "code": "SELECT 2"}]
    body = {"entityGroup": "NOTEBOOK", "entityKey": "1", "execDetail": {"jobParams": {"paragraphs": paragraphs}}}
    status, answer = ada("POST", "/api/schedules", body)
    assert (status, answer["code"]) == (400, 40004)
    assert alike in answer["msg"]
    assert ada.ok("GET", "/api/schedules", entityGroup="NOTEBOOK")["totalHits"] == 0
