"""The systems whose views are served: what the providers declare, and what this deployment has configured of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from taskcenter import settings as options
from taskcenter.core.endpoint import Endpoint
from taskcenter.core.view import View
from taskcenter.provider import VIEWS
from taskcenter_plugin.gateway.errors import GatewayError
from taskcenter_plugin.gateway.rights import Permission, Use, parse_rights

AS_AIRFLOW_USER = "airflow"


@dataclass(frozen=True)
class Served:
    """A view as this deployment serves it."""

    view: View

    @cached_property
    def default_connection(self) -> str:
        """The connection that the configuration names; empty where the view is off."""
        return options.get_text(options.GATEWAY_CONN_ID.format(self.view.name)).strip()

    @cached_property
    def permissions(self) -> dict[Use, Permission]:
        """By use, what a user must be allowed in Airflow.

        :raises ValueError: the option says something else.
        """
        option = options.GATEWAY_RIGHTS.format(self.view.name)
        return parse_rights(option, options.get_text(option))

    @cached_property
    def as_airflow_user(self) -> bool:
        """Whether requests are made as the Airflow user who asks, not as the connection's user."""
        return self.view.identifies and (
            options.get_text(options.GATEWAY_EXECUTE_USER.format(self.view.name)).strip().lower() == AS_AIRFLOW_USER
        )

    @cached_property
    def hook_class(self) -> Any:
        """The provider's hook, imported when it is first needed."""
        return _imported(self.view.hook)

    def use_of(self, endpoint: Endpoint) -> Use:
        """What an endpoint does, as far as rights go."""
        if endpoint.guarded or (endpoint.changes and not endpoint.runs):
            return Use.CHANGE
        return Use.RUN if endpoint.runs else Use.READ

    def check_on(self) -> None:
        """Refuse where the deployment does not serve the view.

        :raises GatewayError: 404, saying how to switch it on.
        """
        if not self.default_connection:
            option = options.GATEWAY_CONN_ID.format(self.view.name)
            message = (
                f"This Airflow does not serve {self.view.title}. Name a connection of type {self.view.conn_type} in "
                f"[{options.SECTION}] {option} to have it do so."
            )
            raise GatewayError(404, message)


@cache
def served_views() -> tuple[Served, ...]:
    """All of them, in the providers' order."""
    return tuple(Served(_imported(name)) for name in VIEWS)


def view_at(path: str) -> Served:
    """The view that a path belongs to, for errors of paths that there are not."""
    ranked = sorted(
        ((len(_shared(path, served)), index) for index, served in enumerate(served_views())),
        key=lambda each: (-each[0], each[1]),
    )
    return served_views()[ranked[0][1]]


def _shared(path: str, served: Served) -> str:
    """The longest of the view's paths, cut at a slash, that the path begins with."""
    starts = {served.view.path_of(endpoint).split("{")[0] for endpoint in served.view.endpoints}
    parts = {"/".join(start.split("/")[:count]) for start in starts for count in range(2, start.count("/") + 2)}
    fitting = [part for part in parts if part and (path == part or path.startswith(f"{part}/"))]
    return max(fitting, key=len, default="")


def _imported(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)
