"""Exchangis projects and jobs to choose from: found by name, within the gateway's rights, its refusals in words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from support.gateway_server import environment
from support.scripted_server import Answer, ScriptedServer, json_answer
from support.task_center import Client
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter_sandbox.exchangis.server import ExchangisServer

CONNECTION = "exchangis_of_page"


@pytest.fixture(scope="module")
def exchangis(tmp_path_factory) -> Iterator[ExchangisServer]:
    with ExchangisServer(data_dir=tmp_path_factory.mktemp("exchangis")) as server:
        given = {"conn_type": "exchangis", "host": "127.0.0.1", "port": server.port}
        value = json.dumps({**given, "login": "hadoop", "password": "hadoop"})
        with environment({f"AIRFLOW_CONN_{CONNECTION.upper()}": value}):
            yield server


@pytest.fixture(scope="module")
def project(exchangis) -> int:
    """A project with two jobs."""
    with ExchangisHook(CONNECTION) as hook:
        made = hook.create_project({"name": "sales", "description": "Orders", "domain": "STANDALONE"})
        for name in ("copy orders", "copy items"):
            job = {"projectId": made["projectId"], "jobName": name, "jobType": "OFFLINE", "engineType": "DATAX"}
            hook.create_job(job)
    return int(made["projectId"])


@pytest.fixture
def served(exchangis) -> Iterator[None]:
    """A gateway in front of it."""
    from taskcenter_plugin.gateway import views

    with environment({"AIRFLOW__TASKCENTER__GATEWAY_EXCHANGIS_CONN_ID": CONNECTION}):
        views.served_views.cache_clear()
        yield
    views.served_views.cache_clear()


def test_projects_and_their_jobs_are_found_by_name(ada, served, project):
    assert ada.ok("GET", "/exchangis/projects")["data"] == [{"id": project, "name": "sales", "detail": "Orders"}]
    assert ada.ok("GET", "/exchangis/projects", q="nothing")["data"] == []
    found = ada.ok("GET", "/exchangis/jobs", projectId=project)["data"]
    assert sorted((job["name"], job["detail"]) for job in found) == [("copy items", "DATAX"), ("copy orders", "DATAX")]
    assert [job["name"] for job in ada.ok("GET", "/exchangis/jobs", projectId=project, q="orders")["data"]] == [
        "copy orders"
    ]


def test_without_a_gateway_it_is_told_how_to_switch_it_on(ada):
    status, answer = ada("GET", "/exchangis/projects")
    assert (status, answer["code"]) == (404, 40401)
    assert "gateway_exchangis_conn_id" in answer["msg"]


def test_who_may_not_read_through_the_gateway_finds_nothing_here_either(app, exchangis):
    from taskcenter_plugin.gateway import views

    options = {"CONN_ID": CONNECTION, "RIGHTS": "read=connection.edit run=nobody change=nobody"}
    with environment({f"AIRFLOW__TASKCENTER__GATEWAY_EXCHANGIS_{name}": value for name, value in options.items()}):
        views.served_views.cache_clear()
        status, answer = Client(app, "vera")("GET", "/exchangis/projects")
    views.served_views.cache_clear()
    assert (status, answer["code"]) == (403, 40301)
    assert "vera may not read on Exchangis" in answer["msg"]


def test_what_exchangis_refuses_is_told_in_its_words(ada, served):
    status, answer = ada("GET", "/exchangis/jobs", projectId=987654)
    assert (status, answer["code"]) == (502, 50201)
    assert answer["msg"].startswith("Exchangis: ")


def test_an_exchangis_that_is_down_is_no_failure_of_airflow(app, exchangis):
    from taskcenter_plugin.gateway import views

    down = json.dumps({"conn_type": "exchangis", "host": "127.0.0.1", "port": 1, "login": "a", "password": "b"})
    values = {"AIRFLOW_CONN_EXCHANGIS_DOWN": down, "AIRFLOW__TASKCENTER__GATEWAY_EXCHANGIS_CONN_ID": "exchangis_down"}
    with environment(values):
        views.served_views.cache_clear()
        status, answer = Client(app, "ada")("GET", "/exchangis/projects")
    views.served_views.cache_clear()
    assert (status, answer["code"]) == (502, 50201)
    assert "cannot be reached" in answer["msg"]


ODD = [
    {"status": 0, "data": ["list"]},
    {"status": 0, "data": {"list": "none"}},
    {"status": 0, "data": "list"},
    ["list"],
]


@pytest.mark.parametrize("told", ODD, ids=[json.dumps(each) for each in ODD])
def test_what_is_no_list_of_projects_is_told(ada, odd, told):
    odd.always("*", json_answer(told))
    status, answer = ada("GET", "/exchangis/projects")
    assert (status, answer["code"]) == (502, 50201)


def test_rows_whose_number_is_none_are_left_out_and_there_are_no_more_than_wanted(ada, odd):
    ids = ["²", "1" * 5000, None, True, -1, *range(1, 100)]
    odd.always("*", json_answer({"status": 0, "data": {"list": [{"id": each, "name": "x"} for each in ids]}}))
    found = ada.ok("GET", "/exchangis/projects")["data"]
    assert [each["id"] for each in found] == list(range(1, 51))


def test_half_a_character_in_a_name_is_answered_as_it_came(ada, odd):
    rows = b'{"status": 0, "data": {"list": [{"id": 1, "name": "half \\ud800"}]}}'
    odd.always("*", Answer(200, rows, {"Content-Type": "application/json"}))
    assert ada.ok("GET", "/exchangis/projects")["data"][0]["name"] == "half \ud800"
    odd.always("*", Answer(200, b'{"status": 1, "message": "half \\ud800"}', {"Content-Type": "application/json"}))
    assert ada("GET", "/exchangis/projects")[0] == 502


@pytest.fixture
def odd() -> Iterator[ScriptedServer]:
    """A gateway in front of something that answers as no Exchangis does."""
    from taskcenter_plugin.gateway import views

    with ScriptedServer() as server:
        value = {"conn_type": "exchangis", "host": "127.0.0.1", "port": server.port, "login": "a", "password": "b"}
        given = {"AIRFLOW_CONN_EXCHANGIS_ODD": json.dumps(value)}
        with environment({**given, "AIRFLOW__TASKCENTER__GATEWAY_EXCHANGIS_CONN_ID": "exchangis_odd"}):
            views.served_views.cache_clear()
            yield server
        views.served_views.cache_clear()
