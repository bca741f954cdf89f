"""Task ids from the ids of paragraphs and nodes, and back: Airflow allows fewer characters than the documents do."""

from __future__ import annotations

import hashlib
import re

LONGEST = 200
_ALLOWED = re.compile(r"[A-Za-z0-9_-]+")
_OTHERS = re.compile(r"[^A-Za-z0-9_-]+")


def safe_id(text: str, longest: int = LONGEST) -> str:
    """The text itself where Airflow allows it as an id, else what is left of it and a hash that keeps it unique.

    :param longest: of the id, in characters; at least 20
    """
    return text if len(text) <= longest and _ALLOWED.fullmatch(text) else _with_hash(text, longest)


def caseless_id(text: str) -> str:
    """The same, for ids that have to differ by more than upper and lower case."""
    return safe_id(text) if text == text.lower() else _with_hash(text, LONGEST).lower()


def _with_hash(text: str, longest: int) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{_OTHERS.sub('_', text)[: min(100, longest - 13)].strip('_') or 'id'}-{digest}"
