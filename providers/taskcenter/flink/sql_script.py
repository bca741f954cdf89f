"""An SQL script taken apart into its statements, and what each of them is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from taskcenter.core.errors import ConfigurationError
from taskcenter.flink.sql_api import first_words

_PIECE = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*'|`(?:[^`]|``)*`|"(?:[^"]|"")*")|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<end>;)|(?P<word>\w+)|.""",
    re.DOTALL,
)
_CLIENTS_SET = re.compile(r"BEGIN\s+STATEMENT\s+SET\s*;", re.IGNORECASE)
"""How a statement set begins in Flink's SQL client, which takes it apart; the gateway takes one statement at a time."""

_JOB = re.compile(
    r"(INSERT|UPDATE|DELETE|EXECUTE\s+(INSERT|STATEMENT\s+SET|PLAN)|COMPILE\s+AND\s+EXECUTE"
    r"|(CREATE|REPLACE|CREATE\s+OR\s+REPLACE)\s+TABLE\b.*\bAS\s+SELECT)\b",
    re.IGNORECASE | re.DOTALL,
)


def split_statements(script: str | Sequence[str]) -> list[str]:
    """The statements of a script, without comments and the semicolons between them.

    A statement set (``EXECUTE STATEMENT SET BEGIN ... END``) is one statement; ``BEGIN STATEMENT SET; ... END``, as Flink's
    SQL client has it, becomes one.

    :param script: a script, or a list of statements.
    :raises ConfigurationError: there is none.
    """
    if not isinstance(script, str) and (
        not isinstance(script, Sequence) or not all(isinstance(part, str) for part in script)
    ):
        raise ConfigurationError(f"sql is {script!r:.100}; give a script, or a list of statements.")
    parts = [script] if isinstance(script, str) else script
    statements = [
        _CLIENTS_SET.sub("EXECUTE STATEMENT SET BEGIN", statement, count=1)
        if _CLIENTS_SET.match(statement)
        else statement
        for part in parts
        for statement in _split(part)
    ]
    if not statements:
        raise ConfigurationError("There is no statement to run: give sql with something in it.")
    return statements


def _split(script: str) -> Iterator[str]:
    text: list[str] = []
    words: list[str] = []
    in_set = False
    for found in _PIECE.finditer(script):
        if found["comment"]:
            # A hint, /*+ ... */, is a part of the statement.
            text.append(found[0] if found[0].startswith("/*+") else " ")
            continue
        if found["word"]:
            words.append(found[0].upper())
            if words[-3:] in (["STATEMENT", "SET", "BEGIN"], ["BEGIN", "STATEMENT", "SET"]):
                in_set = True
            elif found[0].upper() == "END" and _ends_set(text):
                in_set = False
        if found["end"] and not in_set:
            if "".join(text).strip():
                yield "".join(text).strip()
            text, words = [], []
        else:
            text.append(found[0])
    if "".join(text).strip():
        yield "".join(text).strip()


def _ends_set(text: Sequence[str]) -> bool:
    """Whether an END stands alone, behind a semicolon, and so is not that of a CASE."""
    return "".join(text).rstrip().endswith(";")


def makes_job(statement: str) -> bool:
    """Whether a statement writes, in a Flink job that goes on by itself."""
    return _JOB.match(statement) is not None


def check_order(statements: Sequence[str]) -> None:
    """Refuse a script that would run more than one job.

    :raises ConfigurationError: a statement before the last writes or reads.
    """
    for statement in statements[:-1]:
        if makes_job(statement):
            raise ConfigurationError(
                f"The statement {first_words(statement)!r} runs a job and is not the last one; a task follows one job. "
                "Put several INSERTs into one EXECUTE STATEMENT SET BEGIN ... END, or into several tasks."
            )
