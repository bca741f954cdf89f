"""A PostgreSQL, a MariaDB and a Redis of one's own, from the distribution's packages, on 127.0.0.1 and gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from taskcenter_sandbox.waiting import wait_until

USER, PASSWORD, DATABASE = "shop", "s3cret", "shop"
START_SECONDS = 60
_POSTGRES_PLACES = "/usr/lib/postgresql/*/bin"


class Account(TypedDict, total=False):
    """For :mod:`subprocess`: under whose name a server runs."""

    user: str


class ServerMissingError(Exception):
    """A server cannot be started here; the message says which program is missing."""


def _program(name: str, *places: str) -> str:
    """Where a program is.

    :raises ServerMissingError: it is nowhere
    """
    directories = [str(path) for place in places for path in sorted(Path("/").glob(place.lstrip("/")), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([*directories, os.environ.get("PATH", ""), "/usr/sbin"]))
    if found is None:
        raise ServerMissingError(f"{name} is not installed")
    return found


def _account() -> Account:
    """Under whose name servers run: they refuse to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "mysql", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": name}
    raise ServerMissingError("database servers refuse to run as root, and there is no other account")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _directory(account: Account) -> Iterator[Path]:
    """A directory that the account can use, as pytest's own are not."""
    path = Path(tempfile.mkdtemp(prefix="db-"))
    try:
        if account:
            shutil.chown(path, account["user"])
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _run(command: list[str], directory: Path, account: Account) -> None:
    done = subprocess.run(command, capture_output=True, cwd=directory, text=True, check=False, **account)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}{done.stdout}")


class Server:
    """A server's process, which can die and come back on the same port with the same data.

    :param command: program and arguments
    :param port: where it listens
    :param log: what it writes
    :param account: under whose name it runs
    """

    def __init__(self, command: list[str], port: int, log: Path, account: Account) -> None:
        self._command = command
        self._port = port
        self._log = log
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of its process, None before its start."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        with self._log.open("ab") as output:
            self._process = process = subprocess.Popen(  # noqa: S603
                self._command, stdout=output, stderr=subprocess.STDOUT, cwd=self._log.parent, **self._account
            )

        def answers() -> bool:
            if process.poll() is not None:
                raise RuntimeError(f"{self._command[0]} has ended: {self._log.read_text()}")
            return _accepts(self._port)

        wait_until(
            answers,
            what=self._command[0],
            timeout_seconds=START_SECONDS,
            poll_seconds=0.05,
            last_seen=self._log.read_text,
        )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, with all connections where the signal says so (SIGINT to PostgreSQL), and wait until it is gone."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End it at once, as when its machine fails."""
        self.stop(signal.SIGKILL)


@contextmanager
def _running(command: list[str], port: int, log: Path, account: Account) -> Iterator[Server]:
    server = Server(command, port, log, account)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _params(port: int) -> dict[str, str]:
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "username": USER,
        "password": PASSWORD,
        "databaseName": DATABASE,
    }


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """A PostgreSQL; yields the parameters of a connection to it."""
    with postgres_server() as (params, _server):
        yield params


@contextmanager
def postgres_server() -> Iterator[tuple[dict[str, str], Server]]:
    """As :func:`postgres`, with the server, so that it can be restarted."""
    initdb, server = _program("initdb", _POSTGRES_PLACES), _program("postgres", _POSTGRES_PLACES)
    account, port = _account(), free_port()
    with _directory(account) as directory:
        secret, data = directory / "secret", directory / "data"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["-U", USER, f"--pwfile={secret}", "--auth=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]
        _run([initdb, "-D", str(data), *options], directory, account)
        settings = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={directory}"]
        command = [server, "-D", str(data), "-p", str(port), *settings]
        with _running(command, port, directory / "log", account) as running:
            # By its own program, so that no driver is needed here.
            create = [_program("createdb", _POSTGRES_PLACES), "-h", "127.0.0.1", "-p", str(port), "-U", USER, DATABASE]
            secrets = {**os.environ, "PGPASSWORD": PASSWORD}

            def is_up() -> bool:
                return subprocess.run(create, capture_output=True, env=secrets, check=False).returncode == 0  # noqa: S603

            wait_until(is_up, what="PostgreSQL", timeout_seconds=START_SECONDS, poll_seconds=0.1)
            yield _params(port), running


@contextmanager
def mariadb() -> Iterator[dict[str, str]]:
    """A MariaDB; yields the parameters of a connection to it."""
    install, server = _program("mariadb-install-db"), _program("mariadbd")
    _program("my_print_defaults")  # mariadb-install-db calls it, and comes in another package
    account, port = _account(), free_port()
    with _directory(account) as directory:
        data, script = directory / "data", directory / "init.sql"
        options = ["--no-defaults", f"--datadir={data}", f"--tmpdir={directory}"]
        _run([install, *options, "--auth-root-authentication-method=normal", "--skip-test-db"], directory, account)
        script.write_text(
            f"create database {DATABASE} character set utf8mb4;\n"
            f"create user '{USER}'@'%' identified by '{PASSWORD}';\n"
            f"grant all on *.* to '{USER}'@'%';\n"
        )
        script.chmod(0o644)
        command = [server, *options, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={directory / 'socket'}"]
        command += [f"--init-file={script}", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"]
        with _running(command, port, directory / "log", account):
            # The init file has run when connections are accepted.
            yield _params(port)


@contextmanager
def redis() -> Iterator[str]:
    """A Redis that keeps nothing on disk; yields its URL."""
    with redis_server(durable=False) as (url, _server):
        yield url


@contextmanager
def redis_server(*, durable: bool = True) -> Iterator[tuple[str, Server]]:
    """A Redis; yields its URL and the server, so that it can die and come back.

    :param durable: whether every command is on disk before it is answered
    """
    program, port = _program("redis-server"), free_port()
    with _directory({}) as directory:
        keep = ["--appendonly", "yes", "--appendfsync", "always"] if durable else ["--appendonly", "no"]
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", *keep, "--dir", str(directory)]
        with _running(command, port, directory / "log", {}) as server:
            yield f"redis://127.0.0.1:{port}/0", server
