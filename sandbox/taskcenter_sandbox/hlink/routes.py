"""Hlink's endpoints: the 43 of the document, at its paths, and the login that it leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from starlette.responses import PlainTextResponse, Response, StreamingResponse

from taskcenter_sandbox.gateway.envelope import spring_error
from taskcenter_sandbox.hlink.answers import FAILED, Json, Refused, json_response, success, wrong_parameter
from taskcenter_sandbox.hlink.dictionaries import BASIC_TYPES, FLINK_TYPES, dictionaries, document
from taskcenter_sandbox.hlink.gate import COOKIE, LOGIN_PATH
from taskcenter_sandbox.hlink.json_schema import columns_of
from taskcenter_sandbox.hlink.service import Call, Endpoint, Services

PREFIXES = ("/jobs", "/dict", "/dashboard", "/ds", "/file", "/jars", "/doc", "/cluster", "/user")
"""What the paths begin with."""

_CHUNK = 1 << 16
_NAMES = ("username", "userName", "account"), ("password",)


def endpoints() -> list[Endpoint]:
    """All of them; a fixed path comes before one with a parameter in its place."""
    return [
        Endpoint("POST", LOGIN_PATH, log_in, is_open=True),
        *_jobs(),
        Endpoint("GET", "/dict/getSnowflakeId", lambda s, _: PlainTextResponse(str(s.snowflake()))),
        Endpoint("GET", "/dict/list", lambda *_: dictionaries()),
        Endpoint("GET", "/dict/list/{dictType}", lambda _, call: dictionaries().get(call.path["dictType"], [])),
        Endpoint("GET", "/dashboard/clusterInfo", lambda s, call: s.clusters.dashboard(call.number("clusterId"))),
        *_data_sources(),
        Endpoint("GET", "/file/down", download),
        Endpoint("GET", "/jars/list", lambda s, call: s.jars.all(call.number("clusterId"))),
        Endpoint("GET", "/jars/listPage", lambda s, call: s.jars.page(call.query("clusterId"))),
        Endpoint("DELETE", "/jars/removeDO", lambda s, call: s.jars.remove(call.needed_number("jarid"))),
        Endpoint("POST", "/jars/upload", upload_jar),
        Endpoint("DELETE", "/ds/udf/delete", lambda s, call: s.udfs.delete(call.needed_number("id"))),
        Endpoint("GET", "/ds/udf/list", lambda s, call: s.udfs.page(call.query())),
        Endpoint(
            "PUT", "/ds/udf/update", lambda s, call: s.udfs.update(call.number("id"), call.text("udfDesc"), call.user)
        ),
        Endpoint("POST", "/ds/udf/upload", upload_udf),
        Endpoint("GET", "/doc/get/{key}", lambda _, call: document(call.path["key"])),
        *_clusters(),
    ]


def _jobs() -> list[Endpoint]:
    return [
        Endpoint("POST", "/jobs/addDO", lambda s, call: s.jobs.add(call.body, call.user), takes_json=True),
        Endpoint("POST", "/jobs/updateDO", lambda s, call: s.jobs.update(call.body, call.user), takes_json=True),
        Endpoint("DELETE", "/jobs/removeDO", lambda s, call: s.jobs.remove(call.needed_number("id"))),
        Endpoint("GET", "/jobs/list", lambda s, call: s.jobs.page(call.query("jobStatus", "jobType", "clusterId"))),
        Endpoint("POST", "/jobs/runBatch", lambda s, call: s.runs.in_batch(call.numbers("jobIds"), s.runs.run)),
        Endpoint("POST", "/jobs/restartBatch", lambda s, call: s.runs.in_batch(call.numbers("jobIds"), s.runs.restart)),
        Endpoint("POST", "/jobs/cancelBatch", lambda s, call: s.runs.in_batch(call.numbers("jobIds"), s.runs.cancel)),
        Endpoint("POST", "/jobs/run/{jobId}", lambda s, call: s.runs.run(call.id())),
        Endpoint("POST", "/jobs/restart/{jobId}", lambda s, call: s.runs.restart(call.id())),
        Endpoint("POST", "/jobs/cancel/{jobId}", lambda s, call: s.runs.cancel(call.id())),
        Endpoint("GET", "/jobs/savepoint/{jobId}", lambda s, call: s.runs.savepoint(call.id())),
        Endpoint("GET", "/jobs/overview/{jobId}", job_overview),
        Endpoint("GET", "/jobs/{jobId}/log", lambda s, call: s.logs.read(call.id())),
        Endpoint("GET", "/jobs/{jobId}", lambda s, call: s.jobs.view(call.id())),
    ]


def _data_sources() -> list[Endpoint]:
    return [
        Endpoint("POST", "/ds/addDO", lambda s, call: s.data_sources.add(call.body, call.user), takes_json=True),
        Endpoint("PUT", "/ds/modifyDO", lambda s, call: s.data_sources.modify(call.body, call.user), takes_json=True),
        Endpoint("DELETE", "/ds/removeDO", lambda s, call: s.data_sources.remove(call.number("id"))),
        Endpoint("GET", "/ds/get", lambda s, call: s.data_sources.get(call.number("id"))),
        Endpoint("GET", "/ds/list", lambda s, call: s.data_sources.page(call.query())),
        Endpoint(
            "GET",
            "/ds/checkTableName",
            lambda s, call: s.data_sources.check_table_name(call.text("tableName"), call.number("dsId")),
        ),
        Endpoint(
            "GET",
            "/ds/getFieldTemplete",
            lambda s, call: s.data_sources.field_templates(call.text("dsType") or "", call.text("tableType") or ""),
        ),
        Endpoint("GET", "/ds/getTypeList", lambda *_: {"flinkSQLTypes": FLINK_TYPES, "basicTypes": BASIC_TYPES}),
        Endpoint("POST", "/ds/schemaAnalysisDO", analyse_schema),
    ]


def _clusters() -> list[Endpoint]:
    return [
        Endpoint(
            "POST",
            "/cluster/add",
            lambda s, call: s.clusters.add(
                call.text("name") or "",
                call.needed_number("type"),
                call.text("address") or "",
                call.text("remark"),
                call.user,
            ),
        ),
        Endpoint("GET", "/cluster/check/list", lambda s, _: s.clusters.records.find(delFlag=1)),
        Endpoint("DELETE", "/cluster/delete", lambda s, call: s.clusters.delete(call.needed_number("id"))),
        Endpoint("GET", "/cluster/info", lambda s, call: s.clusters.info(call.needed_number("clusterId"))),
        Endpoint("GET", "/cluster/list", list_clusters),
        Endpoint(
            "PUT",
            "/cluster/update",
            lambda s, call: s.clusters.update(
                call.needed_number("id"),
                call.text("name") or "",
                call.text("address") or "",
                call.text("remark"),
                call.user,
            ),
        ),
    ]


def log_in(services: Services, call: Call) -> Response:
    """POST /user/login: user and password as parameters, in a form or in JSON; opens a session."""
    given = {**call.body, **{name: values[0] for name, values in call.params.items()}}
    user, password = (str(next((given[name] for name in names if given.get(name)), "")) for names in _NAMES)
    session = services.gate.log_in(user, password)
    answer = json_response(success({"account": user}))
    answer.set_cookie(COOKIE, session, httponly=True, samesite="lax")
    return answer


def job_overview(services: Services, call: Call) -> Response:  # noqa: ARG001 # the common signature
    """GET /jobs/overview/{jobId}: the real server has nothing behind it, and fails."""
    return spring_error(f"/jobs/overview/{call.id()}", 500, "Internal Server Error")


def list_clusters(services: Services, call: Call) -> Json:
    """GET /cluster/list: the real server looks at no parameter but those of the page."""
    query = call.query()
    return services.clusters.records.page(query["curPage"], query["pageSize"], delFlag=1)


def download(services: Services, call: Call) -> Response:  # noqa: ARG001 # the common signature
    """GET /file/down: any file that the server's user may read; nothing, with 200, where there is none."""
    given = call.text("filePath")
    if not given:
        raise wrong_parameter("文件名路径不可为空")
    path = Path(given)
    name = call.text("fileName") or given.rpartition("/")[2]
    try:
        if not path.is_file():
            return Response(b"")
        file = path.open("rb")
    except (OSError, ValueError):
        return Response(b"")

    def chunks() -> Iterator[bytes]:
        with file:
            while chunk := file.read(_CHUNK):
                yield chunk

    # Tomcat writes what Latin-1 does not have as a question mark.
    shown = "".join(each if each.isprintable() else "?" for each in name).encode("latin-1", "replace").decode("latin-1")
    headers = {"Content-Disposition": f"attachment;fileName={shown}"}
    return StreamingResponse(chunks(), media_type="application/force-download", headers=headers)


def upload_jar(services: Services, call: Call) -> None:
    """POST /jars/upload: answers no data."""
    path, name = call.file("jarfile")
    services.jars.upload(path, name, call.number("clusterId"), call.text("entryClass"), call.user)


def upload_udf(services: Services, call: Call) -> None:
    """POST /ds/udf/upload."""
    path, name = call.file("jarfile")
    services.udfs.upload(path, name, call.query(), call.user)


def analyse_schema(services: Services, call: Call) -> Json | Response:
    """POST /ds/schemaAnalysisDO: the columns of a JSON Schema; nothing at all for another type of schema."""
    path, name = call.file("file")
    if call.text("schemaType") is None or call.text("structureType") is None:
        return spring_error("/ds/schemaAnalysisDO", 400, "Bad Request")
    if call.text("schemaType") != "0":
        return Response(b"")
    if not name.lower().endswith(".json"):
        raise Refused("文件类型只能是.json", FAILED)
    text = path.read_text(encoding="utf-8", errors="replace")
    return {"schemaFile": text, "dsSchemaColumnVOS": columns_of(text, services.snowflake)}
