"""What a task instance has on record of its remote job, for whoever looks at the task later: the same for every system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taskcenter.core.job import JobRef

XCOM_JOB = "remote_job"
"""XCom key of the record. Airflow empties it when a try begins, so that it is always about the last one."""

MAX_CHARS = 1000
"""Longest text in a record that is taken for one."""


@dataclass(frozen=True)
class JobRecord:
    """A remote job and where it runs.

    As JSON ``{"conn_type", "conn_id", "id", "handle", "key", "attempt"}``: ``conn_type`` and ``conn_id`` name the Airflow
    connection (``linkis``, ``exchangis``, ``hlink`` or ``flink_rest``), ``id`` and ``handle`` the job there, ``key`` is the
    tag under which it was submitted, and ``attempt`` the try that has it.

    :param ref: the job.
    """

    conn_type: str
    conn_id: str
    ref: JobRef
    key: str
    attempt: int

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "conn_type": self.conn_type,
            "conn_id": self.conn_id,
            **self.ref.to_json(),
            "key": self.key,
            "attempt": self.attempt,
        }

    @classmethod
    def from_json(cls, value: object) -> JobRecord:
        """The reverse of :meth:`to_json`, of data that anybody may have written.

        :raises ValueError: it is no such object.
        """
        if not isinstance(value, Mapping):
            raise ValueError("not a record of a remote job")
        ref = JobRef.from_json(value)
        texts = [value.get(name) for name in ("conn_type", "conn_id", "key")]
        attempt = value.get("attempt")
        handle = (*ref.handle, *ref.handle.values())
        if (
            not all(isinstance(text, str) and len(text) <= MAX_CHARS for text in (*texts, ref.id, *handle))
            or "" in texts
        ):
            raise ValueError("a text in the record of a remote job is missing or too long")
        if not isinstance(attempt, int) or isinstance(attempt, bool) or attempt < 1:
            raise ValueError("the record of a remote job names no try")
        return cls(str(texts[0]), str(texts[1]), ref, str(texts[2]), attempt)
