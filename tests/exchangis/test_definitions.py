"""Jobs that are kept as code: made once, changed when the code changes."""

from __future__ import annotations

import json

import pytest

from support.exchangis_stub import ROOT, ExchangisStub
from support.scripted_server import LOSE
from taskcenter.core.errors import ConfigurationError, NotFoundError, RefusedError
from taskcenter.exchangis.definitions import Side, Transfer
from taskcenter.exchangis.hook import ExchangisHook

ORDERS = Transfer(
    "orders",
    Side("shop", "shop", "orders", {"where": "price > 5"}),
    Side("lake", "ods", "orders", {"writeMode": "INSERT"}),
    settings={"setting.speed.channel": 2},
)


@pytest.fixture
def sources(stub: ExchangisStub) -> ExchangisStub:
    stub.shelf.put("shop_old")
    stub.shelf.put("shop")
    stub.shelf.put("lake", "4")
    return stub


def test_a_job_is_made_with_the_pairs_of_columns_that_the_server_suggests(sources: ExchangisStub, hook: ExchangisHook):
    number = hook.ensure_job("sales", "move", [ORDERS])
    job = sources.jobs[number]
    assert (job["projectId"], job["jobName"], job["jobType"], job["engineType"]) == ("3", "move", "OFFLINE", "DATAX")
    [sub_job] = json.loads(job["jobContent"])["subJobs"]
    assert sub_job["subJobName"] == "orders"
    assert sub_job["dataSources"]["source"] == {
        "type": "MYSQL",
        "id": 2,
        "name": "shop",
        "creator": None,
        "db": "shop",
        "table": "orders",
    }
    assert sub_job["params"]["sources"] == [
        {"config_key": "where", "config_name": "where", "config_value": "price > 5", "sort": 1}
    ]
    mapping = sub_job["transforms"]["mapping"]
    assert [(pair["source_field_name"], pair["sink_field_name"]) for pair in mapping] == [
        ("id", "id"),
        ("price", "price"),
    ]
    assert [pair["sink_field_index"] for pair in mapping] == [0, 1]


def test_saying_so_again_changes_nothing_and_something_else_changes_it(sources: ExchangisStub, hook: ExchangisHook):
    first = hook.ensure_job("sales", "move", [ORDERS])
    assert hook.ensure_job("3", "move", [ORDERS]) == first
    assert len(sources.asked_for("PUT /content")) == 1
    other = Transfer("orders", ORDERS.source, ORDERS.sink, columns={"price": "id"})
    assert hook.ensure_job("sales", "move", [other]) == first
    assert len(sources.asked_for("PUT /content")) == 2
    assert len(sources.asked_for("POST /job")) == 1


def test_a_job_whose_creation_was_not_answered_is_found(sources: ExchangisStub, hook: ExchangisHook):
    sources.script(f"POST {ROOT}/job", LOSE)
    number = hook.ensure_job("sales", "move", [ORDERS])
    assert json.loads(sources.jobs[number]["jobContent"])["subJobs"]
    assert len(sources.jobs) == 3


def test_a_project_is_made_once(stub: ExchangisStub, hook: ExchangisHook):
    assert hook.ensure_project("sales") == "3"
    made = hook.ensure_project("new")
    assert hook.ensure_project("new") == made
    assert [project["name"] for project in stub.projects] == ["sales", "sales_old", "new"]


def test_what_cannot_be_moved_is_refused_before_a_job_is_made(sources: ExchangisStub, hook: ExchangisHook):
    wrong = [
        ([], ConfigurationError, "at least one transfer"),
        ([ORDERS, ORDERS], ConfigurationError, "each with a name of its own"),
        ([Transfer("a", Side("none", "d", "t"), ORDERS.sink)], RefusedError, "no data source 'none'"),
        (
            [Transfer("a", ORDERS.source, ORDERS.sink, columns={"id": "id", "x": "y"})],
            ConfigurationError,
            "columns that are not there: x in orders, y in orders",
        ),
    ]
    for transfers, kind, text in wrong:
        with pytest.raises(kind, match=text):
            hook.ensure_job("sales", "move", transfers)
    with pytest.raises(NotFoundError, match="no project 'nowhere'"):
        hook.ensure_job("nowhere", "move", [ORDERS])
    sources.suggested = {}
    with pytest.raises(ConfigurationError, match="suggests no pairs of columns"):
        hook.ensure_job("sales", "move", [ORDERS])
    assert len(sources.jobs) == 2
