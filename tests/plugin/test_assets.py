"""The asset of a plan is the one that a DAG written by hand means, on every database that Airflow runs on."""

from __future__ import annotations

import pytest
from airflow.sdk import Asset

NAME_LENGTH = 1500  # of Airflow's table


@pytest.mark.parametrize(
    ("key", "uri"),
    [
        ("daily", "taskcenter://plan/LINKIS/daily"),
        ("a b/日", "taskcenter://plan/LINKIS/a%20b%2F%E6%97%A5"),
    ],
)
def test_a_dag_by_hand_names_the_asset_of_a_plan_by_its_uri(key, uri):
    from taskcenter_plugin.plans.dags import plan_asset

    ours, theirs = plan_asset("LINKIS", key), Asset(uri)
    assert (ours.name, ours.uri) == (theirs.name, theirs.uri) == (uri, uri)


def test_the_longest_key_still_fits_and_stays_unique():
    from taskcenter_plugin.plans.dags import plan_asset

    first, second = plan_asset("LINKIS", "日" * 200), plan_asset("LINKIS", "日" * 199 + "月")
    assert first.uri != second.uri
    assert all(len(each) <= NAME_LENGTH and each.isascii() for each in (first.name, first.uri, second.name, second.uri))


def test_a_plan_whose_key_is_200_characters_of_chinese_is_taken(ada):
    body = {"entityGroup": "LINKIS", "entityKey": "日" * 200, "execDetail": {"jobParams": {"code": "SELECT 1"}}}
    made = ada.ok("POST", "/api/schedules", body)["data"]
    assert ada.ok("GET", f"/api/schedules/{made['id']}")["data"]["entityKey"] == "日" * 200
