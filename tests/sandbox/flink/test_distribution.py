"""What a local Flink needs, and what is said when it is not there."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from taskcenter_sandbox.cli import main
from taskcenter_sandbox.flink import distribution
from taskcenter_sandbox.flink.distribution import FlinkMissing, find_distribution, java_version


@pytest.fixture
def fake_java(tmp_path):
    """Makes a Java home whose program says something."""

    def make(said: str):
        program = tmp_path / "bin" / "java"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\n")
        program.chmod(0o700)
        return program

    return make


@pytest.fixture
def fake_flink(tmp_path, monkeypatch):
    """A package that looks like the distribution, and is found in its place."""
    lib = tmp_path / "packages" / "pyflink" / "lib"
    lib.mkdir(parents=True)
    (lib / "flink-dist-2.3.0.jar").touch()
    monkeypatch.syspath_prepend(tmp_path / "packages")
    importlib.invalidate_caches()
    return lib.parent


def test_without_java_the_error_says_how_to_get_it(fake_flink, tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))
    with pytest.raises(FlinkMissing, match="apt-get install openjdk-17-jre-headless") as caught:
        find_distribution()
    assert "pip install" not in str(caught.value)


def test_without_the_distribution_the_error_names_the_extra(fake_java, tmp_path, monkeypatch):
    fake_java('openjdk version "17.0.15" 2025-04-15')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(FlinkMissing, match=r"pip install 'airflow-taskcenter\[sandbox,flink\]'") as caught:
        find_distribution()
    assert "apt-get" not in str(caught.value)


def test_a_java_that_is_too_old_is_refused_by_its_number(fake_flink, fake_java, tmp_path, monkeypatch):
    fake_java('openjdk version "1.8.0_402"')
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(FlinkMissing, match=r"cannot run on Java 8 .*Java 17 or newer"):
        find_distribution()


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('Picked up JAVA_TOOL_OPTIONS: -Dx=y\njava version "21" 2023-09-19 LTS', 21),
        ('java version "1.8.0_402"', 8),
    ],
)
def test_java_tells_its_version(fake_java, said, number):
    assert java_version(fake_java(said)) == number


def test_something_that_is_no_java_is_named(fake_java):
    with pytest.raises(FlinkMissing, match="does not tell its version: 'not found'"):
        java_version(fake_java("not found"))


def test_the_command_ends_with_what_is_missing(fake_flink, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))
    assert main(["flink", "--data-dir", str(tmp_path / "data")]) == 2
    assert distribution.HOW_TO_GET_JAVA in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
