"""Keeps secrets out of messages: servers echo what they were sent (facts, Linkis section 2)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

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
    spellings = {spelling for secret in secrets if len(secret) >= _MIN_SECRET_CHARS for spelling in _spellings(secret)}
    if spellings:
        # All at once and the longest first, so that no secret leaves a piece of another that it is part of.
        longest_first = sorted(spellings, key=len, reverse=True)
        text = re.sub("|".join(map(re.escape, longest_first)), MASK, text)
    for echo in _ECHOES:
        text = echo.sub(rf"\g<1>{MASK}", text)
    return text


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
    }
