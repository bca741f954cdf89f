"""The cookies of one server, kept as the header that every request repeats."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.cookies import Morsel


class SessionCookies:
    """What a server has set on our one session with it.

    All requests go to that server and no redirect is followed, so neither domain nor path is looked at, and a cookie
    that has lapsed is the server's to refuse. ``aiohttp``'s jar looks at all of them for each request, which costs a
    poll a tenth of its time.

    :param given: a ``Cookie`` header of the connection's own, which is sent too.
    """

    def __init__(self, given: str = "") -> None:
        self._given = given
        self._pairs: dict[str, str] = {}
        self.headers: Mapping[str, str] = {}
        """What to send: a ``Cookie`` header, or nothing while no cookie is set."""

    def take(self, cookies: Mapping[str, Morsel[str]]) -> None:
        """Take what an answer set, and drop what it deleted."""
        for name, morsel in cookies.items():
            if _deletes(morsel):
                self._pairs.pop(name, None)
            else:
                self._pairs[name] = morsel.coded_value
        pairs = [f"{name}={value}" for name, value in self._pairs.items()]
        self.headers = {"Cookie": "; ".join([self._given, *pairs] if self._given else pairs)} if pairs else {}


def _deletes(morsel: Morsel[str]) -> bool:
    """Whether its time is over as it comes, which is how a server deletes a cookie."""
    try:
        if morsel["max-age"]:
            return int(morsel["max-age"]) <= 0
        expires = parsedate_to_datetime(morsel["expires"]) if morsel["expires"] else None
    except ValueError:
        return False
    if expires is None:
        return False
    return expires.replace(tzinfo=expires.tzinfo or timezone.utc) <= datetime.now(timezone.utc)
