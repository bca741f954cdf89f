"""The data sources: Linkis' data source manager, as Exchangis uses it (facts section 2)."""

from __future__ import annotations

import re
from typing import Any

from taskcenter_sandbox.exchangis import types
from taskcenter_sandbox.exchangis.database import Database, Row, now_ms
from taskcenter_sandbox.exchangis.errors import Refused
from taskcenter_sandbox.exchangis.settings import Version
from taskcenter_sandbox.exchangis.vault import Vault
from taskcenter_sandbox.gateway.settings import ADMINISTRATOR

Json = dict[str, Any]

MAX_NAME, MAX_DESCRIPTION, MAX_LABEL = 100, 200, 200
NO_SUCH = "No Exists The DataSource [不存在该数据源]"
UNPUBLISHED = "Have you published the data source? [数据源未发布或者参数为空]"
REFERENCED = "目前存在引用依赖"

_NAME = re.compile(r"[\w一-龥-]+")
_DPM_KEYS = ("appid", "objectid", "mkPrivate")


class DataSources:
    """Creates, finds and changes data sources.

    :param vault: encrypts their connection parameters.
    """

    def __init__(self, database: Database, vault: Vault, version: Version) -> None:
        self._db = database
        self.vault = vault
        self._version = version

    def create(self, user: str, body: Json) -> tuple[int, int]:
        """Store a data source and version 1 of its parameters; returns id and version.

        :raises Refused: something is missing or wrong, or the name is taken.
        """
        self._check(body, new=True)
        name, now = str(body["dataSourceName"]), now_ms()
        params = self._params(body)
        with self._db.transaction():
            if self._db.row("select id from data_source where name = ?", name):
                raise Refused(f"The data source name {name} already exists [数据源名称已存在]", in_brackets=True)
            source_id = self._db.insert(
                "data_source", name=name, **_columns(body), create_user=user, create_time=now, modify_time=now
            )
            version = self._add_version(source_id, user, params, body.get("comment"))
        return source_id, version

    def update(self, user: str, source_id: int, body: Json) -> int:
        """Change a data source and add a version of its parameters; returns the version.

        :raises Refused: as :meth:`create`, or it is not there.
        """
        row = self.owned(user, source_id)
        self._check(body, new=False)
        name = str(body.get("dataSourceName") or row["name"])
        with self._db.transaction():
            if self._db.row("select id from data_source where name = ? and id <> ?", name, source_id):
                raise Refused(f"The data source name {name} already exists [数据源名称已存在]", in_brackets=True)
            self._db.update(
                "data_source",
                "id = ?",
                (source_id,),
                name=name,
                **_columns(body),
                modify_user=user,
                modify_time=now_ms(),
            )
            return self._add_version(source_id, user, self._params(body), body.get("comment"))

    def owned(self, user: str, source_id: int) -> Row:
        """A data source that a user may use.

        :raises Refused: it is not there, or belongs to somebody else.
        """
        row = self._db.row("select * from data_source where id = ?", source_id)
        if row is None:
            raise Refused(NO_SUCH, in_brackets=True)
        if user not in (row["create_user"], ADMINISTRATOR):
            raise Refused(
                f"Have no permission to operate data source {row['name']} [没有数据源的操作权限]", in_brackets=True
            )
        return row

    def version(self, source_id: int, version_id: int) -> Row:
        """A version of a data source.

        :raises Refused: it is not there.
        """
        row = self._db.row(
            "select * from data_source_version where source_id = ? and version_id = ?", source_id, version_id
        )
        if row is None:
            raise Refused(NO_SUCH, in_brackets=True)
        return row

    def versions(self, source_id: int) -> list[Row]:
        """All versions, the newest first."""
        statement = "select * from data_source_version where source_id = ? order by version_id desc"
        return self._db.rows(statement, source_id)

    def opened_params(self, version: Row) -> Json:
        """The parameters of a version, passwords in clear."""
        return self.vault.open(version["params"])

    def published(self, user: str, source_id: int) -> tuple[str, Json]:
        """The type and the published parameters of a data source: what metadata and jobs use.

        :raises Refused: it is not there, not published or expired.
        """
        row = self.owned(user, source_id)
        if row["published_version_id"] is None:
            raise Refused(UNPUBLISHED, in_brackets=True)
        if row["expire"]:
            raise Refused(f"The data source {row['name']} has expired [数据源已过期]", in_brackets=True)
        found = types.by_id(row["type_id"])
        assert found is not None  # noqa: S101 # checked when it was created
        return found.name, self.opened_params(self.version(source_id, row["published_version_id"]))

    def publish(self, user: str, source_id: int, version_id: int) -> None:
        """Make a version the one that is used.

        :raises Refused: there is no such version.
        """
        row = self.owned(user, source_id)
        if not 1 <= version_id <= row["version_id"]:
            raise Refused("publish error [数据源发布失败]", in_brackets=True)
        self._db.update("data_source", "id = ?", (source_id,), published_version_id=version_id)

    def expire(self, user: str, source_id: int) -> None:
        """Put it out of use, for good."""
        self.owned(user, source_id)
        self._db.update("data_source", "id = ?", (source_id,), expire=1, modify_user=user, modify_time=now_ms())

    def delete(self, user: str, source_id: int) -> None:
        """Delete it.

        :raises Refused: a job uses it.
        """
        self.owned(user, source_id)
        with self._db.transaction():
            if self._db.row("select job_id from job_data_source where source_id = ?", source_id):
                raise Refused(REFERENCED)
            self._db.run("delete from data_source_version where source_id = ?", source_id)
            self._db.run("delete from data_source where id = ?", source_id)

    def page(self, user: str, wanted: Json, page: int, size: int) -> tuple[list[Row], int]:
        """A page of the data sources that a user may use, and how many there are.

        :param wanted: ``name`` (a part of it), ``type_id``, ``type_name``, ``create_user``.
        """
        conditions, arguments = ["1 = 1"], list[Any]()
        if user != ADMINISTRATOR:
            conditions.append("create_user = ?")
            arguments.append(user)
        if wanted.get("create_user"):
            conditions.append("create_user = ?")
            arguments.append(wanted["create_user"])
        if wanted.get("name"):
            conditions.append("instr(name, ?) > 0")
            arguments.append(wanted["name"])
        if wanted.get("type_id"):
            conditions.append("type_id = ?")
            arguments.append(wanted["type_id"])
        if wanted.get("type_name"):
            found = types.by_name(str(wanted["type_name"]))
            conditions.append("type_id = ?")
            arguments.append(found.id if found else -1)
        where = " and ".join(conditions)
        total = int(self._db.value(f"select count(*) from data_source where {where}", *arguments))  # noqa: S608 # bound
        statement = f"select * from data_source where {where} order by create_time desc, id desc limit ? offset ?"  # noqa: S608 # bound
        offset = (max(1, page) - 1) * max(1, size)
        return self._db.rows(statement, *arguments, max(1, size), offset), total

    def _add_version(self, source_id: int, user: str, params: Json, comment: Any) -> int:
        latest = self._db.value("select version_id from data_source where id = ?", source_id)
        version = int(latest) + 1
        self._db.insert(
            "data_source_version",
            source_id=source_id,
            version_id=version,
            params=self.vault.seal(params),
            comment=None if comment is None else str(comment),
            create_user=user,
            create_time=now_ms(),
        )
        self._db.update("data_source", "id = ?", (source_id,), version_id=version)
        return version

    def _params(self, body: Json) -> Json:
        params = dict(body.get("connectParams") or {})
        if self._version.is_late:
            dropped = ("username", "password") if params.get("authType") == "dpm" else _DPM_KEYS
            for name in dropped:
                params.pop(name, None)
        return params

    def _check(self, body: Json, *, new: bool) -> None:
        name = body.get("dataSourceName")
        if len(str(name or "")) > MAX_NAME:
            raise Refused(f"[Error](dataSourceName):size must be between 0 and {MAX_NAME}")
        if len(str(body.get("dataSourceDesc") or "")) > MAX_DESCRIPTION:
            raise Refused(f"[Error](dataSourceDesc):size must be between 0 and {MAX_DESCRIPTION}")
        if len(str(body.get("label") or "")) > MAX_LABEL:
            raise Refused(f"[Error](label):size must be between 0 and {MAX_LABEL}")
        if (new and not name) or (name and not _NAME.fullmatch(str(name))):
            raise Refused("[Error](dataSourceName):the name of a data source has letters, digits, _ and - only")
        source_type = types.by_id(_whole(body.get("dataSourceTypeId")))
        if source_type is None:
            raise Refused("[Error](dataSourceTypeId):there is no such type of data source")
        if not body.get("createSystem"):
            raise Refused("[Error](createSystem):must not be empty")
        if body.get("comment") is None and (new or not self._version.is_late):
            raise Refused("[Error](comment):must not be null")
        params = body.get("connectParams")
        if not isinstance(params, dict):
            raise Refused("[Error](connectParams):must not be null")
        missing = [key.key for key in source_type.keys if key.required and params.get(key.key) is None]
        if missing and params.get("authType") != "dpm":
            raise Refused(
                f"Param Validate Failed: {', '.join(missing)} [参数校验出错: 缺少 {', '.join(missing)}]",
                in_brackets=True,
            )


def _columns(body: Json) -> Json:
    return {
        "type_id": _whole(body.get("dataSourceTypeId")),
        "description": body.get("dataSourceDesc"),
        "identify": body.get("createIdentify"),
        "system": body.get("createSystem"),
        "label": body.get("label"),
    }


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1
