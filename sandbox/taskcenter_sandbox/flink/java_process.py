"""Starts a Java process that runs a part of Flink."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from taskcenter_sandbox.flink.distribution import Distribution
from taskcenter_sandbox.processes.guarded import GuardedProcess

_STRANGE = ("FLINK_", "HADOOP_", "YARN_", "HBASE_", "JAVA_TOOL_OPTIONS")
"""Java would look for Hadoop and for the plugins of another Flink there."""


def launch(
    name: str,
    main_class: str,
    *,
    distribution: Distribution,
    configuration: Path,
    directory: Path,
    heap_mb: int,
    options: Sequence[str] = (),
    arguments: Sequence[str] = (),
    jars: Sequence[Path] = (),
) -> GuardedProcess:
    """Start it, with its temporary files and its log in the directory.

    :param name: of the log file.
    :param configuration: the folder with ``config.yaml`` and ``log4j.properties``.
    :param heap_mb: the largest heap, MiB.
    :param options: of Java.
    :param arguments: of the main class.
    :param jars: what is on the class path beside the distribution.
    """
    logging = (configuration / "log4j.properties").as_uri()
    class_path = os.pathsep.join([*map(str, jars), distribution.class_path])
    command = [
        str(distribution.java), *distribution.java_options(heap_mb), *options, f"-Dlog4j.configurationFile={logging}",
        "-cp", class_path, main_class, *arguments,
    ]  # fmt: skip
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_STRANGE)}
    environment["FLINK_CONF_DIR"] = str(configuration)
    environment["FLINK_PLUGINS_DIR"] = str(directory / "plugins")
    return GuardedProcess(name, command, env=environment, directory=directory)
