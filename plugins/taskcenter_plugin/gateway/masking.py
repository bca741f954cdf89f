"""Keeps passwords that a system shows, such as those of its data sources, from those who ask through the gateway."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from taskcenter.core.masking import MASK, mask

_WORDS = r"passw(?:or)?d|passphrase|pwd|secret|credential|token|access[_-]?key|private[_-]?key"
_SUSPECT = re.compile(rf"(?i){_WORDS}|://[^/\s\"@]*:[^/\s\"@]*@".encode())
_NAME = re.compile(
    r"(?i)^(?:.*[._\-\s])?(?:\w*passw(?:or)?d|passphrase|pwd|\w*secret|credentials?|token|token[_-]code|access[_-]?token|"
    r"(?:access|secret|private|api)[_-]?key)$"
)
_SETTING = re.compile(
    r"""(?i)(['"`]?[\w.-]*(?:passw(?:or)?d|pwd|secret|access[_-]?key|token)['"`]?\s*(?:=>?|:)\s*)"""
    r"""(?:'((?:[^'\\]|\\.|'')*)'|"((?:[^"\\]|\\.)*)")"""
)
"""A setting as a DDL, a script or a configuration has it: ``'password' = '...'``."""
_IN_URL = re.compile(rf"(?i)([?&;](?:{_WORDS})=)([^&;\s'\"]+)")
_USER_INFO = re.compile(r"(://[^/\s:@'\"]*:)([^/\s@'\"]+)(?=@)")
"""An address with user and password before its host."""

_NAMES, _VALUES = ("fieldName", "key", "config_key"), ("fieldValue", "value", "config_value")
"""Where a form has a field's name and its value: ``{"fieldName": "password", "fieldValue": ...}``."""

_MIN_OWN_CHARS = 8
"""A shorter secret of the connection's own stands in answers by chance, as a word or a number."""


def mask_body(body: bytes, secrets: Iterable[str]) -> bytes:
    """An answer's JSON or text without passwords; the very same bytes where there are none.

    :param secrets: the connection's own, which no answer may show wherever they stand.
    """
    own = tuple(
        secret
        for secret in secrets
        if len(secret) >= _MIN_OWN_CHARS and (secret.encode() in body or json.dumps(secret)[1:-1].encode() in body)
    )
    if not own and not _SUSPECT.search(body):
        return body
    try:
        value = json.loads(body)
        masked = _masked(value, own)
        # Escaped as JSON allows: half a letter, which a text can hold in JSON, has no UTF-8.
        return body if masked == value else json.dumps(masked, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return mask(mask_text(body.decode("utf-8", errors="replace")), own).encode()


def mask_text(text: str) -> str:
    """A text, such as a table's DDL or a JDBC address, with the values of its passwords replaced."""
    text = _SETTING.sub(
        lambda found: found.group(1) + (f"'{MASK}'" if found.group(2) is not None else f'"{MASK}"'), text
    )
    return _USER_INFO.sub(rf"\g<1>{MASK}", _IN_URL.sub(rf"\g<1>{MASK}", text))


def holds_mask(body: bytes) -> bool:
    """Whether a request would store the mask as somebody's password, as who sends back what was shown does."""
    if MASK.encode() not in body:
        return False
    try:
        return _any_masked(json.loads(body))
    except (ValueError, RecursionError):
        return False


def _masked(value: Any, own: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        fields = _secret_fields(value)
        return {
            mask(name, own) if own else name: MASK if name in fields or _is_secret(name, each) else _masked(each, own)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_masked(each, own) for each in value]
    if not isinstance(value, str):
        return value
    return mask(mask_text(value), own) if own else mask_text(value)


def _is_secret(name: str, value: Any) -> bool:
    return _is_shown(value) and _NAME.match(name) is not None


def _is_shown(value: Any) -> bool:
    return bool(value) if isinstance(value, str) else isinstance(value, int | float) and not isinstance(value, bool)


def _secret_fields(value: dict[str, Any]) -> set[str]:
    """Those of a form's field that hold a password."""
    if not any(isinstance(value.get(each), str) and _NAME.match(value[each]) for each in _NAMES):
        return set()
    return {each for each in _VALUES if _is_shown(value.get(each))}


def _any_masked(value: Any) -> bool:
    if isinstance(value, dict):
        fields = _secret_fields(value)
        return any(
            (each == MASK and (name in fields or _NAME.match(name))) or _any_masked(each)
            for name, each in value.items()
        )
    if isinstance(value, list):
        return any(map(_any_masked, value))
    return isinstance(value, str) and any(
        MASK in found.group(0) for form in (_SETTING, _IN_URL, _USER_INFO) for found in form.finditer(value)
    )
