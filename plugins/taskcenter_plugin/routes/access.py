"""The permission that a route needs: every route names one, and Airflow decides, for the DAG of the plan."""

from __future__ import annotations

from enum import Enum
from typing import Any

from sqlalchemy.orm import Session

from taskcenter_plugin.airflow_internals.auth import (
    DagAccessEntity,
    GetUserDep,
    is_authorized,
    readable_dag_ids,
    user_name,
)
from taskcenter_plugin.errors import Forbidden


class Right(Enum):
    """What a route does with a plan: Airflow's method, and the part of the DAG that it concerns."""

    READ = ("GET", None)
    CREATE = ("POST", None)
    EDIT = ("PUT", None)
    DELETE = ("DELETE", None)
    RUN = ("POST", DagAccessEntity.RUN)
    CANCEL = ("PUT", DagAccessEntity.RUN)
    READ_RUNS = ("GET", DagAccessEntity.RUN)
    READ_LOGS = ("GET", DagAccessEntity.TASK_LOGS)
    READ_RESULTS = ("GET", DagAccessEntity.XCOM)


class Access:
    """The user who asks, and the rights that the route has named."""

    def __init__(self, user: Any, rights: tuple[Right, ...]) -> None:
        self.user = user
        self._rights = rights
        self.name = user_name(user)

    def check(self, dag_id: str, *rights: Right) -> None:
        """Refuse what the user may not do with a DAG: the given rights, which the route has named, or all that it has.

        :raises Forbidden: the user may not.
        """
        for right in rights or self._rights:
            if right not in self._rights:
                raise AssertionError(f"The route has not named {right}")
            method, entity = right.value
            if not is_authorized(self.user, method, dag_id, entity):
                what = right.name.lower().replace("_", " ")
                raise Forbidden(f"User {self.name} may not {what} on {dag_id}. Ask an administrator of this Airflow.")

    def may(self, dag_id: str | None, right: Right) -> bool:
        """Whether the user may do this with a DAG, None: with any, for a page to show what it can offer; refuses nothing."""
        method, entity = right.value
        return is_authorized(self.user, method, dag_id, entity)

    def visible(self, session: Session) -> frozenset[str] | None:
        """The DAGs that the user may see; None: all.

        :raises Forbidden: the user may not see of any DAG what the route shows, e.g. its runs.
        """
        for right in self._rights:
            method, entity = right.value
            if entity is not None and not is_authorized(self.user, method, None, entity):
                what = right.name.lower().replace("_", " ")
                raise Forbidden(f"User {self.name} may not {what}. Ask an administrator of this Airflow.")
        return readable_dag_ids(self.user, session)


class Requires:
    """A route's dependency: logs the user in, and says which rights the route is going to check."""

    def __init__(self, *rights: Right) -> None:
        self.rights = rights

    def __call__(self, user: GetUserDep) -> Access:
        """The access of the user who asks."""
        return Access(user, self.rights)
