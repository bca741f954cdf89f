"""A Flink cluster that does not answer while a job is waited for: for how long that is put up with, and what is said then."""

from __future__ import annotations

import math
from collections.abc import Mapping

from taskcenter.core.errors import ConfigurationError, ErrorContext, JobUnknownError

CLUSTER_PATIENCE = "cluster_patience_seconds"
"""In a reference's handle, and in the connection's extra: how long a cluster that does not answer is waited for."""

DEFAULT_PATIENCE_SECONDS = 600.0

SEE_JOB_MANAGER = "See whether its JobManager runs; one without high availability comes back without its jobs."

_MINUTE = 60


def read_patience(value: object, where: str) -> float:
    """A number of seconds.

    :param where: what has it, for the error.
    :raises ConfigurationError: it is none, or not more than 0.
    """
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ConfigurationError(f"{where} is {value!r:.50}; it must be a number of seconds, more than 0.")
    return seconds


def patience_of_connection(extra: Mapping[str, str], conn_id: str) -> float:
    """For how long a connection has clusters waited for, in seconds.

    :raises ConfigurationError: what its extra says is no number of seconds.
    """
    where = f"Connection {conn_id}: {CLUSTER_PATIENCE} in extra"
    return read_patience(extra.get(CLUSTER_PATIENCE, DEFAULT_PATIENCE_SECONDS), where)


def patience_of(handle: Mapping[str, str], default: float) -> float:
    """For how long the cluster of a job is waited for, in seconds, as its reference says, or else its connection."""
    return float(handle.get(CLUSTER_PATIENCE, default))


def not_known(what: str, address: str, seconds: float, context: ErrorContext, hints: str) -> JobUnknownError:
    """The error for something on a cluster that has been silent for too long.

    :param what: ``job 7``.
    :param address: of the cluster's REST API.
    :param seconds: for how long.
    :param hints: what else is known, and what to do about the cluster.
    """
    message = (
        f"It is not known what has become of {what}: Flink at {address} has not answered for {in_words(seconds)}. {hints} "
        "The job may be running still; a retry of the task goes on with it when Flink answers again. "
        f"{CLUSTER_PATIENCE} of the task or of the connection says for how long a cluster is waited for."
    )
    return JobUnknownError(message, context)


def in_words(seconds: float) -> str:
    """``90 s``, ``10 minutes``."""
    return f"{seconds / _MINUTE:.0f} minutes" if seconds >= 2 * _MINUTE else f"{seconds:.0f} s"
