"""Ids that a task gives to what it starts, so that Flink itself refuses to start it twice."""

from __future__ import annotations

import hashlib
import re

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.job import JobTag

ID_FORM = re.compile(r"[0-9a-f]{32}")


def id_for(tag: JobTag, attempt: int, seed: str = "") -> str:
    """The Flink id of what a try starts: 32 hexadecimal digits, always the same for the same try.

    :param attempt: the try; each has an id of its own, since Flink takes none of a job that has ended.
    :param seed: tells apart runs of the same name, one of which was deleted.
    """
    return hashlib.sha256("\n".join((tag.key, str(attempt), seed)).encode()).hexdigest()[:32]


def check_job_id(value: object) -> str:
    """A Flink job id.

    :raises ConfigurationError: it is none.
    """
    text = str(value).strip().lower()
    if not ID_FORM.fullmatch(text):
        raise ConfigurationError(
            f"job_id is {str(value)!r:.100}, not a Flink job id (32 hexadecimal digits). Give the job_id of a job, for "
            "example \"{{ ti.xcom_pull('submit')['job_id'] }}\"."
        )
    return text
