"""What Linkis does to the code of a job once its row is stored: checks, variables, limits, comments (facts section 4).

The order is that of EntranceSpringConfiguration; a refusal leaves the row in state Failed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from taskcenter_sandbox.gateway.envelope import LinkisError
from taskcenter_sandbox.linkis.logs import stamped
from taskcenter_sandbox.linkis.submission import Submission
from taskcenter_sandbox.linkis.variables import LANGUAGES, substitute

LABEL_MISSING, LABEL_USER, SHELL_WORD, CODE_GONE, CODE_NULL = 50079, 50080, 50081, 30010, 20015
IDE_ROWS = 5000

_SHELL_WORDS = frozenset(
    [
        "rm",
        "sh",
        "find",
        "kill",
        "python",
        "for",
        "source",
        "hdfs",
        "hadoop",
        "spark-sql",
        "spark-submit",
        "pyspark",
        "spark-shell",
        "hive",
        "yarn",
    ]
)
_SQL_COMMENTS = re.compile(r"('(?:''|[^'])*')|--.*?$|/\*.*?\*/|#.*?$", re.MULTILINE | re.DOTALL)
_COMMENT_CLAUSE = re.compile(r"(comment)\s+'([^']*)'", re.IGNORECASE)
_NO_LIMIT = re.compile(r"--set\s*ide.engine.no.limit.allow\s*=\s*true")
_OVER_LIMIT = re.compile(r"limit\s+(\d+)\s*;?")


@dataclass
class Intercepted:
    """The code as it will run, and what the log says about that."""

    code: str
    log: list[str] = field(default_factory=list)


def intercept(submission: Submission, *, shell_words: bool, now: datetime) -> Intercepted:
    """Check and rewrite the code.

    :param shell_words: refuse shell code with certain words.
    :raises LinkisError: 50081, 50079, 50080, 20015, 30010, or 20042 to 20049 from the variables.
    """
    language = LANGUAGES.get(submission.run_type.lower())
    if shell_words and (language == "shell" or submission.engine == "shell"):
        refuse_shell_words(submission.code)
    _check_user_creator(submission)
    result = Intercepted(substitute(submission.code, submission.run_type.lower(), submission.variables, now))
    if submission.creator is not None and submission.creator in "IDE":
        if language == "sql":
            limit_rows(result)
    else:
        result.log.append(stamped("The code you submit will not be limited by the limit ", "WARN"))
    if language == "sql":
        result.code = without_comments(result.code)
    if not result.code.strip():
        text = (
            "Submitting the execution code, after code preprocessing, the real execution code is empty, please check "
            "the executed code(提交的执行代码，经过预处理后为空，请检查执行的代码是否为空或则只有注解)!"
        )
        raise LinkisError(CODE_GONE, text)
    return result


def refuse_shell_words(code: str) -> None:
    """Refuse shell code one of whose words, between blanks, is on the list, or with a line that ends in ``.sh``.

    :raises LinkisError: 50081.
    """
    for line in code.split("\n"):
        if line.strip().endswith(".sh") or not _SHELL_WORDS.isdisjoint(line.strip().split(" ")):
            raise LinkisError(SHELL_WORD, "Shell code contains blacklisted code(shell中包含黑名单代码)")


def without_comments(code: str) -> str:
    """SQL without its comments; ``#`` begins one as well, and a text between double quotes is none to Linkis."""
    return _SQL_COMMENTS.sub(lambda found: found[1] or "", code)


def limit_rows(result: Intercepted) -> None:
    """Give the SELECTs of creators that are a part of the word ``IDE`` a limit of 5000 rows.

    :raises LinkisError: 20015, nothing is left.
    """
    allowed = _NO_LIMIT.search(result.code) is not None
    if allowed:
        result.log.append(
            stamped("please pay attention ,SQL full export mode opened(请注意,SQL全量导出模式打开)", "WARN")
        )
    code = _COMMENT_CLAUSE.sub(
        lambda found: f"{found[1]} '{found[2].replace(';', chr(92) + ';')}'", without_comments(result.code)
    )
    statements = re.split(r"(?<!\\);" if r"\;" in code else ";", code)
    while statements and not statements[-1]:
        statements.pop()
    result.code = ";\n".join(_limited(statement.strip(), result.log, allowed=allowed) for statement in statements)
    result.log.append(stamped("SQL code check has passed"))
    if not result.code:
        text = "execute code is null, nothing will be execute!(执行代码为空，没有任何代码会被执行)"
        raise LinkisError(CODE_NULL, text)


def _limited(statement: str, log: list[str], *, allowed: bool) -> str:
    words = statement.split()
    if allowed or not words or "select" not in words[0].lower():
        return statement
    if len(words) > 1 and words[-2].lower() != "limit" and ")limit" not in words[-2].lower():
        _say_once(log, "You submitted a sql without limit, DSS will add limit 5000 to your sql")
        return f"{statement} limit {IDE_ROWS}"
    start = statement.lower().rfind("limit")
    limit = _OVER_LIMIT.fullmatch(statement[start:].lower()) if start >= 0 else None
    if limit is None or int(limit[1]) <= IDE_ROWS:
        return statement
    _say_once(
        log,
        "You submitted a sql with limit exceeding 5000, it is not allowed. DSS will change your limit to 5000",
    )
    return f"{statement[:start].strip()} {'LIMIT' if statement.startswith('SELECT') else 'limit'} {IDE_ROWS}"


def _say_once(log: list[str], text: str) -> None:
    if not any(line.endswith(text) for line in log):
        log.append(stamped(text, "WARN"))


def _check_user_creator(submission: Submission) -> None:
    if submission.label_user is None:
        raise LinkisError(LABEL_MISSING, "UserCreatorLabel must be need")
    if submission.label_user.lower() != submission.execute_user.lower():
        text = (
            f"SubmitUser : {submission.submit_user} must be the same as ExecuteUser : {submission.execute_user} , "
            f"and user : {submission.label_user} in userCreatorLabel."
        )
        raise LinkisError(LABEL_USER, text)
