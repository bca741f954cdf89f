#!/usr/bin/env python3
"""Write the OpenAPI document of the task center to docs/openapi.json; a test compares it with the app."""

from __future__ import annotations

import json
from pathlib import Path

from taskcenter_plugin.routes.app import create_app

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"

if __name__ == "__main__":
    DOCUMENT.write_text(json.dumps(create_app().openapi(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
