"""Projects: what jobs belong to, and who may do what with them (facts section 3.2)."""

from __future__ import annotations

from typing import Any

from taskcenter_sandbox.exchangis.database import Database, Row, now_ms
from taskcenter_sandbox.exchangis.errors import Refused, no_permission
from taskcenter_sandbox.exchangis.settings import Version
from taskcenter_sandbox.gateway.settings import ADMINISTRATOR

Json = dict[str, Any]

QUERY, EDIT, EXECUTE = "query", "edit", "execute"
"""What somebody may do in a project; who may edit or execute may look."""

_USERS = {
    QUERY: ("view_users", "edit_users", "exec_users"),
    EDIT: ("edit_users",),
    EXECUTE: ("exec_users", "edit_users"),
}


class Projects:
    """Creates, finds and changes projects."""

    def __init__(self, database: Database, version: Version) -> None:
        self._db = database
        self._version = version

    def create(self, user: str, body: Json) -> int:
        """Store a project and return its id.

        :raises Refused: it has no name, or the name is taken.
        """
        name = str(body.get("name") or "").strip()
        if not name:
            raise Refused("[Error](name):The project name cannot be null(工程名不能为空)")
        with self._db.transaction():
            if self.exists(name):
                raise Refused(f"The project {name} already exists(工程名称已存在)")
            now = now_ms()
            return self._db.insert(
                "project", name=name, **_columns(body), create_user=user, create_time=now, last_update_time=now
            )

    def update(self, user: str, body: Json) -> int:
        """Change a project and return its id.

        :raises Refused: it is not there, or the user may not.
        """
        row = self.allowed(user, _id(body.get("id")), EDIT)
        changes = {"name": str(body.get("name") or row["name"]), **_columns(body)}
        if changes["name"] != row["name"] and self.exists(changes["name"]):
            raise Refused(f"The project {changes['name']} already exists(工程名称已存在)")
        self._db.update("project", "id = ?", (row["id"],), **changes, last_update_user=user, last_update_time=now_ms())
        return int(row["id"])

    def delete(self, user: str, project_id: int) -> None:
        """Delete a project that has no jobs.

        :raises Refused: it has, or is not there, or the user may not.
        """
        row = self.allowed(user, project_id, EDIT)
        if self._db.row("select id from job where project_id = ?", project_id):
            raise Refused(
                "Jobs already exist under this project and the project cannot be deleted(该工程下已存在任务，不能删除)"
            )
        self._db.run("delete from project where id = ?", row["id"])

    def exists(self, name: str) -> bool:
        """Whether a name is taken."""
        return self._db.row("select id from project where name = ?", name) is not None

    def get(self, project_id: int) -> Row | None:
        """A project."""
        return self._db.row("select * from project where id = ?", project_id)

    def allowed(self, user: str, project_id: int, what: str) -> Row:
        """A project that a user may do something with.

        :param what: :data:`QUERY`, :data:`EDIT` or :data:`EXECUTE`.
        :raises Refused: it is not there, or the user may not.
        """
        row = self.get(project_id)
        if row is None:
            raise Refused(f"Project may be deleted or not exist, id: [{project_id}](工程不存在)")
        if not self.may(user, row, what):
            raise no_permission(f"{what} project {row['name']}")
        return row

    def may(self, user: str, row: Row, what: str) -> bool:
        """Whether a user may do something with a project: an administrator (1.1.7 and later), its creator, its users."""
        if user == row["create_user"] or (self._version.is_late and user == ADMINISTRATOR):
            return True
        return any(user in _names(row[column]) for column in _USERS[what])

    def page(self, user: str, name: str, page: int, size: int) -> tuple[list[Row], int]:
        """A page of the projects that a user may look at, and how many there are."""
        rows = self._db.rows("select * from project where instr(name, ?) > 0 order by create_time desc, id desc", name)
        seen = [row for row in rows if self.may(user, row, QUERY)]
        start = (max(1, page) - 1) * max(1, size)
        return seen[start : start + max(1, size)], len(seen)


def view(row: Row, version: Version) -> Json:
    """A project in an answer."""
    return {
        "id": str(row["id"]) if version.is_late else row["id"],
        "name": row["name"],
        "description": row["description"],
        "domain": row["domain"] or "STANDALONE",
        "tags": row["tags"],
        "viewUsers": row["view_users"] or "",
        "editUsers": row["edit_users"] or "",
        "execUsers": row["exec_users"] or "",
        "source": {},
        "createUser": row["create_user"],
        "createTime": row["create_time"],
        "lastUpdateUser": row["last_update_user"],
        "lastUpdateTime": row["last_update_time"],
    }


def _columns(body: Json) -> Json:
    return {
        "description": body.get("description"),
        "domain": body.get("domain"),
        "tags": body.get("tags"),
        "view_users": body.get("viewUsers") or "",
        "edit_users": body.get("editUsers") or "",
        "exec_users": body.get("execUsers") or "",
    }


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _id(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused("[Error](id):The project id cannot be null") from None
