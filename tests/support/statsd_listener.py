"""A StatsD that keeps what it is sent, and an Airflow that sends its metrics there."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest


class StatsdListener:
    """Receives on a free UDP port of this machine.

    :ivar lines: what came, such as ``airflow.taskcenter.polls:3|c``, oldest first.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def _receive(self) -> None:
        while packet := self._socket.recv(65536):
            self.lines += packet.decode().splitlines()

    def close(self) -> None:
        """Take in what has been sent, and end."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def values(self, name: str) -> list[float]:
        """The values that came under a name (without ``airflow.``)."""
        found = (line.partition(":") for line in self.lines)
        return [float(value.split("|")[0]) for full, _, value in found if full == f"airflow.{name}"]

    def total(self, name: str) -> float:
        """The sum of a counter."""
        return sum(self.values(name))

    def wait_for(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until something is so."""
        give_up = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < give_up, f"it did not come about; what came: {self.lines}"
            time.sleep(0.01)


@contextmanager
def airflow_sending_to_statsd(monkeypatch: pytest.MonkeyPatch, **options: str) -> Iterator[StatsdListener]:
    """An Airflow with StatsD switched on, in this process.

    :param options: others of section ``[metrics]``.
    """
    listener = StatsdListener()
    settings = {"statsd_on": "True", "statsd_host": "127.0.0.1", "statsd_port": str(listener.port), **options}
    with monkeypatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(f"AIRFLOW__METRICS__{name.upper()}", value)
        set_metrics_up()
        yield listener
    listener.close()
    set_metrics_up()


def set_metrics_up() -> None:
    """Have this process read section ``[metrics]`` as a new one does."""
    from airflow.sdk.configuration import conf
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics import stats_utils

    from taskcenter.jobs import compat

    if hasattr(stats, "initialize"):
        legacy = conf.getboolean("metrics", "legacy_names_on")
        stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=legacy)
    else:  # 3.2
        stats.Stats.initialize(factory=stats_utils.get_stats_factory(stats.Stats))
    compat.metrics.cache_clear()
    compat.metric_names_with_tags.cache_clear()
