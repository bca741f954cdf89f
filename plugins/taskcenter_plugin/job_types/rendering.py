"""Keeps Airflow from rendering what users sent as data."""

from __future__ import annotations

from typing import Any


class NotRendered:
    """For operators of plans: their fields are shown in the UI as they are, and never rendered as Jinja templates."""

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Leave everything as it is; files that a field might name are not read either."""

    def resolve_template_files(self) -> None:
        """Read no file: a definition that ends in ``.sql`` is code, not the name of a file on the server."""
