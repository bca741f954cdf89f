"""What is sent to Linkis to have code run (facts section 4)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taskcenter.core.errors import ConfigurationError
from taskcenter.core.job import JobTag

TAG_KEY, TAG_ATTEMPT = "airflowTag", "airflowTry"
"""Names in ``source``, which Linkis stores with the job and gives back as ``sourceJson``."""

DEFAULT_CREATOR = "airflow"
"""Not ``IDE`` (its SELECTs are cut to 5000 rows) and not ``LINKISCLI`` (its jobs die unwatched); facts section 4."""

_UNSUITABLE_CREATORS = {"linkiscli", "bdpclient"}
_SECTIONS = ("startup", "runtime", "special")
_MAX_CODE_BYTES = 50_000
_MAX_TEXT_BYTES = 65_535
_LABEL_PART = re.compile(r"[^\s,-]+")
_NAME = re.compile(r"[A-Za-z0-9_.]+")
"""What the job history can be searched for (facts section 10), as a lost job is."""


@dataclass(frozen=True)
class LinkisRequest:
    """A piece of code and how to run it.

    :param code: the code.
    :param run_type: its language: ``sql``, ``hql``, ``python``, ``shell``, ...
    :param engine_type: engine and version, such as ``spark-3.2.1``.
    :param variables: substituted for ``${name}`` in the code by Linkis.
    :param configuration: engine settings, in the sections ``startup``, ``runtime`` and ``special``.
    :param labels: further labels, such as ``jobRunningTimeout``.
    :param creator: the application that Linkis books the job under.
    :param script_path: where the code came from; shown by Linkis.
    """

    code: str
    run_type: str
    engine_type: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    configuration: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    creator: str = DEFAULT_CREATOR
    script_path: str | None = None

    @property
    def engine(self) -> str:
        """The engine without its version."""
        return self.engine_type.partition("-")[0]

    def check(self, user: str) -> None:
        """Refuse what Linkis would refuse late, wrongly or not at all.

        :param user: the user the job will run as.
        :raises ConfigurationError: naming the argument and what to do.
        """
        if not self.code.strip():
            raise ConfigurationError(
                "There is no code to run: give code (or a file, or script_path) with something in it."
            )
        if not self.run_type:
            raise ConfigurationError("run_type is empty; give the language of the code, such as sql, python or shell.")
        if "-" not in self.engine_type.strip("-") or not _NAME.fullmatch(self.engine):
            raise ConfigurationError(
                f"engine_type {self.engine_type!r} is not of the form engine-version, such as spark-3.2.1 or shell-1."
            )
        if not _LABEL_PART.fullmatch(user):
            raise ConfigurationError(
                f"The user of the connection is {user!r}; Linkis needs one without '-', ',' and spaces for its "
                "userCreator label."
            )
        if not _NAME.fullmatch(self.creator):
            raise ConfigurationError(
                f"The creator is {self.creator!r}; Linkis needs one of letters, digits, '_' and '.', without '-'."
            )
        if self.creator.lower() in _UNSUITABLE_CREATORS:
            raise ConfigurationError(
                f"The creator {self.creator!r} is kept for Linkis' own clients: its jobs are killed within 30 s "
                "unless watched. Use another one."
            )
        unknown = set(self.configuration) - set(_SECTIONS)
        if unknown:
            raise ConfigurationError(
                f"configuration has the sections {sorted(unknown)}; Linkis knows {', '.join(_SECTIONS)}."
            )
        self._check_params()
        if len(self.code.encode()) >= _MAX_CODE_BYTES:
            raise ConfigurationError(
                f"The code has {len(self.code.encode())} bytes; Linkis takes less than {_MAX_CODE_BYTES}. "
                "Split it, or put the bulk into a file that it reads."
            )

    def body(self, user: str, tag: JobTag | None = None) -> dict[str, Any]:
        """The body of ``POST /entrance/submit``.

        :param user: the user the job will run as.
        :param tag: stored with the job, so that it can be found again.
        """
        source = {"scriptPath": self.script_path or ""}
        if tag is not None:
            source |= {TAG_KEY: tag.key, TAG_ATTEMPT: str(tag.attempt)}
        return {
            "executionContent": {"code": self.code, "runType": self.run_type},
            "params": self._params(),
            "source": source,
            "labels": {
                "engineType": self.engine_type,
                "userCreator": f"{user}-{self.creator}",
                **{name: str(value) for name, value in self.labels.items()},
            },
        }

    def _params(self) -> dict[str, Any]:
        return {
            "variable": dict(self.variables),
            "configuration": {section: dict(self.configuration.get(section) or {}) for section in _SECTIONS},
        }

    def _check_params(self) -> None:
        for name, section in self.configuration.items():
            if section is not None and not isinstance(section, Mapping):
                raise ConfigurationError(f"configuration: {name} is {section!r:.100}; it must be a dict of settings.")
        try:
            size = len(json.dumps(self._params(), ensure_ascii=False, allow_nan=False).encode())
        except (TypeError, ValueError) as error:
            raise ConfigurationError(
                f"variables and configuration cannot be sent as JSON: {error}. Give texts, numbers and booleans."
            ) from error
        if size >= _MAX_TEXT_BYTES:
            raise ConfigurationError(
                f"variables and configuration together have {size} bytes, more than the 64 kB that Linkis stores."
            )
