"""The execID of Linkis 1.x: ``exec_id`` + lengths + application + instance + short id (facts section 3)."""

from __future__ import annotations

APPLICATION = "linkis-cg-entrance"
INSTANCE = "127.0.0.1:9104"


def short_id(creator: str, user: str, engine: str, index: int) -> str:
    """The part that is unique within an entrance, until it restarts."""
    return f"{creator}_{user}_{engine}_{index}"


def exec_id(short: str | None) -> str:
    """The full execID; before a job is scheduled it ends with the text ``null``."""
    return f"exec_id{len(APPLICATION):03d}{len(INSTANCE):03d}{APPLICATION}{INSTANCE}{short or 'null'}"


def parse_short(execution: str) -> str:
    """The short id of an execID.

    :raises ValueError: it is none.
    """
    prefix = f"exec_id{len(APPLICATION):03d}{len(INSTANCE):03d}{APPLICATION}{INSTANCE}"
    if not execution.startswith(prefix):
        raise ValueError(f"can't parse execID {execution}")
    return execution.removeprefix(prefix)
