"""The jars of the SQL Gateway: where they are looked for, how they are fetched, and what is said without them."""

from __future__ import annotations

import hashlib
import os
import shlex

import pytest

from taskcenter_sandbox.cli import main
from taskcenter_sandbox.flink import gateway_jars
from taskcenter_sandbox.flink.distribution import FlinkMissing
from taskcenter_sandbox.flink.gateway_jars import FOLDER_VARIABLE, JARS, fetch_gateway_jars, find_gateway_jars

CONTENT = b"a jar"
NAMES = [f"{name}-{gateway_jars.FLINK_VERSION}.jar" for name in JARS]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home without the jars, and a Maven of nobody."""
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    # The real jars are a megabyte of others' work: any file with the sum that is asked for does.
    monkeypatch.setattr(gateway_jars, "JARS", dict.fromkeys(JARS, hashlib.sha256(CONTENT).hexdigest()))
    return tmp_path


@pytest.fixture
def maven(tmp_path):
    """Makes a Maven that notes how it is called, and brings something."""

    def make(content: bytes = CONTENT, code: int = 0) -> None:
        (tmp_path / "bin").mkdir(exist_ok=True)
        program = tmp_path / "bin" / "mvn"
        program.write_text(
            f"""#!/bin/sh
PATH={shlex.quote(os.defpath)}
echo "$PWD $*" >>{tmp_path}/asked
[ {code} -eq 0 ] || {{ echo '[ERROR] Could not transfer artifact: Connection refused'; exit {code}; }}
for word; do case $word in -Dartifact=*) artifact=${{word#*=}};; -DoutputDirectory=*) folder=${{word#*=}};; esac; done
name=${{artifact#*:}}
printf '%s' {shlex.quote(content.decode())} >"$folder/${{name%%:*}}-${{name##*:}}.jar"
"""
        )
        program.chmod(0o700)

    return make


def test_the_command_fetches_the_jars_where_the_gateway_looks_for_them(home, maven, capsys):
    maven()
    assert main(["flink-sql-gateway-jars"]) == 0
    found = find_gateway_jars()
    assert [jar.name for jar in found] == NAMES
    assert capsys.readouterr().out.split() == [str(jar) for jar in found]
    folder = home / "cache" / "airflow-taskcenter" / "flink-sql-gateway-2.3.0"
    asked = (home / "asked").read_text().splitlines()
    assert len(asked) == len(JARS)
    # In the folder itself, so that a pom.xml of the user's has no say.
    assert all(line.startswith(f"{folder} ") for line in asked)
    assert "-Dartifact=org.apache.flink:flink-sql-gateway:2.3.0" in asked[0]


def test_a_folder_can_be_named_and_what_is_there_is_not_fetched_again(home, maven, monkeypatch):
    maven()
    folder = home / "some where"
    assert main(["flink-sql-gateway-jars", str(folder)]) == 0
    (folder / NAMES[1]).write_bytes(b"half a j")
    fetch_gateway_jars(folder)
    assert len((home / "asked").read_text().splitlines()) == len(JARS) + 1
    with pytest.raises(FlinkMissing):
        find_gateway_jars()
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    assert find_gateway_jars() == find_gateway_jars(folder) == [folder / name for name in NAMES]


def test_another_file_than_was_asked_for_is_refused_by_its_sum(home, maven):
    maven(b"something else")
    with pytest.raises(
        FlinkMissing, match=r"flink-sql-gateway-2\.3\.0\.jar is not the file .*SHA-256 sum is [0-9a-f]{64}"
    ):
        fetch_gateway_jars()


def test_what_maven_says_is_passed_on(home, maven, capsys):
    maven(code=1)
    assert main(["flink-sql-gateway-jars"]) == 2
    said = capsys.readouterr().err
    assert "did not bring org.apache.flink:flink-sql-gateway:2.3.0 (exit code 1)" in said
    assert "Connection refused" in said


def test_without_maven_the_error_says_what_to_install_or_to_put_where(home, capsys):
    assert main(["flink-sql-gateway-jars", str(home / "jars")]) == 2
    said = capsys.readouterr().err
    assert "apt-get install maven" in said
    assert "org.apache.flink:flink-sql-gateway-api:2.3.0" in said
    assert str(home / "jars") in said


def test_a_folder_that_cannot_be_made_is_an_error(home, maven, capsys):
    maven()
    (home / "file").touch()
    assert main(["flink-sql-gateway-jars", str(home / "file" / "jars")]) == 2
    assert "cannot write to" in capsys.readouterr().err


def test_without_the_jars_the_gateway_says_how_to_get_them_before_anything_starts(home, capsys):
    assert main(["flink", "--sql-gateway", "--data-dir", str(home / "data")]) == 2
    said = capsys.readouterr().err
    assert "has no flink-sql-gateway-2.3.0.jar, flink-sql-gateway-api-2.3.0.jar" in said
    assert "run 'taskcenter-sandbox flink-sql-gateway-jars'" in said
    assert not (home / "data").exists()
