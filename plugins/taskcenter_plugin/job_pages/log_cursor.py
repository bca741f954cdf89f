"""How far a page has read a job's log, as a text that goes to the browser and comes back."""

from __future__ import annotations

import base64
import binascii
import json
import zlib

from taskcenter.core.job import LogCursor
from taskcenter_plugin.errors import BadRequest

MAX_CHARS = 16_000
"""Longest text that is taken."""

_MAX_LAST_LINE = 500
_MAX_PLAIN = 200_000
_MAX_NUMBER = 2**53


def encode(cursor: LogCursor, *, keep_last: bool = True) -> str:
    """As a text.

    :param keep_last: whether ``last`` is more than a line of the log; a line that is very long is not sent to and fro, and
        the place is then found by its number alone.
    """
    last = cursor.last if keep_last or len(cursor.last) <= _MAX_LAST_LINE else ""
    plain = json.dumps([cursor.line, cursor.shown, last], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(plain.encode("utf-8", "replace"), 9)).decode().rstrip("=")


def decode(text: str | None) -> LogCursor:
    """The reverse; the beginning where there is no text.

    :raises BadRequest: nobody here has made that text.
    """
    if not text:
        return LogCursor()
    try:
        packed = base64.urlsafe_b64decode(text[:MAX_CHARS] + "=" * (-len(text) % 4))
        unpack = zlib.decompressobj()
        plain = unpack.decompress(packed, _MAX_PLAIN)
        line, shown, last = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError, TypeError, RecursionError):
        raise _wrong() from None
    numbers = all(isinstance(each, int) and 0 <= each <= _MAX_NUMBER for each in (line, shown))
    if not numbers or not isinstance(last, str):
        raise _wrong()
    return LogCursor(line, last, shown)


def _wrong() -> BadRequest:
    return BadRequest("from is not what an answer has given as next. Leave it out to begin anew.")
