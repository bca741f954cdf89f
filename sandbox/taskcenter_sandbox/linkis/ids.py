"""The execID of Linkis 1.x: ``exec_id`` + lengths + application + instance + short id (facts section 3)."""

from __future__ import annotations

APPLICATION = "linkis-cg-entrance"
INSTANCE = "127.0.0.1:9104"
PREFIX = "exec_id"

_LENGTH_DIGITS = 3


def short_id(group: str, index: int) -> str:
    """The part that is unique within an entrance until it restarts; ``group`` is ``creator_user_engine``."""
    return f"{group}_{index}"


def exec_id(short: str | None) -> str:
    """The full execID; before a job is scheduled the job history shows it ending with the text ``null``."""
    lengths = f"{len(APPLICATION):0{_LENGTH_DIGITS}d}{len(INSTANCE):0{_LENGTH_DIGITS}d}"
    return f"{PREFIX}{lengths}{APPLICATION}{INSTANCE}{'null' if short is None else short}"


def parse_exec_id(execution: str) -> str:
    """The short id of an execID, of whichever instance: the gateway would pick another one for an unknown one.

    :raises ValueError: it is none; the text is what Java says.
    """
    content = execution.removeprefix(PREFIX)
    lengths = content[:_LENGTH_DIGITS], content[_LENGTH_DIGITS : 2 * _LENGTH_DIGITS]
    for length in lengths:
        if not length.isdigit():
            raise ValueError(f'NumberFormatException: For input string: "{length}"')
    start = 2 * _LENGTH_DIGITS + int(lengths[0]) + int(lengths[1])
    if start > len(content):
        raise ValueError("StringIndexOutOfBoundsException: String index out of range: -1")
    return content[start:]


def parse_short_id(short: str) -> tuple[str, int]:
    """Group and index.

    :raises ValueError: it has none.
    """
    group, separator, index = short.rpartition("_")
    if not separator or not group:
        raise ValueError(f"Unrecognized execId (不能识别的execId):{short}.")
    if not index.isdigit():
        raise ValueError(f'For input string: "{index}"')
    return group, int(index)
