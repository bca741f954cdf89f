"""A plan as workers and the DAG processor get it: JSON in an Airflow Variable, one Variable a shard of plans.

It holds all that the DAG is built from, so that no task needs the database. The text is data: nothing in it is rendered.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

SHARDS = 32
"""How many Variables, and DAG files, all plans are spread over. Never change it: a plan's DAG names its file."""
FORMAT = 1
_ENCODING = "zlib+base64"
_VARIABLE = "taskcenter_plans_{:02d}"


class BrokenDocument(ValueError):
    """The text in a shard's Variable is not what the task center has written there."""


@dataclass(frozen=True)
class PlanDocument:
    """What a plan's DAG is built from.

    :param crons: pairs of Quartz expression and time zone
    :param since: epoch seconds from which on the schedule holds; no fire before counts
    :param upstream: pairs of group and key of the plans that this one waits for
    :param definition: what the job type builds its tasks from, complete
    """

    plan_id: int
    dag_id: str
    group: str
    key: str
    title: str
    owner: str
    created: float
    since: float
    retries: int = 0
    crons: tuple[tuple[str, str], ...] = ()
    upstream: tuple[tuple[str, str], ...] = ()
    definition: Mapping[str, Any] = field(default_factory=dict)

    def dumps(self) -> str:
        """As JSON; equal documents give equal texts."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def load(cls, data: object) -> PlanDocument:
        """From decoded JSON.

        :raises BrokenDocument: it is not a plan's document.
        """
        if not isinstance(data, dict):
            raise BrokenDocument(f"a plan is an object, not {type(data).__name__}")
        try:
            fields = dict(data)
            fields["crons"] = tuple((str(cron), str(zone)) for cron, zone in fields.get("crons", ()))
            fields["upstream"] = tuple((str(group), str(key)) for group, key in fields.get("upstream", ()))
            document = cls(**fields)
        except (TypeError, ValueError) as error:
            raise BrokenDocument(f"not a plan: {error}") from error
        if not isinstance(document.dag_id, str) or not isinstance(document.definition, dict):
            raise BrokenDocument("a plan's dag_id is a text and its definition an object")
        return document


@dataclass(frozen=True)
class Revision:
    """One state of a plan; ``data`` is its document, decoded but not yet checked."""

    number: int
    data: object


@dataclass(frozen=True)
class ShardEntry:
    """A plan in its shard: its revisions that are still needed, newest first.

    :param live: whether the plan has a DAG; a deleted plan stays while a run of it has not ended
    """

    live: bool
    revisions: tuple[Revision, ...]

    def at(self, version: int | None) -> Revision:
        """The revision that was valid at a bundle version; the oldest kept one if that is gone, the newest without one."""
        if version is None:
            return self.revisions[0]
        return next((each for each in self.revisions if each.number <= version), self.revisions[-1])


def shard_of(plan_id: int) -> int:
    """The shard that a plan belongs to, for ever."""
    return zlib.crc32(str(plan_id).encode()) % SHARDS


def variable_of(shard: int) -> str:
    """The name of the Variable that holds a shard."""
    return _VARIABLE.format(shard)


def dump_shard(entries: Iterable[tuple[str, bool, Iterable[tuple[int, str]]]]) -> str:
    """A shard, put together from texts: by ``dag_id``, live or not, and revisions newest first."""
    plans = ",".join(
        f"{json.dumps(dag_id)}:[{'true' if live else 'false'},"
        f"[{','.join(f'[{number},{text}]' for number, text in revisions)}]]"
        for dag_id, live, revisions in entries
    )
    return f'{{"format":{FORMAT},"plans":{{{plans}}}}}'


def pack(text: str) -> str:
    """A shard's text as its Variable holds it: plans are much alike, and what is small comes to workers sooner."""
    packed = base64.b64encode(zlib.compress(text.encode())).decode("ascii")
    return json.dumps({"encoding": _ENCODING, "shard": packed})


def unpack(text: str) -> str:
    """The reverse.

    :raises BrokenDocument: the text is not what ``pack`` has made, e.g. edited by hand.
    """
    try:
        packed = json.loads(text)
    except ValueError as error:
        raise BrokenDocument(f"not JSON: {error}") from error
    if not isinstance(packed, dict) or packed.get("encoding") != _ENCODING:
        raise BrokenDocument(f"not a shard in {_ENCODING}")
    try:
        return zlib.decompress(base64.b64decode(packed["shard"], validate=True)).decode()
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise BrokenDocument(f"it cannot be unpacked: {error}") from error


class _Shard(msgspec.Struct):
    """A shard whose plans are left as texts."""

    format: int
    plans: dict[str, msgspec.Raw]


_SHARD = msgspec.json.Decoder(_Shard)


def find_entry(text: str, dag_id: str) -> ShardEntry | None:
    """One plan of an unpacked shard; the others are not decoded. None: it has no such plan.

    :raises BrokenDocument: the text is not a shard.
    """
    try:
        shard = _SHARD.decode(text)
    except (msgspec.MsgspecError, ValueError):
        return _load(text).get(dag_id)  # msgspec takes less than the json module has written, e.g. no NaN
    if shard.format != FORMAT:
        raise BrokenDocument(f"not a shard of plans in format {FORMAT}")
    return _entries({dag_id: json.loads(bytes(shard.plans[dag_id]))}).get(dag_id) if dag_id in shard.plans else None


def load_shard(text: str) -> dict[str, ShardEntry]:
    """By ``dag_id``, what a shard's Variable holds. Plans are checked one by one when they are built.

    :raises BrokenDocument: the text is not a shard, e.g. edited by hand.
    """
    return _load(unpack(text))


def _load(text: str) -> dict[str, ShardEntry]:
    try:
        shard = json.loads(text)
    except ValueError as error:
        raise BrokenDocument(str(error)) from error
    if not isinstance(shard, dict) or shard.get("format") != FORMAT or not isinstance(shard.get("plans"), dict):
        raise BrokenDocument(f"not a shard of plans in format {FORMAT}")
    return _entries(shard["plans"])


def _entries(plans: Mapping[str, Any]) -> dict[str, ShardEntry]:
    try:
        return {
            dag_id: ShardEntry(bool(live), tuple(Revision(int(number), data) for number, data in revisions))
            for dag_id, (live, revisions) in plans.items()
            if revisions
        }
    except (TypeError, ValueError) as error:
        raise BrokenDocument(f"not a shard of plans: {error}") from error
