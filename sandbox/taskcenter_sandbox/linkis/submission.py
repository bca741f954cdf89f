"""From a request's body to a job: parsing, labels, defaults (facts sections 4 and 5; Linkis' CommonEntranceParser)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taskcenter_sandbox.gateway.envelope import JavaError, LinkisError

PARAM_EMPTY, LABEL_INVALID, CODE_EMPTY, NO_CODE = 20008, 20009, 20007, 20010
DEFAULT_CREATOR, DEFAULT_RUN_TYPE = "IDE", "sql"
ENGINE_TYPE, USER_CREATOR, CODE_TYPE = "engineType", "userCreator", "codeType"
RUNNING_TIMEOUT, QUEUING_TIMEOUT = "jobRunningTimeout", "jobQueuingTimeout"
ADMIN_TOKEN = "ADMIN-"  # noqa: S105 # a part of a name

_LABEL_INVALID = "Label params invalid "
_DEFAULT_VERSIONS = {
    "spark": "3.2.1",
    "hive": "3.1.3",
    "python": "python2",
    "repl": "1",
    "io_file": "1.0",
    "io_hdfs": "1.0",
    "jdbc": "4",
    "pipeline": "1",
    "shell": "1",
    "appconn": "1",
    "flink": "1.16.2",
    "presto": "0.234",
    "hbase": "2.5.3",
    "nebula": "3.0.0",
    "doris": "1.2.6",
    "sqoop": "1.4.6",
    "datax": "3.0.0",
    "openlookeng": "1.5.0",
    "trino": "371",
    "elasticsearch": "7.6.2",
    "seatunnel": "2.1.2",
}


@dataclass(frozen=True)
class Submission:
    """A job as it was asked for.

    :param engine: the engine without its version.
    :param creator: None where the label ``userCreator`` was not understood.
    :param label_user: the user in that label.
    :param labels: as they are stored.
    """

    submit_user: str
    execute_user: str
    code: str
    run_type: str
    engine: str
    creator: str | None
    label_user: str | None
    params: dict[str, Any]
    source: dict[str, str]
    labels: dict[str, str]

    @property
    def variables(self) -> Mapping[str, Any]:
        """``params.variable``."""
        variables = self.params.get("variable")
        return variables if isinstance(variables, dict) else {}

    def seconds(self, label: str) -> int:
        """A time limit by label, 0 without one."""
        return int(self.labels.get(label) or 0)


def parse_submit(body: Mapping[str, Any], user: str, *, token: str = "") -> Submission:
    """Read the body of ``/entrance/submit``; without ``executionContent`` it is read like one of ``/execute``.

    :param token: one with ``ADMIN-`` in it may submit for another user with ``executeUser``.
    :raises LinkisError: 20007, 20008, 20009 or 20010.
    :raises JavaError: something has a shape that Linkis does not foresee.
    """
    execute_user = user
    if ADMIN_TOKEN in token.upper() and body.get("executeUser") is not None:
        execute_user = str(body["executeUser"])
    if "executionContent" not in body:
        return parse_execute(body, user)
    content = _object(body, "executionContent")
    labels = _object(body, "labels")
    if not labels:
        raise LinkisError(PARAM_EMPTY, "params cannot be empty ,  labels is null")
    if "code" not in content:
        raise LinkisError(NO_CODE, "The param executionCode cannot be empty (参数 executionCode 不能为空)")
    code = _string(content, "code")
    if not code.strip():
        raise LinkisError(CODE_EMPTY, "The param executionCode cannot be empty (参数 executionCode 不能为空)")
    return _submission(
        body,
        submit_user=user,
        execute_user=execute_user,
        code=code,
        run_type=_string(content, "runType"),
        labels=labels,
    )


def parse_execute(body: Mapping[str, Any], user: str) -> Submission:
    """Read the body of ``/entrance/execute``, the form of Linkis 0.x.

    :raises LinkisError: 20007, 20009.
    :raises JavaError: ``params`` is missing, which the real server does not foresee either.
    """
    code = _string(body, "executionCode")
    creator = _string(body, "requestApplicationName").strip() or DEFAULT_CREATOR
    source = _object(body, "source")
    if creator == DEFAULT_CREATOR and not source.get("scriptPath") and not code:
        text = "The param executionCode and scriptPath cannot be empty at the same time(参数 executionCode 和 scriptPath 不能同时为空)"
        raise LinkisError(CODE_EMPTY, text)
    if not isinstance(body.get("params"), dict):
        raise JavaError("NullPointerException", "")
    engine = _string(body, "executeApplicationName")
    labels = {
        ENGINE_TYPE: f"{engine}-{_DEFAULT_VERSIONS.get(engine, '*')}",
        USER_CREATOR: f"{user}-{creator}",
        **_object(body, "labels"),
    }
    run_type = _string(body, "runType") or DEFAULT_RUN_TYPE
    return _submission(body, submit_user=user, execute_user=user, code=code, run_type=run_type, labels=labels)


def _submission(
    body: Mapping[str, Any], *, submit_user: str, execute_user: str, code: str, run_type: str, labels: Mapping[str, Any]
) -> Submission:
    texts = {str(name): _label_text(value) for name, value in labels.items() if value is not None}
    for name in (RUNNING_TIMEOUT, QUEUING_TIMEOUT):
        if name in texts and not texts[name].isdigit():
            raise LinkisError(
                LABEL_INVALID, f"{_LABEL_INVALID}The task time tag is not set incorrectly, execution is not allowed."
            )
    engine = _engine(texts)
    run_type = run_type.strip() or texts.get(CODE_TYPE, "")
    if not run_type:
        raise LinkisError(
            LABEL_INVALID, f"{_LABEL_INVALID}You need to specify runType in execution content, such as sql"
        )
    texts[CODE_TYPE] = run_type
    label_user, creator = _user_creator(texts, execute_user)
    # A null is not the same as nothing: Linkis then fails on it.
    if "params" in body and body["params"] is None:
        raise JavaError("NullPointerException", "")
    return Submission(
        submit_user=submit_user,
        execute_user=execute_user,
        code=code,
        run_type=run_type,
        engine=engine,
        creator=creator,
        label_user=label_user,
        params=_object(body, "params"),
        source={str(name): _source_text(value) for name, value in _object(body, "source").items()},
        labels=texts,
    )


def _engine(texts: Mapping[str, str]) -> str:
    engine, _, version = texts.get(ENGINE_TYPE, "").strip().partition("-")
    if not engine or not version:
        text = "You need to specify engineTypeLabel in labels,such as spark-3.2.1"
        raise LinkisError(LABEL_INVALID, f"{_LABEL_INVALID}{text}")
    return engine


def _user_creator(texts: dict[str, str], execute_user: str) -> tuple[str | None, str | None]:
    """User and creator of the label; two Nones where it has not exactly two parts, and is dropped."""
    given = texts.setdefault(USER_CREATOR, f"{execute_user}-{DEFAULT_CREATOR}")
    parts = given.split("-")
    if len(parts) == 2 and all(part.strip() for part in parts):  # user and creator
        return parts[0], parts[1]
    del texts[USER_CREATOR]
    return None, None


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A JSON object, empty where it is missing or null."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise JavaError("ClassCastException", f"{_java_class(value)} cannot be cast to java.util.Map")
    return value


def _string(body: Mapping[str, Any], name: str) -> str:
    """A JSON string, empty where it is missing or null."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise JavaError("ClassCastException", f"{_java_class(value)} cannot be cast to java.lang.String")
    return value


def _source_text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise JavaError("ClassCastException", f"{_java_class(value)} cannot be cast to java.lang.String")
    return value or ""


def _label_text(value: Any) -> str:
    if isinstance(value, dict):
        return "-".join(str(part) for part in value.values())
    return str(value).lower() if isinstance(value, bool) else str(value)


def _java_class(value: Any) -> str:
    names = {bool: "Boolean", int: "Integer", float: "Double", str: "String"}
    return f"java.lang.{names[type(value)]}" if type(value) in names else "java.util.ArrayList"


def stored_json(value: Mapping[str, Any]) -> str:
    """As Linkis keeps ``params``, ``source`` and ``labels``."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
