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
from taskcenter_plugin.plans.service import dag_id_of


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
        self._may_read: dict[tuple[str, str], bool] = {}
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

    def may(self, dag_id: str | None, *rights: Right) -> bool:
        """Whether the user has all of these rights for a DAG, None: for any, so that answers show what there is; refuses nothing."""
        return all(
            is_authorized(self.user, method, dag_id, entity) for method, entity in (each.value for each in rights)
        )

    def may_read(self, name: tuple[str, str]) -> bool:
        """Whether the user may read the plan of this group and key, and what is stored for it, whether or not there is such a plan.

        It is asked once for each, since one answer may want it of many.
        """
        if name not in self._may_read:
            self._may_read[name] = self.may(dag_id_of(*name), Right.READ)
        return self._may_read[name]

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
