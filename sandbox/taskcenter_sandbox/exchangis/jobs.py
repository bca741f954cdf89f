"""Jobs: what can be executed (facts sections 3.2 and 4)."""

from __future__ import annotations

import json
from typing import Any

from taskcenter_sandbox.exchangis import types
from taskcenter_sandbox.exchangis.content import ContentError, entries_of, sub_jobs
from taskcenter_sandbox.exchangis.database import Database, Row, now_ms
from taskcenter_sandbox.exchangis.errors import Refused
from taskcenter_sandbox.exchangis.projects import EDIT, QUERY, Projects
from taskcenter_sandbox.exchangis.settings import Version
from taskcenter_sandbox.gateway.envelope import BadRequest

Json = dict[str, Any]

MAX_NAME = 100


class Jobs:
    """Creates, finds and changes jobs; who may is a matter of their project."""

    def __init__(self, database: Database, projects: Projects, version: Version) -> None:
        self._db = database
        self._projects = projects
        self._version = version

    def create(self, user: str, body: Json) -> Row:
        """Store a job.

        :raises Refused: something is missing or wrong, or the name is taken in the project.
        """
        project = self._projects.allowed(user, whole(body.get("projectId"), "projectId"), EDIT)
        name = self._checked_name(body)
        engine = str(body.get("engineType") or "")
        if not body.get("jobType"):
            raise Refused("[Error](jobType):Job type cannot be null(任务类型不能为空)")
        if engine not in types.ENGINES:
            raise Refused("[Error](engineType):Engine type cannot be null(引擎类型不能为空)")
        content, now = body.get(self.content_field), now_ms()
        with self._db.transaction():
            self._check_unique(project["id"], name, 0)
            job_id = self._db.insert(
                "job",
                project_id=project["id"],
                name=name,
                description=body.get("jobDesc"),
                job_type=str(body["jobType"]),
                engine_type=engine,
                labels=_text(body.get("jobLabels")),
                content=_text(content),
                execute_user=body.get("proxyUser"),
                params=_text(body.get("jobParams")),
                source=_map(body.get("source")),
                create_user=user,
                create_time=now,
                modify_time=now,
            )
            if content:
                self._save_content(job_id, _text(content) or "", engine)
        return self.get(job_id)

    @property
    def content_field(self) -> str:
        """What the content is called in bodies."""
        return "jobContent" if self._version.is_late else "content"

    def get(self, job_id: int) -> Row:
        """A job.

        :raises Refused: it is not there.
        """
        row = self._db.row("select * from job where id = ?", job_id)
        if row is None:
            raise Refused(f"Job related the id: [{job_id}] is Empty(关联的任务不存在)")
        return row

    def allowed(self, user: str, job_id: int, what: str) -> Row:
        """A job that a user may do something with.

        :raises Refused: it is not there, or the user may not.
        """
        row = self.get(job_id)
        if user != row["create_user"]:
            self._projects.allowed(user, row["project_id"], what)
        return row

    def update(self, user: str, job_id: int, body: Json) -> Row:
        """Change name, description and labels."""
        row = self.allowed(user, job_id, EDIT)
        name = self._checked_name({"jobName": row["name"], **body})
        with self._db.transaction():
            self._check_unique(row["project_id"], name, job_id)
            description, labels = body.get("jobDesc", row["description"]), body.get("jobLabels", row["labels"])
            self._change(job_id, user, name=name, description=description, labels=_text(labels))
        return self.get(job_id)

    def configure(self, user: str, job_id: int, body: Json) -> Row:
        """Change the user who executes it, its parameters and its source."""
        row = self.allowed(user, job_id, EDIT)
        self._change(
            job_id,
            user,
            execute_user=body.get("proxyUser", row["execute_user"]),
            params=_text(body.get("jobParams", row["params"])),
            source=_map(body["source"]) if "source" in body else row["source"],
        )
        return self.get(job_id)

    def set_content(self, user: str, job_id: int, body: Json) -> Row:
        """Change what it moves.

        :raises Refused: the content is wrong.
        """
        row = self.allowed(user, job_id, EDIT)
        engine = str(body.get("engineType") or row["engine_type"])
        with self._db.transaction():
            self._save_content(job_id, _text(body.get(self.content_field)) or "", engine)
            self._change(job_id, user, engine_type=engine)
        return self.get(job_id)

    def copy(self, user: str, job_id: int) -> Row:
        """Copy it under the same name, as the real server does."""
        row = self.allowed(user, job_id, EDIT)
        now = now_ms()
        values = {**row, "create_user": user, "create_time": now, "modify_user": None, "modify_time": now}
        del values["id"]
        with self._db.transaction():
            new = self._db.insert("job", **values)
            self._db.run(
                "insert into job_data_source select ?, source_id from job_data_source where job_id = ?", new, job_id
            )
        return self.get(new)

    def delete(self, user: str, job_id: int) -> None:
        """Delete it; its executions stay."""
        self.allowed(user, job_id, EDIT)
        with self._db.transaction():
            self._db.run("delete from job where id = ?", job_id)
            self._db.run("delete from job_data_source where job_id = ?", job_id)

    def page(self, user: str, project_id: int, wanted: Json, page: int, size: int) -> tuple[list[Row], int]:
        """A page of the jobs of a project, and how many there are.

        :param wanted: ``name`` (a part of it), ``job_type``.
        """
        self._projects.allowed(user, project_id, QUERY)
        where, arguments = "project_id = ? and instr(name, ?) > 0", [project_id, wanted.get("name") or ""]
        if wanted.get("job_type"):
            where += " and job_type = ?"
            arguments.append(wanted["job_type"])
        total = int(self._db.value(f"select count(*) from job where {where}", *arguments))  # noqa: S608 # bound
        statement = f"select * from job where {where} order by create_time desc, id desc limit ? offset ?"  # noqa: S608 # bound
        size = max(1, size)
        return self._db.rows(statement, *arguments, size, (max(1, page) - 1) * size), total

    def view(self, row: Row) -> Json:
        """A job in an answer; what it moves comes as the web page keeps it."""
        try:
            entries = entries_of(row["content"])
        except ContentError:
            entries = []
        return {
            "id": str(row["id"]) if self._version.is_late else row["id"],
            "projectId": str(row["project_id"]) if self._version.is_late else row["project_id"],
            "jobName": row["name"],
            "jobType": row["job_type"],
            "engineType": row["engine_type"],
            "jobDesc": row["description"],
            "jobLabels": row["labels"],
            "proxyUser": row["execute_user"],
            "jobParams": row["params"],
            "source": json.loads(row["source"]) if row["source"] else {},
            self.content_field: json.dumps({"subJobs": entries}, ensure_ascii=False),
            "createUser": row["create_user"],
            "createTime": row["create_time"],
            "modifyUser": row["modify_user"],
            "modifyTime": row["modify_time"],
        }

    def _save_content(self, job_id: int, text: str, engine: str) -> None:
        try:
            found = sub_jobs(text, engine)
            if self._version.is_late:
                _check_objects(entries_of(text))
        except ContentError as error:
            raise Refused(f"Error occur while saving the content of job: {error}") from None
        self._db.run("delete from job_data_source where job_id = ?", job_id)
        for source_id in {side.id for each in found for side in (each.source, each.sink)}:
            self._db.insert("job_data_source", job_id=job_id, source_id=source_id)
        self._db.update("job", "id = ?", (job_id,), content=text)

    def _change(self, job_id: int, user: str, **values: Any) -> None:
        self._db.update("job", "id = ?", (job_id,), **values, modify_user=user, modify_time=now_ms())

    def _checked_name(self, body: Json) -> str:
        name = str(body.get("jobName") or "").strip()
        if not name:
            raise Refused("[Error](jobName):Job name cannot be null(任务名不能为空)")
        if len(name) > MAX_NAME:
            raise Refused(f"[Error](jobName):size must be between 0 and {MAX_NAME}")
        return name

    def _check_unique(self, project_id: int, name: str, own_id: int) -> None:
        statement = "select id from job where project_id = ? and name = ? and id <> ?"
        if self._db.row(statement, project_id, name, own_id):
            raise Refused(f"The job {name} already exists in the project(任务名称已存在)")


def whole(value: Any, name: str) -> int:
    """A number of a body, which may be a text.

    :raises Refused: it is none.
    """
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Refused(f"[Error]({name}):cannot be null(不能为空)") from None


def _text(value: Any) -> str | None:
    """A value of a body as it is stored: JSON, unless it is a text already."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _map(value: Any) -> str | None:
    """An object of a body as it is stored.

    :raises BadRequest: it is something else.
    """
    if value is not None and not isinstance(value, dict):
        raise BadRequest("source")
    return _text(value)


def _check_objects(entries: list[Json]) -> None:
    for entry in entries:
        sides = entry["dataSources"]
        if not all(isinstance(sides.get(side), dict) for side in ("source", "sink")):
            raise ContentError(f"Sub job {entry.get('subJobName')} needs source and sink objects in its dataSources")
