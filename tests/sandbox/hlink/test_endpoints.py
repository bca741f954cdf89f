"""All that the document names is there, behind the login."""

from __future__ import annotations

import pytest

from taskcenter_sandbox.hlink.routes import endpoints

DOCUMENTED = [
    "",
    "POST /jobs/addDO",
    "POST /jobs/cancel/{jobId}",
    "POST /jobs/cancelBatch",
    "GET /jobs/list",
    "GET /jobs/overview/{jobId}",
    "DELETE /jobs/removeDO",
    "POST /jobs/restart/{jobId}",
    "POST /jobs/restartBatch",
    "POST /jobs/run/{jobId}",
    "POST /jobs/runBatch",
    "GET /jobs/savepoint/{jobId}",
    "POST /jobs/updateDO",
    "GET /jobs/{jobId}",
    "GET /jobs/{jobId}/log",
    "GET /dict/getSnowflakeId",
    "GET /dict/list",
    "GET /dict/list/{dictType}",
    "GET /dashboard/clusterInfo",
    "POST /ds/addDO",
    "GET /ds/checkTableName",
    "GET /ds/get",
    "GET /ds/getFieldTemplete",
    "GET /ds/getTypeList",
    "GET /ds/list",
    "PUT /ds/modifyDO",
    "DELETE /ds/removeDO",
    "POST /ds/schemaAnalysisDO",
    "GET /file/down",
    "GET /jars/list",
    "GET /jars/listPage",
    "DELETE /jars/removeDO",
    "POST /jars/upload",
    "DELETE /ds/udf/delete",
    "GET /ds/udf/list",
    "PUT /ds/udf/update",
    "POST /ds/udf/upload",
    "GET /doc/get/{key}",
    "POST /cluster/add",
    "GET /cluster/check/list",
    "DELETE /cluster/delete",
    "GET /cluster/info",
    "GET /cluster/list",
    "PUT /cluster/update",
    "",
][1:-1]


def test_the_documents_43_endpoints_and_the_login_are_all_that_is_served():
    served = [f"{each.method} {each.path}" for each in endpoints()]
    assert len(DOCUMENTED) == 43
    assert sorted(served) == sorted([*DOCUMENTED, "POST /user/login"])


@pytest.mark.parametrize("endpoint", DOCUMENTED)
def test_none_answers_without_a_login(server, api_of, endpoint):
    method, path = endpoint.replace("{", "").replace("}", "").split()
    assert api_of(server, {}).refusal(method, path) == (-7, "未授权")


@pytest.mark.parametrize("endpoint", DOCUMENTED)
def test_junk_is_refused_and_breaks_nothing(api, endpoint):
    method, path = endpoint.replace("{jobId}", "9" * 30).split()
    for body in (None, [], "x", {"id": "x", "jobType": {}, "jobDsVOS": 7, "dsType": [], "tableName": {"a": 1}}):
        answer = api.ask(method, path, body, id="x", jarid="", clusterId="1;drop", curPage="-1", pageSize="1e9")
        assert answer.status_code in (200, 400), answer.text
    assert api.ask("GET", "/dict/list").json()["success"]


def test_what_is_no_endpoint_is_springs_404_or_405(api):
    for method, path, status in (("GET", "/nothing", 404), ("GET", "/jobs/addDO/x", 404), ("PUT", "/jobs/addDO", 405)):
        answer = api.ask(method, path)
        assert (answer.status_code, answer.json()["status"], answer.json()["path"]) == (status, status, path)


def test_another_host_or_a_web_page_from_elsewhere_gets_nothing(server, api_of):
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        answer = api_of(server, headers).ask("GET", "/dict/list")
        assert (answer.status_code, "names of its own machine" in answer.text) == (403, True)
