"""The two jars of Flink's SQL Gateway, which the distribution on PyPI does not have; Maven fetches them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from taskcenter_sandbox.flink.distribution import FlinkMissing

FLINK_VERSION = "2.3.0"
"""That of the extra ``flink``; the gateway runs on the distribution's own jars."""

JARS = {
    "flink-sql-gateway": "aad296a152dc367ddd70727f5a57dd61958cff3d8dceb1f947bf8d9705c8d724",
    "flink-sql-gateway-api": "85658df5d4fc689cd9a5d45b6841dbdbae4a92942b9c3e561cec396fb4e910ff",
}
"""The artifacts of the group ``org.apache.flink``, with the SHA-256 sums of their jars."""

FOLDER_VARIABLE = "TASKCENTER_SQL_GATEWAY_JARS"

FETCH_COMMAND = "taskcenter-sandbox flink-sql-gateway-jars"

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
_FETCH_SECONDS = 300

HOW_TO_GET_JARS = (
    f"run '{FETCH_COMMAND}', which fetches them with Maven, or name a folder that has "
    f"{' and '.join(f'{name}-{FLINK_VERSION}.jar' for name in JARS)} (from Maven's org.apache.flink) with "
    f"--sql-gateway-jars or {FOLDER_VARIABLE}"
)
HOW_TO_GET_MAVEN = (
    "install Maven (on Debian and Ubuntu: apt-get install maven), or put the jars there in another way: "
    f"{', '.join(f'org.apache.flink:{name}:{FLINK_VERSION}' for name in JARS)}"
)


def jar_folder(folder: Path | None = None) -> Path:
    """Where the jars are looked for: the folder given, else that of the environment, else one in the user's cache."""
    if folder is not None:
        return folder.resolve()
    if given := os.environ.get(FOLDER_VARIABLE):
        return Path(given).resolve()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "airflow-taskcenter" / f"flink-sql-gateway-{FLINK_VERSION}"


def find_gateway_jars(folder: Path | None = None) -> list[Path]:
    """The jars, with the sums that they must have.

    :param folder: as for :func:`jar_folder`.
    :raises FlinkMissing: one is not there, or is another file.
    """
    where = jar_folder(folder)
    jars = {name: where / f"{name}-{FLINK_VERSION}.jar" for name in JARS}
    missing = [jar.name for jar in jars.values() if not jar.is_file()]
    if missing:
        raise FlinkMissing(f"Flink's SQL Gateway cannot run: {where} has no {', '.join(missing)}; {HOW_TO_GET_JARS}")
    for name, jar in jars.items():
        if (found := _sum(jar)) != JARS[name]:
            raise FlinkMissing(
                f"Flink's SQL Gateway cannot run: {jar} is not the file that it must be: its SHA-256 sum is {found}, "
                f"not {JARS[name]}; {HOW_TO_GET_JARS}"
            )
    return list(jars.values())


def fetch_gateway_jars(folder: Path | None = None) -> list[Path]:
    """Have Maven copy the jars into the folder, from the repository that its own settings name; returns them.

    What is there already, with the right sum, is not fetched again.

    :param folder: as for :func:`jar_folder`; made where it is not there.
    :raises FlinkMissing: Maven is not installed, did not get them, or got other files.
    """
    where = jar_folder(folder)
    where.mkdir(parents=True, exist_ok=True)
    for name, right in JARS.items():
        jar = where / f"{name}-{FLINK_VERSION}.jar"
        if jar.is_file() and _sum(jar) == right:
            continue
        jar.unlink(missing_ok=True)
        _copy(f"org.apache.flink:{name}:{FLINK_VERSION}", where)
    return find_gateway_jars(where)


def _copy(artifact: str, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise FlinkMissing(f"{artifact} cannot be fetched into {folder} without Maven: {HOW_TO_GET_MAVEN}")
    command = [
        maven, "--batch-mode", "--no-transfer-progress", "--quiet", _COPY, f"-Dartifact={artifact}",
        f"-DoutputDirectory={folder}",
    ]  # fmt: skip
    try:
        # In the folder, so that no project's pom.xml plays a part.
        done = subprocess.run(  # noqa: S603 # the user's own Maven
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise FlinkMissing(f"Maven did not bring {artifact} within {_FETCH_SECONDS} s; try again") from None
    except OSError as error:
        raise FlinkMissing(f"Maven does not run: {error}; {HOW_TO_GET_MAVEN}") from error
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[:6])
        raise FlinkMissing(f"Maven did not bring {artifact} (exit code {done.returncode}):\n{said}")


def _sum(jar: Path) -> str:
    return hashlib.sha256(jar.read_bytes()).hexdigest()
