"""What a user must be allowed in Airflow to use a view: three uses, each mapped to one of Airflow's permissions by the configuration."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeAlias

from taskcenter_plugin.airflow_internals import auth

Permission: TypeAlias = Callable[[Any, str], bool]
"""Whether a user may make a request with that verb."""

VIEW = "view:"


class Use(str, Enum):
    """What a request does with a system."""

    READ = "read"
    """Looks at jobs, results and definitions."""
    RUN = "run"
    """Has jobs run, stop or save their state."""
    CHANGE = "change"
    """Creates, changes or deletes what jobs are made of, or reads files beside the results."""


_KNOWN: dict[str, Permission] = {
    "dag.read": lambda user, _verb: auth.is_authorized(user, "GET", None),
    "dag.run": lambda user, _verb: auth.is_authorized(user, "POST", None, auth.DagAccessEntity.RUN),
    "dag.edit": lambda user, _verb: auth.is_authorized(user, "PUT", None),
    "connection.read": lambda user, _verb: auth.may_connect(user, "GET", None),
    "connection.edit": lambda user, _verb: auth.may_connect(user, "PUT", None),
    "nobody": lambda _user, _verb: False,
}


def parse_rights(option: str, text: str) -> dict[Use, Permission]:
    """Read an option such as ``read=dag.read run=dag.run change=connection.edit``.

    ``view:NAME`` is the permission of a custom view of that name, with the request's verb, for auth managers that have
    such permissions. A use that is not named is nobody's.

    :raises ValueError: it says something else.
    """
    rights = dict.fromkeys(Use, _KNOWN["nobody"])
    for part in text.replace(",", " ").split():
        use, _, name = part.partition("=")
        if use not in {each.value for each in Use}:
            raise ValueError(f"{option}: {use!r} is none of read, run, change")
        rights[Use(use)] = _permission(option, name)
    return rights


def _permission(option: str, name: str) -> Permission:
    if name.startswith(VIEW) and name != VIEW:
        resource = name[len(VIEW) :]
        return lambda user, verb: auth.may_view(user, verb, resource)
    if name not in _KNOWN:
        raise ValueError(f"{option}: {name!r} is none of {', '.join(_KNOWN)}, view:NAME")
    return _KNOWN[name]
