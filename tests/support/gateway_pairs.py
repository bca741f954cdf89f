"""Requests that are made twice, directly and through the gateway on an equal object, and how their answers are compared."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from taskcenter.core.masking import MASK

_NUMBERS = itertools.count(1000)
_MADE = re.compile(r"made_\d{4}")
_SHOWN_AS = {"application/force-download": "application/octet-stream", "": "text/plain"}
"""By the system's own, the types that the gateway shows instead, lest a browser does something with the body."""


def new_name() -> str:
    """A name that nothing has yet; such names are equal to each other when answers are compared."""
    return f"made_{next(_NUMBERS)}"


@dataclass(frozen=True)
class Sent:
    """What a request has beside verb and path.

    :param args: of the path, by name.
    """

    args: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    files: Any = None


@dataclass(frozen=True)
class Pair:
    """A request and what to know of its two answers.

    :param endpoint: verb and path as the document has them.
    :param name: what happens.
    :param sent: what is sent in a world; it is called once for each of the two requests, and makes what they need.
    :param varies: names in the answer whose values are made anew for each, and only alike in type.
    :param masked: names in the answer whose values the gateway hides.
    :param status: of both answers.
    """

    endpoint: str
    name: str
    sent: Callable[[Any], Sent] = lambda _world: Sent()
    varies: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    status: int = 200

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.name}"


class Way:
    """A way on which a system is asked.

    :param url: scheme, host and port.
    :param real: from the documented verb and path to those that the way has.
    """

    def __init__(
        self, session: requests.Session, url: str, real: Callable[[str, str], tuple[str, str]] = lambda *given: given
    ) -> None:
        self._session = session
        self._url = url
        self._real = real

    def send(self, endpoint: str, sent: Sent) -> requests.Response:
        """Send a request for a documented endpoint."""
        method, path = self._real(*endpoint.split(" ", 1))
        path = path.format_map({name: quote(str(value), safe="") for name, value in sent.args.items()})
        return self._session.request(
            method,
            self._url + path,
            params=dict(sent.query),
            json=sent.json,
            files=sent.files,
            timeout=60,
            allow_redirects=False,
        )


def ask_twice(pair: Pair, world: Any, direct: Way, gateway: Way) -> tuple[Any, Any]:
    """Send a pair's request on both ways: what is to be compared of the gateway's answer, and of the system's own."""
    seen = []
    for way in (direct, gateway):
        sent = pair.sent(world)
        seen.append((way.send(pair.endpoint, sent), sent))
    (first, of_first), (second, of_second) = seen
    expected, answered = _compared(pair, first, of_first), _compared(pair, second, of_second)
    expected["type"] = _SHOWN_AS.get(expected["type"], expected["type"])
    hidden: set[str] = set()
    answered["body"] = _unmasked(answered["body"], expected["body"], pair.masked, hidden)
    return {**answered, "hidden": hidden}, {**expected, "hidden": set(pair.masked)}


def _compared(pair: Pair, answer: requests.Response, sent: Sent) -> dict[str, Any]:
    found: dict[str, Any] = {"status": answer.status_code, "type": _content_type(answer)}
    if "Content-Disposition" in answer.headers:
        return {**found, "file": _file_name(answer), "body": _unzipped(answer.content)}
    body: Any = answer.text
    if found["type"] == "application/json":
        body = answer.json()
    elif "*" in pair.varies:
        body = (len(body), body.isdigit())
    return {**found, "body": _comparable(body, pair.varies, sent)}


def _unzipped(content: bytes) -> Any:
    """The members of a zip file such as an xlsx, which tells when it was made, to two seconds; else the content itself."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(each, archive.read(each)) for each in archive.namelist()]


def _content_type(answer: requests.Response) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _file_name(answer: requests.Response) -> str | None:
    found = re.search(r"(?i)filename=\"?([^\";]+)", answer.headers["Content-Disposition"])
    return found[1].strip() if found else None


def _comparable(value: Any, varies: tuple[str, ...], sent: Sent) -> Any:
    if isinstance(value, dict):
        return {
            name: type(each).__name__ if name in varies or name == "timestamp" else _comparable(each, varies, sent)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_comparable(each, varies, sent) for each in value]
    if isinstance(value, str):
        for name, given in sent.args.items():
            value = re.sub(rf"(?<![\w-]){re.escape(str(given))}(?![\w-])", f"{{{name}}}", value)
        return _MADE.sub("made", value)
    return value


def _unmasked(value: Any, expected: Any, masked: tuple[str, ...], hidden: set[str]) -> Any:
    """The value, with what was hidden in it as it was expected."""
    if isinstance(value, dict) and isinstance(expected, dict):
        found = {}
        for name, each in value.items():
            real = expected.get(name)
            if name in masked and each != real and isinstance(each, str) and MASK in each:
                hidden.add(name)
                found[name] = real
            else:
                found[name] = _unmasked(each, real, masked, hidden)
        return found
    if isinstance(value, list) and isinstance(expected, list) and len(value) == len(expected):
        return [_unmasked(each, other, masked, hidden) for each, other in zip(value, expected, strict=True)]
    return value
