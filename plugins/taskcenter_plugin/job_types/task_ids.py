"""Task ids from the ids of paragraphs and nodes, and back: Airflow allows fewer characters than the documents do."""

from __future__ import annotations

import hashlib
import re

_ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,200}")
_OTHERS = re.compile(r"[^A-Za-z0-9_-]+")


def safe_id(text: str) -> str:
    """The text itself where Airflow allows it as an id, else what is left of it and a hash that keeps it unique."""
    if _ALLOWED.fullmatch(text):
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"{_OTHERS.sub('_', text)[:100].strip('_') or 'id'}-{digest}"
