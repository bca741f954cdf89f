#!/usr/bin/env python3
"""Write the OpenAPI documents of the task center and of its gateway to docs/; tests compare them with the apps."""

from __future__ import annotations

import json
from pathlib import Path

from taskcenter_plugin.gateway.app import create_app as create_gateway
from taskcenter_plugin.routes.app import create_app

DOCS = Path(__file__).resolve().parents[1] / "docs"

if __name__ == "__main__":
    for name, app in (("openapi.json", create_app()), ("openapi-gateway.json", create_gateway())):
        (DOCS / name).write_text(json.dumps(app.openapi(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
