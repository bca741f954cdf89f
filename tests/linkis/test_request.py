"""What is sent to Linkis, and what is refused before it is sent."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.job import JobTag
from taskcenter.linkis.request import LinkisRequest


def request(**changes: Any) -> LinkisRequest:
    fields = {"code": "SELECT 1", "run_type": "sql", "engine_type": "spark-3.2.1", **changes}
    return LinkisRequest(**fields)


def test_the_body_is_the_documents():
    body = request(
        variables={"day": "2026-11-21"},
        configuration={"runtime": {"jdbc.url": "XX"}, "startup": {"spark.executor.cores": "4"}},
        labels={"jobRunningTimeout": 3600},
        script_path="file:///tmp/hadoop/test.sql",
    ).body("hadoop", JobTag("airflow/dag/run/task/-1/1", 2))
    assert body == {
        "executionContent": {"code": "SELECT 1", "runType": "sql"},
        "params": {
            "variable": {"day": "2026-11-21"},
            "configuration": {
                "runtime": {"jdbc.url": "XX"},
                "startup": {"spark.executor.cores": "4"},
                "special": {},
            },
        },
        "source": {
            "scriptPath": "file:///tmp/hadoop/test.sql",
            "airflowTag": "airflow/dag/run/task/-1/1",
            "airflowTry": "2",
        },
        "labels": {"engineType": "spark-3.2.1", "userCreator": "hadoop-airflow", "jobRunningTimeout": "3600"},
    }


def test_source_is_an_object_of_texts_and_params_are_never_null():
    body = request().body("hadoop", JobTag("k", 1))
    assert all(isinstance(value, str) for value in body["source"].values())
    assert body["params"] == {"variable": {}, "configuration": {"startup": {}, "runtime": {}, "special": {}}}


@pytest.mark.parametrize("engine_type", ["spark-3.2.1", "python-python2", "shell-1", "jdbc-4", "flink-1.12-2"])
def test_the_engine_is_what_stands_before_the_version(engine_type):
    asked = request(engine_type=engine_type)
    asked.check("hadoop")
    assert asked.engine == engine_type.partition("-")[0]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no code": ({"code": ""}, "no code to run"),
    "blank code": ({"code": " \n\t"}, "no code to run"),
    "no language": ({"run_type": ""}, "run_type is empty"),
    "no engine": ({"engine_type": ""}, "engine_type ''"),
    "no version": ({"engine_type": "spark"}, "engine_type 'spark'"),
    "a version of nothing": ({"engine_type": "spark-"}, "engine_type 'spark-'"),
    "no name": ({"engine_type": "-3"}, "engine_type '-3'"),
    "an engine that the history cannot be searched for": ({"engine_type": "sp ark-3"}, "engine_type 'sp ark-3'"),
    "a creator with a dash": ({"creator": "my-team"}, "creator is 'my-team'"),
    "an empty creator": ({"creator": ""}, "creator is ''"),
    "a creator that the history cannot be searched for": ({"creator": "数据"}, "creator is '数据'"),
    "a creator with a blank": ({"creator": "my team"}, "creator is 'my team'"),
    "Linkis' own creator": ({"creator": "LinkisCli"}, "killed within 30 s"),
    "an unknown section": ({"configuration": {"start": {}}}, "['start']"),
    "a section that is a text": ({"configuration": {"startup": "x=1"}}, "startup"),
    "too much code": ({"code": "x" * 50_000}, "50000 bytes"),
    "too much code in bytes": ({"code": "错" * 17_000}, "51000 bytes"),
    "variables that are no JSON": ({"variables": {"day": dt.date(2026, 1, 1)}}, "variables"),
    "a number that is none": ({"configuration": {"runtime": {"x": float("nan")}}}, "JSON"),
    "too many parameters": ({"variables": {"x": "y" * 66_000}}, "64 kB"),
    "too many parameters in bytes": ({"variables": {"x": "错" * 22_000}}, "64 kB"),
}


@pytest.mark.parametrize(("changes", "text"), BAD.values(), ids=BAD)
def test_what_linkis_would_refuse_late_or_wrongly_is_refused_now(changes, text):
    asked = request(**changes)
    with pytest.raises(ConfigurationError) as caught:
        asked.check("hadoop")
    assert text in str(caught.value)


@pytest.mark.parametrize("user", ["data-team", "", "a b", "a,b"])
def test_a_user_that_linkis_cannot_name_in_its_label_is_refused(user):
    with pytest.raises(ConfigurationError, match="user of the connection"):
        request().check(user)


def test_what_is_checked_can_be_sent():
    asked = request(variables={"n": 1, "flag": True, "none": None}, code="x" * 49_999)
    asked.check("hadoop")
    json.dumps(asked.body("hadoop"), allow_nan=False)
