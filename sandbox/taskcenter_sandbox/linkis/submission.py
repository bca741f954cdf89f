"""From a request's body to a job: parsing, labels, and what the interceptors refuse or rewrite (facts sections 4, 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taskcenter_sandbox.linkis.envelope import LinkisError

ENGINES = frozenset(
    [
        "spark",
        "hive",
        "hbase",
        "python",
        "repl",
        "doris",
        "shell",
        "jdbc",
        "io_file",
        "io_hdfs",
        "fps",
        "pipeline",
        "presto",
        "nebula",
        "flink",
        "appconn",
        "sqoop",
        "datax",
        "openlookeng",
        "trino",
        "elasticsearch",
        "seatunnel",
        "impala",
        "jobserver",
    ]
)
MAX_CODE_BYTES = 50_000
IDE_ROW_LIMIT = 5000

_DANGEROUS = re.compile(
    r"(^|[^\w.-])(rm|sh|find|kill|python|for|source|hdfs|hadoop|spark-submit|spark-sql|spark-shell|hive|yarn|beeline)($|[^\w.-])"
    r"|\.sh($|\s)"
)
_VARIABLE = re.compile(r"\$\{\s*([A-Za-z_][\w.]*)\s*(?:([+\-*/])\s*(\d+(?:\.\d+)?))?\s*\}")
_SQL_RUN_TYPES = frozenset({"sql", "hql", "jdbc", "psql", "tsql"})
_NO_LIMIT = "--set ide.engine.no.limit.allow=true"
_DEFAULT_VERSIONS = {"spark": "3.2.1", "hive": "2.3.3", "python": "python2", "shell": "1", "jdbc": "4"}


@dataclass(frozen=True)
class Submission:
    """A job as it was asked for; ``labels`` as texts ``key:value``."""

    code: str
    run_type: str
    engine: str
    engine_type: str
    creator: str
    label_user: str
    params: dict[str, Any]
    source: dict[str, str]
    labels: list[str]
    user_creator_dropped: bool


def parse_submit(body: Mapping[str, Any], user: str) -> Submission:
    """The body of ``/entrance/submit``; without ``executionContent`` it is read like one of ``/execute``.

    :raises LinkisError: 20007, 20008, 20009 or 20010.
    """
    content = body.get("executionContent")
    if content is None:
        return parse_execute(body, user)
    labels = body.get("labels") or {}
    if not labels:
        raise LinkisError(20008, "labels is null or empty, please check(labels为空)")
    code = content.get("code")
    if code is None:
        raise LinkisError(20010, "code is null, please check(没有代码)")
    if not str(code).strip():
        raise LinkisError(20007, "code is blank, please check(代码为空)")
    run_type = content.get("runType") or labels.get("codeType")
    if not run_type:
        raise LinkisError(20009, "runType is empty, please check(runType为空)")
    engine_type = str(labels.get("engineType") or "")
    if "-" not in engine_type:
        raise LinkisError(20009, f"engineType label is empty or invalid(引擎标签不正确): {engine_type}")
    for name in ("jobRunningTimeout", "jobQueuingTimeout"):
        if name in labels and not str(labels[name]).isdigit():
            raise LinkisError(20009, f"{name} label is not a number of seconds: {labels[name]}")
    return _submission(body, str(code), str(run_type), engine_type, labels, user)


def parse_execute(body: Mapping[str, Any], user: str) -> Submission:
    """The body of ``/entrance/execute``, the form of Linkis 0.x.

    :raises LinkisError: 20007.
    :raises KeyError: ``params`` is missing, which the real server does not foresee either.
    """
    engine = str(body.get("executeApplicationName") or "")
    creator = str(body.get("requestApplicationName") or "IDE")
    code = body.get("executionCode") or ""
    if not str(code).strip():
        raise LinkisError(20007, "The execution code and script path cannot be empty both(代码和脚本路径不能同时为空)")
    if "params" not in body:
        raise KeyError("params")
    labels = {
        "engineType": f"{engine}-{_DEFAULT_VERSIONS.get(engine, '*')}",
        "userCreator": f"{user}-{creator}",
        **(body.get("labels") or {}),
    }
    run_type = str(body.get("runType") or "sql")
    return _submission(body, str(code), run_type, str(labels["engineType"]), labels, user)


def _submission(
    body: Mapping[str, Any], code: str, run_type: str, engine_type: str, labels: Mapping[str, Any], user: str
) -> Submission:
    params = body.get("params", {})
    if params is None:
        raise TypeError("params must not be null")
    source = {str(name): str(value) for name, value in (body.get("source") or {}).items()}
    given = str(labels.get("userCreator") or f"{user}-IDE")
    parts = given.split("-")
    dropped = len(parts) != 2 or not all(parts)  # user and creator
    label_user, creator = (user, "IDE") if dropped else (parts[0], parts[1])
    return Submission(
        code=code,
        run_type=run_type.lower(),
        engine=engine_type.partition("-")[0],
        engine_type=engine_type,
        creator=creator,
        label_user=label_user,
        params=dict(params),
        source={**source, "requestIP": "127.0.0.1"},
        labels=[f"{name}:{value}" for name, value in {**labels, "userCreator": given}.items()],
        user_creator_dropped=dropped,
    )


def intercept(submission: Submission, user: str) -> str:
    """What the interceptors make of the code; the job's row is there already when they refuse it.

    :raises LinkisError: 50079, 50080, 50081, 30010 or 20011.
    """
    if submission.user_creator_dropped:
        raise LinkisError(50079, "UserCreator label is required(缺少userCreator标签)")
    if submission.label_user.lower() != user.lower():
        raise LinkisError(50080, f"UserCreator label user {submission.label_user} is not the execute user {user}")
    code = substitute(submission.code, submission.params.get("variable") or {}).strip()
    if len(code.encode()) >= MAX_CODE_BYTES:
        raise LinkisError(20011, "Persist engine failed to submit job: code of 50000 bytes and more needs HDFS")
    if submission.run_type in _SQL_RUN_TYPES:
        if not re.sub(r"--[^\n]*|/\*.*?\*/", "", code, flags=re.DOTALL).strip(" ;\n\t"):
            raise LinkisError(30010, "The code is empty after its comments are removed(代码去注释后为空)")
        return limit_ide_rows(code, submission.creator)
    if submission.run_type == "shell":
        refuse_dangerous_words(code)
    return code


def substitute(code: str, variables: Mapping[str, Any]) -> str:
    """Put values in place of ``${name}`` and ``${name+1}``; names that are not known stay."""

    def value(found: re.Match[str]) -> str:
        name, operator, operand = found.groups()
        if name not in variables:
            return found.group(0)
        given = str(variables[name])
        if not operator:
            return given
        try:
            left, right = float(given), float(operand)
        except ValueError:
            return found.group(0)
        if operator == "/" and right == 0:
            return found.group(0)
        result = {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else 0.0}[
            operator
        ]
        return str(int(result)) if result.is_integer() else str(result)

    return _VARIABLE.sub(value, code)


def limit_ide_rows(code: str, creator: str) -> str:
    """Creators that are part of ``IDE`` get their SELECTs limited to 5000 rows."""
    if creator not in "IDE" or _NO_LIMIT in code:
        return code
    limited = []
    for statement in code.split(";"):
        text = statement.strip()
        if text.lower().startswith("select"):
            found = re.search(r"\blimit\s+(\d+)\s*$", text, re.IGNORECASE)
            if found is None:
                text += f" limit {IDE_ROW_LIMIT}"
            elif int(found.group(1)) > IDE_ROW_LIMIT:
                text = text[: found.start()] + f"limit {IDE_ROW_LIMIT}"
        if text:
            limited.append(text)
    return ";\n".join(limited)


def refuse_dangerous_words(code: str) -> None:
    """Shell code with certain words is refused.

    :raises LinkisError: 50081.
    """
    for line in code.splitlines():
        if line.strip().startswith("#"):
            continue
        found = _DANGEROUS.search(line)
        if found:
            word = (found.group(2) or found.group(0)).strip()
            raise LinkisError(50081, f"Shell code contains blacklisted code(shell中包含黑名单代码): {word}")
