"""What the figures were made on, so that others can tell what they mean."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

DISTRIBUTIONS = (
    "apache-airflow",
    "apache-airflow-providers-http",
    "apache-airflow-providers-dbt-cloud",
    "apache-airflow-providers-apache-livy",
    "aiohttp",
    "greenback",
    "linkis-python-sdk",
    "requests",
    "pandas",
    "pyarrow",
)


def describe() -> list[str]:
    """The machine and the versions, a line each, without names or paths of the place."""
    memory = psutil.virtual_memory().total / 2**30
    return [
        f"{psutil.cpu_count()} cores, {_cpu_model()}, {memory:.0f} GiB of memory, {platform.system()}",
        f"Python {platform.python_version()}, {', '.join(_versions())}",
    ]


def load() -> float:
    """How many programs wanted a core during the last minute, on average."""
    return os.getloadavg()[0]


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def _versions() -> list[str]:
    found = []
    for name in DISTRIBUTIONS:
        try:
            found.append(f"{name.removeprefix('apache-')} {version(name)}")
        except PackageNotFoundError:
            continue
    return found
