"""Time zones by the ids of ``java.util.TimeZone``, and their offsets as plain integers.

Quartz works on a wall clock: a wall time that a gap leaves out does not exist, and one that an overlap repeats means its second
pass. So each stretch of constant offset owns a range of wall times, and no two ranges meet: that is all that the evaluator needs.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from taskcenter_plugin.plans.quartz_error import QuartzError

_CUSTOM = re.compile(r"GMT([+-])([0-9]{1,2}?)(?::?([0-9]{2}))?", re.ASCII)
_NO_ZONES = ("posix/", "right/", "localtime", "posixrules", "Factory")  # what a zone directory holds beside zones

# The three-letter ids that Java keeps: java.time.ZoneId.SHORT_IDS.
_SHORT_IDS = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "EST": "Etc/GMT+5",
    "HST": "Etc/GMT+10",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "MST": "Etc/GMT+7",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}

_CHUNK_BITS = 24  # a chunk of the table is 194 days
_MARGIN = 2 * 86400  # more than any offset
_STEP = 5 * 86400  # the shortest stay at an offset since 1970: 6.96 days, Recife in October 2000


class Stretch(NamedTuple):
    """A time of constant offset; all in seconds."""

    end: int  # epoch seconds at which another offset begins
    wall_start: int  # the wall times in [wall_start, wall_end) mean this stretch and no other
    wall_end: int
    offset: int  # wall time minus epoch


@lru_cache(maxsize=1024)
def zone(time_zone: str) -> tzinfo:
    """The zone of an id of ``java.util.TimeZone``: ``Asia/Shanghai``, ``UTC``, ``GMT+08:00``, ``GMT+5``, ``GMT-0330``, ``CTT``.

    :raises QuartzError: unknown id. Java would silently take GMT; a plan would then run at the wrong time.
    """
    if custom := _CUSTOM.fullmatch(time_zone):
        sign, hours, minutes = custom[1], int(custom[2]), int(custom[3] or 0)
        if hours > 23 or minutes > 59:
            raise QuartzError(f"time zone {time_zone!r}: hours go to 23 and minutes to 59")
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if sign == "-" else offset, time_zone)
    if not time_zone.startswith(_NO_ZONES):
        try:
            return ZoneInfo(_SHORT_IDS.get(time_zone, time_zone))
        except (LookupError, ValueError, OSError, ImportError):
            pass  # said below; which of them depends on the platform and on how strange the id is
    raise QuartzError(f"unknown time zone {time_zone[:60]!r}: give an id such as Asia/Shanghai, UTC or GMT+08:00")


class Offsets:
    """The offsets of one zone, found once for each half year that is asked for."""

    def __init__(self, where: tzinfo) -> None:
        self._zone = where
        self._chunks: dict[int, tuple[Stretch, ...]] = {}

    def at(self, epoch: int) -> Stretch:
        """The stretch that an instant is in."""
        for stretch in self._chunks.get(epoch >> _CHUNK_BITS) or self._chunk(epoch >> _CHUNK_BITS):
            if epoch < stretch.end:
                return stretch
        raise AssertionError(epoch)  # a chunk reaches beyond its own end

    def of_wall(self, wall: int) -> Stretch:
        """The stretch that a wall time means; the one after the gap (``wall < wall_start``) if it means none."""
        for stretch in self._chunks.get(wall >> _CHUNK_BITS) or self._chunk(wall >> _CHUNK_BITS):
            if wall < stretch.wall_end:
                return stretch
        raise AssertionError(wall)

    def _chunk(self, key: int) -> tuple[Stretch, ...]:
        epoch, stop = (key << _CHUNK_BITS) - _MARGIN, (key + 1 << _CHUNK_BITS) + _MARGIN
        found = []
        start, offset = epoch, self._offset(epoch)
        while epoch < stop:
            after = min(epoch + _STEP, stop)
            if (other := self._offset(after)) != offset:
                change = self._change(epoch, after, offset)
                # Of what an overlap repeats, the second pass is meant, so this stretch ends where that begins.
                found.append(Stretch(change, start + offset, change + min(offset, self._offset(change)), offset))
                start, offset, after = change, self._offset(change), change if other != self._offset(change) else after
            epoch = after
        found.append(Stretch(stop, start + offset, stop + offset, offset))
        self._chunks[key] = tuple(found)
        return self._chunks[key]

    def _change(self, before: int, after: int, offset: int) -> int:
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if self._offset(middle) == offset else (before, middle)
        return after

    def _offset(self, epoch: int) -> int:
        offset = datetime.fromtimestamp(epoch, self._zone).utcoffset()
        return round(offset.total_seconds()) if offset is not None else 0


@lru_cache(maxsize=1024)
def offsets(time_zone: str) -> Offsets:
    """The offsets of a zone by its id, shared by all expressions in it.

    :raises QuartzError: unknown id
    """
    return Offsets(zone(time_zone))
