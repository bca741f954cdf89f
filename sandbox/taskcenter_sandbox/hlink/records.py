"""Everything that Hlink stores: documents in a SQLite file, one table a kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from taskcenter_sandbox.exchangis.database import Database
from taskcenter_sandbox.hlink.answers import Json

KINDS = ("cluster", "jar", "data_source", "udf", "job", "job_log")

SCHEMA = (
    "".join(
        f"create table if not exists {kind} (id integer primary key autoincrement, body text not null);"
        for kind in KINDS
    )
    + "create index if not exists job_log_job on job_log (json_extract(body, '$.jobId'));"
)

MOST_ROWS = 1000
"""Of a page."""


def now_text(shift: timedelta = timedelta()) -> str:
    """The time as Hlink writes it."""
    return (datetime.now() + shift).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ005 # the server's own zone, as the real one


class Records:
    """The records of one kind; each is a JSON object with ``id``.

    :param kind: one of :data:`KINDS`.
    """

    def __init__(self, database: Database, kind: str) -> None:
        self._database = database
        self._kind = kind

    def add(self, fields: Mapping[str, Any]) -> Json:
        """Store a new record; returns it with its id."""
        with self._database.transaction():
            record = {**fields, "id": self._database.insert(self._kind, body="{}")}
            self._write(record)
        return record

    def get(self, record_id: int | None) -> Json | None:
        """One record, or None."""
        if record_id is None:
            return None
        row = self._database.row(f"select body from {self._kind} where id = ?", record_id)  # noqa: S608 # our names
        return json.loads(row["body"]) if row else None

    def change(self, record_id: int, expected: Mapping[str, Any] | None = None, **fields: Any) -> Json | None:
        """Change fields of a record; returns it as it is now.

        :param expected: what some fields must be for it to be changed.
        :return: None when there is no such record, or it is not as expected.
        """
        with self._database.transaction():
            record = self.get(record_id)
            if record is None or any(record.get(name) != value for name, value in (expected or {}).items()):
                return None
            record.update(fields)
            self._write(record)
        return record

    def remove(self, record_id: int) -> bool:
        """Delete a record; whether there was one."""
        return self._database.run(f"delete from {self._kind} where id = ?", record_id) > 0  # noqa: S608 # our names

    def find(self, *, like: Mapping[str, str] | None = None, **equal: Any) -> list[Json]:
        """All records with these values, oldest first.

        :param like: texts that fields must contain.
        """
        where, arguments = _conditions(equal, like or {})
        rows = self._database.rows(f"select body from {self._kind} where {where} order by id", *arguments)  # noqa: S608 # our names
        return [json.loads(row["body"]) for row in rows]

    def page(self, number: int, size: int, *, like: Mapping[str, str] | None = None, **equal: Any) -> Json:
        """A page of :meth:`find`, as MyBatis-Plus makes it.

        :param number: from 1; smaller is 1.
        """
        number, size = max(number, 1), min(max(size, 0), MOST_ROWS)
        where, arguments = _conditions(equal, like or {})
        total = self._database.value(f"select count(*) from {self._kind} where {where}", *arguments)  # noqa: S608 # our names
        rows = self._database.rows(
            f"select body from {self._kind} where {where} order by id limit ? offset ?",  # noqa: S608 # our names
            *arguments,
            size,
            (number - 1) * size,
        )
        return {
            "records": [json.loads(row["body"]) for row in rows],
            "total": total,
            "size": size,
            "current": number,
            "searchCount": True,
            "pages": -(-total // size) if size else 0,
        }

    def _write(self, record: Json) -> None:
        body = json.dumps(record, ensure_ascii=False)
        self._database.run(f"update {self._kind} set body = ? where id = ?", body, record["id"])  # noqa: S608 # our names


def _conditions(equal: Mapping[str, Any], like: Mapping[str, str]) -> tuple[str, list[Any]]:
    """A where clause; the names come from us, the values from anybody."""
    parts, arguments = ["1 = 1"], []
    for name, value in equal.items():
        parts.append(f"json_extract(body, '$.{name}') is ?")
        arguments.append(value)
    for name, text in like.items():
        parts.append(f"instr(lower(json_extract(body, '$.{name}')), lower(?)) > 0")
        arguments.append(text)
    return " and ".join(parts), arguments
