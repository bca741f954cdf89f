"""Finds Java and the Flink distribution of the package ``apache-flink-libraries``."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST_JAVA = 17

HOW_TO_GET_JAVA = (
    f"install Java {OLDEST_JAVA} or newer (on Debian and Ubuntu: apt-get install openjdk-17-jre-headless), "
    "or set JAVA_HOME to one"
)
HOW_TO_GET_FLINK = "install the Flink distribution: pip install 'airflow-taskcenter[sandbox,flink]'"

_OPENED = (
    "java.lang", "java.lang.reflect", "java.net", "java.io", "java.nio", "java.text", "java.time", "java.util",
    "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks", "sun.nio.ch",
)  # fmt: skip
"""Java's own packages that Flink and its serializers reach into (``env.java.opts.all`` of Flink's own scripts)."""

_QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""A local cluster is started often and computes little: its start counts, not its peak speed."""

_PROBE_SECONDS = 30


class FlinkMissing(RuntimeError):  # noqa: N818 # said to the user, and that is all
    """A local Flink cannot run here; the text says what to install."""


@dataclass(frozen=True)
class Distribution:
    """A Flink distribution and the Java to run it with.

    :param home: the folder with ``lib`` in it.
    :param java: the program.
    """

    home: Path
    java: Path

    @property
    def jars(self) -> list[Path]:
        """What is on Flink's class path."""
        return sorted(self.home.glob("lib/*.jar"))

    @property
    def class_path(self) -> str:
        """:attr:`jars` as Java wants them."""
        return os.pathsep.join(map(str, self.jars))

    @staticmethod
    def java_options(heap_mb: int) -> list[str]:
        """Options of a Java that runs a part of Flink.

        :param heap_mb: the largest heap, MiB.
        """
        opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
        return [f"-Xmx{heap_mb}m", *_QUICK_START, *opened]


def find_distribution() -> Distribution:
    """Find what a local Flink needs.

    :raises FlinkMissing: Java or the distribution is not there.
    """
    java, home = find_java(), _find_home()
    missing = [reason for found, reason in ((java, HOW_TO_GET_JAVA), (home, HOW_TO_GET_FLINK)) if found is None]
    if java is None or home is None:
        raise FlinkMissing(f"a local Flink cannot run: {'; '.join(missing)}")
    version = java_version(java)
    if version < OLDEST_JAVA:
        raise FlinkMissing(f"a local Flink cannot run on Java {version} ({java}): {HOW_TO_GET_JAVA}")
    return Distribution(home, java)


def find_java() -> Path | None:
    """The program of ``JAVA_HOME``, else the one on the path; None without either."""
    if home := os.environ.get("JAVA_HOME"):
        program = Path(home) / "bin" / "java"
        return program if os.access(program, os.X_OK) else None
    found = shutil.which("java")
    return Path(found) if found else None


def java_version(java: Path) -> int:
    """The feature release of a Java, e.g. 17.

    :raises FlinkMissing: it does not say.
    """
    try:
        # Java answers on standard error.
        answer = subprocess.run(  # noqa: S603 # the user's own Java
            [java, "-version"], capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FlinkMissing(f"{java} does not run: {error}; {HOW_TO_GET_JAVA}") from error
    # 1.8.0_402 is Java 8.
    form = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    if form is None:
        raise FlinkMissing(f"{java} does not tell its version: {answer.stderr.strip()[:200]!r}; {HOW_TO_GET_JAVA}")
    return int(form[1])


def _find_home() -> Path | None:
    # Not imported: the whole PyFlink, which has the same name, would start to load.
    spec = importlib.util.find_spec("pyflink")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        home = Path(folder)
        if list(home.glob("lib/flink-dist-*.jar")):
            return home
    return None
