"""Who may do what through the gateway, through which connection, as whom, and what is written down about it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from support.gateway_server import SYSTEMS, Asker, gateway_server
from taskcenter.exchangis.view import VIEW as EXCHANGIS
from taskcenter.hlink.view import VIEW as HLINK
from taskcenter.linkis.view import VIEW as LINKIS

VIEWS = {"linkis": LINKIS, "exchangis": EXCHANGIS, "hlink": HLINK}
ON = {f"gateway_{system}_conn_id": f"{system}_default" for system in SYSTEMS}
LINKIS_STATUS, EXCHANGIS_TYPES, HLINK_TYPES = (
    "/api/rest_j/v1/entrance/none/status",
    "/dss/exchangis/main/datasources/type",
    "/hlink/ds/getTypeList",
)


def endpoints(*, of: tuple[str, ...] = SYSTEMS) -> list[tuple[str, Any, str, str]]:
    """Of every documented endpoint: the system, the declaration, a verb and a path that fits."""
    found = []
    for system in of:
        view = VIEWS[system]
        for endpoint in view.endpoints:
            listed = view.documented(endpoint)
            path = re.sub(r"{\w+}", "1", view.path_of(endpoint))
            found += [(system, endpoint, verb, path) for verb in (listed.method, *listed.other_methods)]
    return found


def is_refusal(system: str, status: int, answer: dict[str, Any]) -> bool:
    """Whether an answer is the gateway's own refusal, in the system's envelope."""
    if system == "hlink":
        code = -7 if status == 401 else status
        return set(answer) == {"code", "data", "msg", "success"} and (answer["code"], answer["success"]) == (
            code,
            False,
        )
    own = -1 if status == 401 else 1
    return set(answer) == {"method", "status", "message", "data"} and (answer["status"], answer["data"]) == (own, {})


def asked(asker: Asker, system: str, verb: str, path: str, **sent: Any) -> tuple[int, bool]:
    """The status of an answer, and whether it is a refusal of the gateway's own."""
    answer = asker.ask(verb, path, **sent)
    return answer.status_code, is_refusal(system, answer.status_code, answer.json())


# Who is nobody, and who may not


def test_all_79_endpoints_are_asked():
    assert len({(system, endpoint.name) for system, endpoint, _, _ in endpoints()}) == 79


@pytest.mark.parametrize("system", SYSTEMS)
def test_nobody_who_is_not_logged_in_gets_anything(gateway, system):
    asker = Asker(gateway)
    answers = {(verb, path): asked(asker, system, verb, path) for _, _, verb, path in endpoints(of=(system,))}
    assert answers == dict.fromkeys(answers, (401, True))


def test_a_token_that_is_none_is_nobodys(gateway):
    asker = Asker(gateway)
    for token in ("Bearer junk", "Bearer ", "Basic YWRhOmFkYQ==", "Bearer a.b.c"):
        answer = asker.ask("GET", LINKIS_STATUS, headers={"Authorization": token})
        assert answer.status_code in (401, 403), token
        assert "data" in answer.json()
    assert asker.ask("GET", LINKIS_STATUS, cookies={"_token": "junk"}).status_code in (401, 403)


@pytest.mark.parametrize("system", SYSTEMS)
def test_where_the_configuration_lets_nobody_in_an_administrator_is_refused_too(connections, system):
    with gateway_server(**ON, **{f"gateway_{system}_rights": ""}) as url:
        asker = Asker(url, "ada")
        answers = {(verb, path): asked(asker, system, verb, path) for _, _, verb, path in endpoints(of=(system,))}
    assert answers == dict.fromkeys(answers, (403, True))


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_viewer_reads_and_neither_runs_nor_changes_anything(gateway, system):
    vera = Asker(gateway, "vera")
    for _, endpoint, verb, path in endpoints(of=(system,)):
        answer = vera.ask(verb, path)
        refused = answer.status_code == 403 and is_refusal(system, 403, answer.json())
        assert refused == (endpoint.changes or endpoint.guarded), (endpoint.name, answer.text)


def test_a_user_runs_jobs_and_changes_nothing(gateway):
    uma = Asker(gateway, "uma", "user")
    for system, endpoint, verb, path in endpoints(of=("hlink",)):
        if endpoint.changes or endpoint.guarded:
            refused = asked(uma, system, verb, path) == (403, True)
            assert refused == (not endpoint.runs), endpoint.name


def test_rights_are_as_configured(connections):
    with gateway_server(**ON, gateway_hlink_rights="read=nobody, run=dag.read, change=dag.edit") as url:
        vera, uma = Asker(url, "vera"), Asker(url, "uma", "user")
        assert asked(vera, "hlink", "GET", "/hlink/jobs/list") == (403, True)
        assert asked(vera, "hlink", "POST", "/hlink/jobs/run/99999") == (200, False)
        assert asked(vera, "hlink", "DELETE", "/hlink/cluster/delete?id=99999") == (403, True)
        assert asked(uma, "hlink", "DELETE", "/hlink/cluster/delete?id=99999") == (200, False)
        assert asked(vera, "linkis", "GET", LINKIS_STATUS) == (200, False)


def test_a_right_can_be_that_of_a_custom_view(connections):
    with gateway_server(**ON, gateway_hlink_rights="read=view:Hlink") as url:
        assert asked(Asker(url, "vera"), "hlink", "GET", HLINK_TYPES) == (200, False)
        assert asked(Asker(url, "ada"), "hlink", "POST", "/hlink/jobs/run/99999") == (403, True)


@pytest.mark.parametrize(
    "text", ["write=dag.read", "read", "read=everybody", "read=view:", "read=dag.read;run=dag.run"]
)
def test_a_wrong_configuration_of_rights_says_what_is_wrong(text):
    from taskcenter_plugin.gateway.rights import parse_rights

    with pytest.raises(ValueError, match="gateway_hlink_rights"):
        parse_rights("gateway_hlink_rights", text)


def test_a_file_of_hlinks_machine_takes_the_right_to_change(gateway, tmp_path):
    (tmp_path / "passwd").write_text("root:x:0:0")
    query = {"filePath": str(tmp_path / "passwd")}
    assert Asker(gateway, "vera").ask("GET", "/hlink/file/down", params=query).status_code == 403
    assert Asker(gateway, "uma", "user").ask("GET", "/hlink/file/down", params=query).status_code == 403
    assert Asker(gateway, "ada").ask("GET", "/hlink/file/down", params=query).text == "root:x:0:0"


def test_trying_addresses_out_through_exchangis_takes_the_right_to_change(gateway):
    body = {"dataSourceTypeId": "1", "connectParams": {"host": "127.0.0.1", "port": "22"}}
    path = "/dss/exchangis/main/datasources/op/connect"
    assert asked(Asker(gateway, "vera"), "exchangis", "POST", path, json=body) == (403, True)
    answer = Asker(gateway, "ada").ask("POST", path, json=body)
    assert (answer.status_code, "Connect datasource failed" in answer.text) == (400, True)


# What is served


@pytest.mark.parametrize(
    ("system", "path"), [*zip(SYSTEMS, (LINKIS_STATUS, EXCHANGIS_TYPES, HLINK_TYPES), strict=True)]
)
def test_a_view_is_off_unless_the_configuration_names_its_connection(connections, system, path):
    with gateway_server(**{**ON, f"gateway_{system}_conn_id": " "}) as url:
        ada = Asker(url, "ada")
        answer = ada.ask("GET", path)
        assert (answer.status_code, is_refusal(system, 404, answer.json())) == (404, True)
        assert f"gateway_{system}_conn_id" in answer.text
        # The header does not switch it on either.
        answer = ada.ask("GET", path, headers={"X-Airflow-Connection": f"{system}_default"})
        assert (answer.status_code, is_refusal(system, 404, answer.json())) == (404, True)
        others = [other for other in (LINKIS_STATUS, EXCHANGIS_TYPES, HLINK_TYPES) if other != path]
        assert [ada.ask("GET", other).status_code for other in others] == [200, 200]


def test_a_view_whose_connection_is_not_there_says_so(connections):
    with gateway_server(**{**ON, "gateway_linkis_conn_id": "linkis_gone"}) as url:
        answer = Asker(url, "ada").ask("GET", LINKIS_STATUS)
        assert (answer.status_code, is_refusal("linkis", 503, answer.json())) == (503, True)
        assert "linkis_gone" in answer.text


@pytest.mark.parametrize(
    ("system", "verb", "path", "status"),
    [
        ("linkis", "GET", "/api/rest_j/v1/jobhistory/list", 404),
        ("linkis", "GET", "/api/rest_j/v1/entrance", 404),
        ("linkis", "GET", "/api/rest_j/v1/entrance/", 404),
        ("linkis", "GET", "/api/rest_j/v1/entrance/1/status/", 404),
        ("linkis", "GET", "/api/rest_j/v1", 404),
        ("linkis", "GET", "/api/rest_j/v1/sandbox/stats", 404),
        ("linkis", "DELETE", "/api/rest_j/v1/entrance/1/status", 405),
        ("linkis", "OPTIONS", "/api/rest_j/v1/entrance/submit", 405),
        ("exchangis", "GET", "/api/rest_j/v1/dss/exchangis/main/datasources/type", 404),
        ("exchangis", "GET", "/dss/exchangis/main/job/1", 404),
        ("exchangis", "POST", "/dss/exchangis/main/createProject", 404),
        ("exchangis", "PATCH", "/dss/exchangis/main/datasources/1", 405),
        ("hlink", "POST", "/hlink/user/login", 404),
        ("hlink", "GET", "/hlink/sandbox/stats", 404),
        ("hlink", "GET", "/hlink", 404),
        ("hlink", "PUT", "/hlink/jobs/list", 405),
    ],
)
def test_what_no_document_lists_is_not_served(gateway, system, verb, path, status):
    answer = Asker(gateway, "ada").ask(verb, path)
    assert answer.status_code == status
    if not path.startswith("/api/rest_j/v1/dss"):  # neither system's
        assert is_refusal(system, status, answer.json())


# Another connection


@pytest.mark.parametrize("how", ["header", "query"])
def test_another_connection_is_for_those_who_may_use_it(gateway, how):
    def status(user: str, conn_id: str) -> int:
        given = {"headers": {"X-Airflow-Connection": conn_id}}
        if how == "query":
            given = {"params": {"airflow_connection": conn_id}}
        return Asker(gateway, user).ask("GET", LINKIS_STATUS, **given).status_code

    assert status("ada", "linkis_token") == 200
    assert status("vera", "linkis_token") == 403
    assert status("vera", "linkis_default") == 200  # the configured one is everybody's
    assert status("vera", "linkis_gone") == 403  # and does not tell who may not know
    assert status("ada", "linkis_gone") == 400
    assert status("ada", "hlink_default") == 400
    assert status("ada", "../linkis_token") == 400


def test_the_header_wins_over_the_query_and_neither_reaches_the_system(gateway, linkis):
    answer = Asker(gateway, "ada").ask(
        "GET",
        LINKIS_STATUS,
        headers={"X-Airflow-Connection": "linkis_token"},
        params={"airflow_connection": "hlink_default"},
    )
    assert answer.status_code == 200
    assert "airflow_connection" not in answer.text


# As whom


def submit(asker: Asker, user: str, **more: Any) -> Any:
    labels = {"engineType": "shell-1", "userCreator": f"{user}-tests"}
    body = {"executionContent": {"code": "echo who", "runType": "shell"}, "labels": labels, **more}
    return asker.ask("POST", "/api/rest_j/v1/entrance/submit", json=body)


@pytest.fixture
def personal(connections):
    """A gateway whose requests reach Linkis and Exchangis as the Airflow user who asks."""
    as_user = {f"gateway_{system}_execute_user": "airflow" for system in ("linkis", "exchangis")}
    conn_ids = {f"gateway_{system}_conn_id": f"{system}_token" for system in ("linkis", "exchangis")}
    with gateway_server(**conn_ids, **as_user) as url:
        yield url


def test_a_job_is_booked_under_the_connections_user(gateway):
    ada = Asker(gateway, "ada")
    task = submit(ada, "hadoop").json()["data"]["taskID"]
    row = ada.ask("GET", f"/api/rest_j/v1/jobhistory/{task}/get").json()["data"]["task"]
    assert row["umUser"] == "hadoop"


def test_a_job_is_booked_under_the_airflow_user_where_that_is_configured(personal):
    ada, uma = Asker(personal, "ada"), Asker(personal, "uma", "user")
    task = submit(ada, "ada").json()["data"]["taskID"]
    answer = ada.ask("GET", f"/api/rest_j/v1/jobhistory/{task}/get")
    assert answer.json()["data"]["task"]["umUser"] == "ada"
    # Each sees what is theirs.
    assert uma.ask("GET", f"/api/rest_j/v1/jobhistory/{task}/get").status_code == 400
    assert submit(uma, "uma").status_code == 200
    assert submit(uma, "ada").status_code == 400


@pytest.mark.parametrize("name", ["executeUser", "umUser", "submitUser"])
def test_a_body_cannot_name_another_user(gateway, personal, name):
    for url in (gateway, personal):
        answer = submit(Asker(url, "ada"), "hadoop", **{name: "hadoop"})
        assert (answer.status_code, is_refusal("linkis", 403, answer.json())) == (403, True)
    assert submit(Asker(personal, "ada"), "ada", **{name: "ada"}).status_code == 200


def test_exchangis_too_is_asked_as_the_airflow_user(personal):
    source = {
        "dataSourceName": "of_ada",
        "dataSourceTypeId": "21",
        "createSystem": "SQLITE",
        "comment": "",
        "connectParams": {"path": "/nowhere"},
    }
    made = Asker(personal, "ada").ask("POST", "/dss/exchangis/main/datasources", json=source).json()["data"]["id"]
    assert Asker(personal, "ada").ask("GET", f"/dss/exchangis/main/datasources/{made}").status_code == 200
    assert Asker(personal, "vera").ask("GET", f"/dss/exchangis/main/datasources/{made}").status_code == 400


def test_a_connection_that_logs_in_with_a_password_cannot_act_for_others(connections):
    with gateway_server(gateway_linkis_conn_id="linkis_default", gateway_linkis_execute_user="airflow") as url:
        answer = Asker(url, "ada").ask("GET", LINKIS_STATUS)
        assert (answer.status_code, is_refusal("linkis", answer.status_code, answer.json())) == (503, True)
        assert "auth: token" in answer.text


def test_a_connection_that_logs_in_with_a_password_acts_for_the_user_it_logs_in_as(connections):
    with gateway_server(gateway_linkis_conn_id="linkis_default", gateway_linkis_execute_user="airflow") as url:
        asker = Asker(url, "hadoop", "admin")
        for _ in range(2):
            task = submit(asker, "hadoop").json()["data"]["taskID"]
            row = asker.ask("GET", f"/api/rest_j/v1/jobhistory/{task}/get").json()["data"]["task"]
            assert row["umUser"] == "hadoop"


# What is written down


def notes() -> list[tuple[str, str, dict[str, Any]]]:
    """Airflow's audit log: event, user and what it says of each call through the gateway."""
    import json

    from airflow.models.log import Log
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session(scoped=False) as session:
        rows = session.scalars(select(Log).where(Log.event.like("gateway_%")).order_by(Log.id)).all()
        return [(row.event, row.owner, json.loads(row.extra)) for row in rows]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_call_that_takes_more_than_the_right_to_read_is_in_the_audit_log_and_no_other_is(gateway, system):
    ada = Asker(gateway, "ada")
    for _, endpoint, verb, path in endpoints(of=(system,)):
        before = len(notes())
        ada.ask(verb, path)
        added = notes()[before:]
        if not endpoint.changes and not endpoint.guarded:
            assert added == [], endpoint.name
            continue
        ((event, user, said),) = added
        assert (event, user) == (f"gateway_{system}_{endpoint.name.replace(' ', '_')}", "ada")
        assert said == {
            "system": system,
            "endpoint": endpoint.name,
            "connection": f"{system}_default",
            "method": verb,
            "path": path,
            "query": {},
        }


def test_a_note_has_the_query_without_passwords_and_who_was_refused_is_not_noted(gateway):
    query = {"name": "made", "address": "http://flink:secret-of-flink@flink:8081", "type": "0"}
    before = len(notes())
    assert Asker(gateway, "vera").ask("POST", "/hlink/cluster/add", params=query).status_code == 403
    assert len(notes()) == before
    Asker(gateway, "ada").ask("POST", "/hlink/cluster/add", params=query)
    ((_, _, said),) = notes()[before:]
    assert said["query"] == {**query, "address": "http://flink:***@flink:8081"}


# Other sites' pages


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/api/rest_j/v1/entrance/submit"),
        ("GET", "/api/rest_j/v1/entrance/none/kill"),
        ("GET", "/hlink/jobs/savepoint/1"),
        ("GET", "/hlink/file/down"),
        ("DELETE", "/dss/exchangis/main/datasources/1"),
    ],
)
def test_another_sites_page_cannot_have_a_browser_change_anything(gateway, verb, path):
    ada = Asker(gateway, "ada")
    for site in ("cross-site", "same-site"):
        assert ada.ask(verb, path, headers={"Sec-Fetch-Site": site}).status_code == 403
    for site in ("same-origin", "none"):
        assert ada.ask(verb, path, headers={"Sec-Fetch-Site": site}).status_code != 403


def test_another_sites_page_is_not_told_that_it_may_read(gateway):
    answer = Asker(gateway, "ada").ask("GET", LINKIS_STATUS, headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
