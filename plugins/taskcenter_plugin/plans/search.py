"""What lists of plans look for a text in: one column, whatever the case of the letters."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from taskcenter_plugin.models import SEARCH_LENGTH, Plan


def search_text(group: str, key: str, title: str) -> str:
    """A plan's key, group and title as they are looked through; what is too long is cut at its end."""
    return f"{key}\n{group}\n{title}".casefold()[:SEARCH_LENGTH]


def has_text(text: str) -> ColumnElement[bool]:
    """The condition for plans that have a text in their key, group or title."""
    return Plan.search_text.contains(text.casefold(), autoescape=True)
