"""The operators that run a program on Flink, take a savepoint of a job, and stop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from taskcenter.core.errors import ConfigurationError, JobFailedError
from taskcenter.core.job import JobRef
from taskcenter.core.status import JobStatus
from taskcenter.flink.operator import FlinkJobOperator, FlinkOperator, job_id_of
from taskcenter.flink.request import CancelRequest, JarRequest, SavepointRequest, StopRequest

FORMATS = ("CANONICAL", "NATIVE")


class FlinkJarOperator(FlinkJobOperator):
    """Run a program in a jar on a Flink cluster.

    The job is submitted exactly once: the task chooses its id, which Flink takes only once, so that a retry adopts the
    job of a try that was killed, or returns the result of one that has finished. Exceptions, the tasks' states, records
    and checkpoints appear in the task log while it runs; killing the task cancels the job.

    The task returns ``{"job_id", "name", "status", "records_in", "records_out"}``.

    .. seealso:: :doc:`/flink`

    :param jar: path of a jar on the worker; it is uploaded unless the cluster has it. (templated)
    :param jar_id: instead of it: the cluster's id of an uploaded jar. (templated)
    :param entry_class: the class with the main method; the jar's manifest names it by default. (templated)
    :param arguments: of the main method. (templated)
    :param parallelism: of the job; the cluster's default without it.
    :param savepoint_path: the savepoint to go on from. (templated)
    :param allow_non_restored_state: whether the savepoint may hold state that the program has no place for.
    :param configuration: Flink's options for the job, such as ``{"pipeline.name": "orders"}``. (templated)
    :param wait_until: ``finished``, or ``running`` to leave the job running. (templated)
    :param stable_seconds: for how long it must have run then.
    """

    template_fields: Sequence[str] = (
        "jar",
        "jar_id",
        "entry_class",
        "arguments",
        "savepoint_path",
        "configuration",
        "wait_until",
        "flink_conn_id",
    )
    template_fields_renderers = {"configuration": "json"}  # noqa: RUF012 # Airflow's way

    def __init__(
        self,
        *,
        jar: str | None = None,
        jar_id: str | None = None,
        entry_class: str | None = None,
        arguments: Sequence[str] = (),
        parallelism: int | None = None,
        savepoint_path: str | None = None,
        allow_non_restored_state: bool = False,
        configuration: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.jar = jar
        self.jar_id = jar_id
        self.entry_class = entry_class
        self.arguments = arguments
        self.parallelism = parallelism
        self.savepoint_path = savepoint_path
        self.allow_non_restored_state = allow_non_restored_state
        self.configuration = configuration

    def build_request(self) -> JarRequest:
        """The program, its jar uploaded where the cluster does not have it.

        :raises ConfigurationError: an argument is missing or wrong.
        """
        seconds = self.running_for()
        if bool(self.jar) == bool(self.jar_id):
            raise ConfigurationError("Give either jar or jar_id, and only one of them.")
        if isinstance(self.arguments, str):
            raise ConfigurationError(f"arguments is the text {self.arguments!r:.100}; give a list, one text each.")
        if self.parallelism is not None and self.parallelism < 1:
            raise ConfigurationError(f"parallelism is {self.parallelism}; it must be 1 or more.")
        jar_id = self.jar_id or self.flink_hook.ensure_jar(str(self.jar))
        return JarRequest(
            jar_id=jar_id,
            entry_class=self.entry_class,
            arguments=tuple(str(argument) for argument in self.arguments),
            parallelism=self.parallelism,
            savepoint_path=self.savepoint_path,
            allow_non_restored_state=self.allow_non_restored_state,
            configuration=as_options(self.configuration),
            running_for=seconds,
            seed=self.seed,
        )


class _SavepointOperator(FlinkOperator):
    """Says of a savepoint that failed which job it was of."""

    job_id: Any

    def _finish(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super()._finish(*args, **kwargs)
        except JobFailedError as error:
            text = (
                f"No savepoint of job {job_id_of(self.job_id)} was made; see on its page whether it goes on. "
                f"{error.message}"
            )
            raise JobFailedError(text, error.context) from error


class FlinkSavepointOperator(_SavepointOperator):
    """Take a savepoint of a running job, which goes on.

    It is triggered once: a retry waits for the savepoint of a try that was killed (Flink 1.15 and later). A savepoint
    that has begun cannot be called off: killing the task leaves it.

    The task returns ``{"job_id", "savepoint_path"}``.

    .. seealso:: :doc:`/flink`

    :param job_id: the job's id, or what the task that started it returned. (templated)
    :param target_directory: where to put it; the cluster's default without it. (templated)
    :param format_type: ``CANONICAL`` or ``NATIVE``; Flink's default without it.
    """

    template_fields: Sequence[str] = ("job_id", "target_directory", "flink_conn_id")

    def __init__(
        self,
        *,
        job_id: Any,
        target_directory: str | None = None,
        format_type: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.target_directory = target_directory
        self.format_type = format_type

    def build_request(self) -> SavepointRequest:
        """The savepoint.

        :raises ConfigurationError: an argument is wrong.
        """
        check_format(self.format_type)
        return SavepointRequest(job_id_of(self.job_id), self.target_directory, self.format_type, self.seed)

    def make_result(self, ref: JobRef, status: JobStatus) -> dict[str, Any]:  # noqa: ARG002 # the base's signature
        """The job, and where the savepoint is."""
        path = status.details.get("location")
        self.log.info("The savepoint is at %s", path)
        return {"job_id": job_id_of(self.job_id), "savepoint_path": path}


class FlinkStopOperator(_SavepointOperator):
    """Stop a job: with a savepoint to go on from later, or at once without one.

    The task returns ``{"job_id", "savepoint_path"}``; the latter is None without a savepoint. A savepoint that fails
    lets the job go on, and fails the task with Flink's reason.

    .. seealso:: :doc:`/flink`

    :param job_id: the job's id, or what the task that started it returned. (templated)
    :param savepoint: whether to take one; without it the job is cancelled.
    :param target_directory: where to put it; the cluster's default without it. (templated)
    :param drain: let all windows fire before, for a job that is never to go on.
    :param format_type: ``CANONICAL`` or ``NATIVE``; Flink's default without it.
    """

    template_fields: Sequence[str] = ("job_id", "target_directory", "flink_conn_id")

    def __init__(
        self,
        *,
        job_id: Any,
        savepoint: bool = True,
        target_directory: str | None = None,
        drain: bool = False,
        format_type: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.savepoint = savepoint
        self.target_directory = target_directory
        self.drain = drain
        self.format_type = format_type

    def build_request(self) -> StopRequest | CancelRequest:
        """The end of the job.

        :raises ConfigurationError: an argument is wrong.
        """
        job_id = job_id_of(self.job_id)
        check_format(self.format_type)
        if self.savepoint:
            return StopRequest(job_id, self.target_directory, self.drain, self.format_type, self.seed)
        if self.drain or self.target_directory or self.format_type:
            raise ConfigurationError("drain, target_directory and format_type are for a savepoint; set savepoint.")
        return CancelRequest(job_id, self.seed)

    def make_result(self, ref: JobRef, status: JobStatus) -> dict[str, Any]:  # noqa: ARG002 # the base's signature
        """The job, and where its savepoint is."""
        path = status.details.get("location")
        self.log.info("The job has stopped%s", f"; its savepoint is at {path}" if path else "")
        return {"job_id": job_id_of(self.job_id), "savepoint_path": path}


def as_options(configuration: Mapping[str, Any] | None) -> dict[str, str]:
    """Flink's options as the texts that it wants.

    :raises ConfigurationError: they are no mapping of names to plain values.
    """
    options: dict[str, str] = {}
    if configuration is not None and not isinstance(configuration, Mapping):
        raise ConfigurationError(f"configuration is {configuration!r:.100}; give a dict of Flink's options.")
    for name, value in (configuration or {}).items():
        if isinstance(value, Mapping | list | tuple | set) or value is None:
            raise ConfigurationError(f"configuration: {name} is {value!r:.100}; give a text, a number or a boolean.")
        options[str(name)] = str(value).lower() if isinstance(value, bool) else str(value)
    return options


def check_format(format_type: str | None) -> None:
    """Refuse a savepoint format that Flink does not have.

    :raises ConfigurationError: it is not one of :data:`FORMATS`.
    """
    if format_type is not None and format_type not in FORMATS:
        raise ConfigurationError(f"format_type is {format_type!r}; it can be {' or '.join(FORMATS)}.")
