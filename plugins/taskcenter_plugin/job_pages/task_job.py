"""What Airflow has on record of a task instance and of its remote job; no other job can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from airflow.models.taskinstance import TaskInstance
from sqlalchemy.orm import Session

from taskcenter.jobs.links import XCOM_JOB_PAGE
from taskcenter.jobs.record import XCOM_JOB, JobRecord
from taskcenter.provider import get_provider_info
from taskcenter_plugin.airflow_internals.task_instances import find_task_instance, has_ended, xcoms_of
from taskcenter_plugin.airflow_internals.task_logs import RETURN_VALUE
from taskcenter_plugin.errors import NotFound

MAX_URL_CHARS = 4000


@dataclass(frozen=True)
class TaskKey:
    """Names a try of a task instance.

    :param try_number: the try; None: the last one, whichever that is.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1
    try_number: int | None = None


@dataclass(frozen=True)
class TaskJob:
    """A task instance, and what its operator has put down about its job.

    :param record: the job; None while there is none.
    :param links: by name, where the systems' own pages show it.
    :param returned: what the task has returned, where it was asked for.
    """

    key: TaskKey
    try_number: int
    state: str | None
    ended: bool
    record: JobRecord | None
    links: dict[str, str] = field(default_factory=dict)
    returned: Any = None

    @property
    def job(self) -> JobRecord:
        """The job.

        :raises NotFound: there is none.
        """
        if self.record is None:
            raise NotFound("The task has no remote job on record, or not yet.")
        return self.record


def read_task_job(key: TaskKey, session: Session, *, with_result: bool = False) -> TaskJob:
    """Read it.

    :param with_result: also what the task has returned, which may be large
    :raises NotFound: there is no such task instance, or a later try has taken its place.
    """
    instance = instance_of(key, session)
    found = xcoms_of(instance, (*xcoms_on_job(), *((RETURN_VALUE,) if with_result else ())), session)
    record, links = job_in(found, key)
    if record is not None and key.try_number not in (None, record.attempt):
        raise _replaced(key, record.attempt)
    return TaskJob(
        key,
        instance.try_number,
        str(instance.state) if instance.state else None,
        has_ended(instance),
        record,
        links,
        found.get(RETURN_VALUE),
    )


def xcoms_on_job() -> tuple[str, ...]:
    """The keys of the XComs in which operators put down what they know of their job."""
    return (XCOM_JOB, *_link_names())


def job_in(found: Mapping[str, Any], key: TaskKey) -> tuple[JobRecord | None, dict[str, str]]:
    """The job that is on record in a task instance's XComs, and by name the links to it."""
    links = {name: found[xcom] for xcom, name in _link_names().items() if _is_address(found.get(xcom))}
    return _record(found.get(XCOM_JOB), key), links


def instance_of(key: TaskKey, session: Session, *, lock: bool = False) -> TaskInstance:
    """The task instance.

    :raises NotFound: there is none, or a later try has taken its place.
    """
    instance = find_task_instance(key.dag_id, key.run_id, key.task_id, key.map_index, session, lock=lock)
    if instance is None:
        raise NotFound("There is no such task instance.")
    if key.try_number is not None and key.try_number < instance.try_number:
        raise _replaced(key, instance.try_number)
    return instance


def _replaced(key: TaskKey, now: int) -> NotFound:
    return NotFound(f"Airflow keeps the job of a task's last try, which is try {now}, not {key.try_number}.")


def _record(value: object, key: TaskKey) -> JobRecord | None:
    """The record, unless it is none, or one that another task instance has made of its own job."""
    try:
        record = JobRecord.from_json(value)
    except ValueError:
        return None
    whose, _, _ = record.key.rpartition("/")
    mine = f"/{key.dag_id}/{key.run_id}/{key.task_id}/{key.map_index}"
    return record if whose.endswith(mine) else None


def _is_address(value: object) -> bool:
    if not isinstance(value, str) or len(value) > MAX_URL_CHARS:
        return False
    try:
        return urlsplit(value).scheme in ("http", "https")
    except ValueError:
        return False


@cache
def _link_names() -> dict[str, str]:
    """By XCom key, the names of the links that the operators have."""
    links = []
    for path in get_provider_info()["extra-links"]:
        module, _, name = path.rpartition(".")
        links.append(getattr(import_module(module), name)())
    return {link.xcom_key: link.name for link in links if link.xcom_key != XCOM_JOB_PAGE}
