"""``taskcenter-sandbox linkis``: options, safety, and the server's life."""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import sys
from pathlib import Path

import duckdb
import uvicorn

from taskcenter_sandbox.linkis.app import API, make_app
from taskcenter_sandbox.linkis.auth import Credentials
from taskcenter_sandbox.linkis.faults import FAULTS, Faults
from taskcenter_sandbox.linkis.middleware import CountingProtocol, Statistics

DEFAULT_PORT = 9001
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_DEFAULT = Credentials()


def add_parser(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    faults = "".join(f"\n  {name}[:N]  {text}" for name, text in FAULTS.items())
    parser.description = "Run a local Linkis that really runs the SQL, Python and shell code that it is sent."
    parser.epilog = f"faults:{faults}"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--data-dir", type=Path, default=Path(".linkis"), help="where all is kept (default: %(default)s)"
    )
    parser.add_argument("--user", default=os.environ.get("LINKIS_SANDBOX_USER", _DEFAULT.user))
    parser.add_argument(
        "--password",
        default=os.environ.get("LINKIS_SANDBOX_PASSWORD", _DEFAULT.password),
        help="also LINKIS_SANDBOX_PASSWORD, which other users of the machine cannot see",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("LINKIS_SANDBOX_TOKEN", _DEFAULT.token),
        help="also LINKIS_SANDBOX_TOKEN (default: %(default)s)",
    )
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[:N]", help="switch a fault on; see below")
    parser.add_argument("--allow-remote", action="store_true", help="listen on an address that others can reach")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped; returns the exit code."""
    credentials = Credentials(options.user, options.password, options.token)
    refusal = refuse_to_listen(options.host, credentials, allow_remote=options.allow_remote)
    if refusal:
        print(f"taskcenter-sandbox: {refusal}", file=sys.stderr)
        return 2
    faults = Faults()
    try:
        for fault in options.fault:
            faults.set(fault)
    except ValueError as error:
        print(f"taskcenter-sandbox: {error}", file=sys.stderr)
        return 2
    statistics = Statistics()
    CountingProtocol.statistics = statistics
    # Elsewhere the names by which it is reached are not known; the secrets are one's own there.
    hosts = LOOPBACK_NAMES | {options.host} if _is_loopback(options.host) else None
    try:
        app, close = make_app(options.data_dir.resolve(), credentials, faults, statistics, hosts)
    except (OSError, duckdb.IOException) as error:
        print(
            f"taskcenter-sandbox: the data directory {options.data_dir} is in use by another server, or cannot be "
            f"written: {str(error).splitlines()[0]}",
            file=sys.stderr,
        )
        return 2
    # uvicorn stops by itself, then raises the signal again: without this nobody would stop the jobs.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    print(
        f"Local Linkis at http://{options.host}:{options.port}{API}\n"
        f"It RUNS THE CODE IT IS SENT, as this user, for anybody who has the password or the token.\n"
        f"Log in as {credentials.user}. Data: {options.data_dir.resolve()}. Ctrl-C stops it and its jobs.",
        flush=True,
    )
    try:
        uvicorn.run(
            app,
            host=options.host,
            port=options.port,
            http=CountingProtocol,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
    finally:
        close()
    return 0


def refuse_to_listen(host: str, credentials: Credentials, *, allow_remote: bool) -> str | None:
    """Why the server must not listen there, or None."""
    if _is_loopback(host):
        return None
    if not allow_remote:
        return f"{host} can be reached by others, who could run code here; add --allow-remote if you mean it"
    if credentials.password in ("", _DEFAULT.password) or credentials.token in ("", _DEFAULT.token):
        return "with --allow-remote, set --password and --token to secrets of your own"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
