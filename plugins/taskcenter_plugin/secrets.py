"""Keeps credentials out of what is stored: connections carry them."""

from __future__ import annotations

import re
from typing import Any

from taskcenter_plugin.errors import BAD_DEFINITION, BadRequest

_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|api_?key|access_?key|private_?key|credential", re.IGNORECASE
)


def refuse_secrets(where: str, data: Any) -> None:
    """Look for fields that by their name hold a credential.

    :raises BadRequest: there is one; its value is not shown.
    """
    if isinstance(data, dict):
        for name, value in data.items():
            if _SECRET_NAME.search(name) and _holds_text(value):
                raise BadRequest(
                    f"{where}.{name} looks like a credential. Put it into an Airflow connection and name that instead.",
                    BAD_DEFINITION,
                )
            refuse_secrets(f"{where}.{name}", value)
    elif isinstance(data, list):
        for number, value in enumerate(data):
            refuse_secrets(f"{where}[{number}]", value)


def _holds_text(value: Any) -> bool:
    """Whether a value, or one in a list, could be a credential."""
    if isinstance(value, list):
        return any(_holds_text(each) for each in value)
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""
