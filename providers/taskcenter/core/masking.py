"""Keeps secrets out of messages: servers echo what they were sent (facts, Linkis section 2)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"

_MIN_SECRET_CHARS = 3
"""A shorter "secret" would blank out ordinary text."""

_ECHOES = (
    # "Token Authentication Failed, token: <TOKEN>，tokenUser: <user>" of Linkis' gateway
    re.compile(r"(?i)(\btoken:\s*)([^\s,，;；\"']+)"),
    re.compile(r'(?i)("(?:password|passwd|passwdEncrypt|token|token-code|secret)"\s*:\s*")((?:[^"\\]|\\.)*)'),
    re.compile(r"(?i)((?:password|passwd|token-code)=)([^&\s\"']+)"),
)


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Replace every given secret, as it stands and as JSON or a URL would spell it, and known echoes of one.

    :param text: what is going to be shown or logged.
    :param secrets: passwords and tokens; shorter than three characters are not looked for.
    """
    for secret in secrets:
        if len(secret) >= _MIN_SECRET_CHARS:
            for spelling in {secret, json.dumps(secret)[1:-1], quote(secret, safe="")}:
                text = text.replace(spelling, MASK)
    for echo in _ECHOES:
        text = echo.sub(rf"\g<1>{MASK}", text)
    return text
