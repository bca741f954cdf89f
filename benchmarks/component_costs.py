"""What the components of an Airflow cost: CPU time and memory of their processes, and what its database did."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from taskcenter_sandbox.deployment import AirflowDeployment

_MEGABYTE = 2**20


@dataclass(frozen=True)
class Costs:
    """Between two moments.

    :param cores: by component, how many cores it has used on average
    :param memory_mb: by component, the memory that is its own at the end (its processes' proportional set sizes)
    :param database: by what it is, PostgreSQL's figures
    """

    cores: Mapping[str, float]
    memory_mb: Mapping[str, float]
    database: Mapping[str, float]


@dataclass(frozen=True)
class Snapshot:
    """At one moment.

    :param at: seconds of a clock that only goes on
    :param cpu_seconds: by component, all that it has used since its start
    :param memory_mb: by component
    :param database: transactions, blocks and rows read so far; connections; bytes
    """

    at: float
    cpu_seconds: Mapping[str, float]
    memory_mb: Mapping[str, float]
    database: Sequence[float]

    @classmethod
    def take(cls, airflow: AirflowDeployment, servers: Mapping[str, int | None], database: Sequence[float]) -> Snapshot:
        """Look at the components, and at servers by their process ids."""
        trees = {component: airflow.processes(component) for component in airflow.components}
        for name, pid in servers.items():
            process = psutil.Process(pid)
            trees[name] = [process, *process.children(recursive=True)]
        return cls(
            time.monotonic(),
            {name: sum(map(_cpu_seconds, tree)) for name, tree in trees.items()},
            {name: sum(map(_memory_mb, tree)) for name, tree in trees.items()},
            [float(figure) for figure in database],
        )

    def since(self, before: Snapshot) -> Costs:
        """What was used since an earlier moment."""
        seconds = self.at - before.at
        transactions, blocks, rows = (
            (now - then) / seconds for now, then in zip(self.database[:3], before.database[:3], strict=True)
        )
        return Costs(
            {name: (used - before.cpu_seconds[name]) / seconds for name, used in self.cpu_seconds.items()},
            self.memory_mb,
            {
                "transactions a second": transactions,
                "blocks read a second": blocks,
                "rows read a second": rows,
                "connections": self.database[3],
                "size, MB": self.database[4] / _MEGABYTE,
            },
        )


def _cpu_seconds(process: psutil.Process) -> float:
    """Of a process and of those children that it has outlived."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _memory_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss / _MEGABYTE)
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return 0.0
