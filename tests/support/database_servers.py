"""A PostgreSQL, a MariaDB and a Redis of one's own, from the distribution's packages; tests are skipped where they are missing."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from taskcenter_sandbox.waiting import wait_until

USER, PASSWORD, DATABASE = "shop", "s3cret", "shop"
START_SECONDS = 60
_POSTGRES_PLACES = "/usr/lib/postgresql/*/bin"


def _program(name: str, *places: str) -> str:
    """Where a program is.

    Skips the test if it is nowhere.
    """
    directories = [str(path) for place in places for path in sorted(Path("/").glob(place.lstrip("/")), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([*directories, os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _account() -> dict[str, str]:
    """Under whose name servers run: they refuse to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "mysql", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": name}
    pytest.skip("database servers refuse to run as root, and there is no other account")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _directory(account: dict[str, str]):
    """A directory that the account can use, as pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="db-"))
    try:
        if account:
            shutil.chown(path, account["user"])
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _running(command: list[str], port: int, log: Path, account: dict[str, str]):
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=log.parent, **account)
    try:

        def answers() -> bool:
            assert process.poll() is None, log.read_text()
            return _accepts(port)

        wait_until(answers, what=command[0], timeout_seconds=START_SECONDS, poll_seconds=0.05, last_seen=log.read_text)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _params(port: int) -> dict[str, str]:
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "username": USER,
        "password": PASSWORD,
        "databaseName": DATABASE,
    }


@contextmanager
def postgres():
    """A PostgreSQL; yields the parameters of a connection to it."""
    initdb, server = _program("initdb", _POSTGRES_PLACES), _program("postgres", _POSTGRES_PLACES)
    account, port = _account(), free_port()
    with _directory(account) as directory:
        secret, data = directory / "secret", directory / "data"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["-U", USER, f"--pwfile={secret}", "--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(
            [initdb, "-D", str(data), *options], capture_output=True, cwd=directory, text=True, **account
        )
        assert made.returncode == 0, made.stderr
        settings = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={directory}"]
        with _running([server, "-D", str(data), "-p", str(port), *settings], port, directory / "log", account):
            import psycopg

            params = _params(port)
            address = f"host=127.0.0.1 port={port} user={USER} password={PASSWORD} dbname=postgres connect_timeout=10"

            def is_up() -> bool:
                try:
                    with psycopg.connect(address, autocommit=True) as db:
                        db.execute(f"create database {DATABASE}")
                except psycopg.OperationalError:
                    return False
                return True

            wait_until(is_up, what="PostgreSQL", timeout_seconds=START_SECONDS, poll_seconds=0.05)
            yield params


@contextmanager
def mariadb():
    """A MariaDB; yields the parameters of a connection to it."""
    install, server = _program("mariadb-install-db"), _program("mariadbd")
    _program("my_print_defaults")  # mariadb-install-db calls it, and comes in another package
    account, port = _account(), free_port()
    with _directory(account) as directory:
        data, script = directory / "data", directory / "init.sql"
        options = ["--no-defaults", f"--datadir={data}", f"--tmpdir={directory}"]
        made = subprocess.run(
            [install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"],
            capture_output=True,
            cwd=directory,
            text=True,
            **account,
        )
        assert made.returncode == 0, made.stderr + made.stdout
        script.write_text(
            f"create database {DATABASE} character set utf8mb4;\n"
            f"create user '{USER}'@'%' identified by '{PASSWORD}';\n"
            f"grant all on *.* to '{USER}'@'%';\n"
        )
        script.chmod(0o644)
        command = [server, *options, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={directory / 'socket'}"]
        command += [f"--init-file={script}", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"]
        with _running(command, port, directory / "log", account):
            import pymysql

            params = _params(port)

            def is_up() -> bool:
                try:
                    pymysql.connect(
                        host="127.0.0.1", port=port, user=USER, password=PASSWORD, database=DATABASE
                    ).close()
                except pymysql.MySQLError:
                    return False
                return True

            wait_until(is_up, what="MariaDB", timeout_seconds=START_SECONDS, poll_seconds=0.05)
            yield params


@contextmanager
def redis():
    """A Redis that keeps nothing on disk; yields its URL."""
    server, port = _program("redis-server"), free_port()
    with _directory({}) as directory:
        command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with _running([*command, "--dir", str(directory)], port, directory / "log", {}):
            yield f"redis://127.0.0.1:{port}/0"
