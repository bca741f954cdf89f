"""The plugin class that Airflow finds through the ``airflow.plugins`` entry point: data only, no work at import."""

from __future__ import annotations

from functools import cache
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from taskcenter_plugin import listeners
from taskcenter_plugin.plans.timetable import QuartzTimetable
from taskcenter_plugin.react_apps import react_apps
from taskcenter_plugin.routes.paths import GATEWAY_MOUNT, MOUNT, DocumentedPaths


@cache
def _apps() -> list[dict[str, Any]]:
    """Takes a second; Airflow asks anew whenever its UI wants to know the plugins, at each load of one of its pages."""
    from taskcenter_plugin.gateway.app import create_app as create_gateway
    from taskcenter_plugin.routes.app import create_app

    return [
        {"app": create_app(), "url_prefix": MOUNT, "name": "Task center"},
        {"app": create_gateway(), "url_prefix": GATEWAY_MOUNT, "name": "Task center gateway"},
    ]


class _Apps:
    """Builds the applications when the api-server asks for it; the scheduler and workers, which load the plugin too, never do."""

    def __get__(self, instance: object, owner: type) -> list[dict[str, Any]]:
        return _apps()


class _ReactApps:
    """Reads what was built when it is asked for."""

    def __get__(self, instance: object, owner: type) -> list[dict[str, Any]]:
        return react_apps()


class TaskCenterPlugin(AirflowPlugin):
    """The task center, as ``airflow plugins`` lists it."""

    name = "taskcenter"
    fastapi_apps = _Apps()
    fastapi_root_middlewares = [  # noqa: RUF012  (as Airflow declares these)
        {"middleware": DocumentedPaths, "args": [], "kwargs": {}, "name": "Task center paths"}
    ]
    react_apps = _ReactApps()
    timetables = [QuartzTimetable]  # noqa: RUF012
    listeners = [listeners]  # noqa: RUF012
