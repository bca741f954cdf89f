"""What the plugin puts into Airflow's UI: the task center in its navigation, and a tab on DAGs and DAG runs.

The React application is built from ``www/`` into ``www_dist/``, an ES module that Airflow's UI imports. It looks for the component
under ``globalThis[name]``, so the names are those that ``www/src/main.ts`` gives. Imports nothing heavy: schedulers load this, too.
"""

from __future__ import annotations

import hashlib
import logging
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf

from taskcenter_plugin.routes.paths import MOUNT

log = logging.getLogger(__name__)
BUILT = Path(__file__).resolve().parent / "www_dist"
ENTRY = "main.js"
_APPS = (
    ("Task center", "nav", "task-center"),
    ("Task center plan", "dag", "task-center-plan"),
    ("Task center run", "dag_run", "task-center-run"),
)
FILES = f"{MOUNT}/ui"
"""Where the built files are served."""


def build_version() -> str | None:
    """What tells one build from another, for caches: the entry names all other files by their hashes. None: nothing is built."""
    try:
        return hashlib.sha256((BUILT / ENTRY).read_bytes()).hexdigest()[:16]
    except OSError:
        return None


@cache
def react_apps() -> list[dict[str, Any]]:
    """The plugin's ``react_apps``; always the same list, for Airflow takes out of it what clashes with other plugins."""
    version = build_version()
    if version is None:
        log.warning("The task center's page is not built, so Airflow's UI does not show it. `make ui` builds it.")
        return []
    # As the browser sees it: behind a proxy, Airflow may be below a path.
    files = f"{urlsplit(conf.get('api', 'base_url', fallback='') or '').path.rstrip('/')}{FILES}"
    bundle_url = f"{files}/{ENTRY}?v={version}"
    return [
        {"name": name, "bundle_url": bundle_url, "destination": destination, "url_route": route, "nav_top_level": True}
        for name, destination, route in _APPS
    ]
