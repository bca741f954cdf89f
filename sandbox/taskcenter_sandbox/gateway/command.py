"""What the subcommands have in common: options, safety, and the server's life."""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from taskcenter_sandbox.gateway.protocol import ConnectionProtocol
from taskcenter_sandbox.gateway.settings import Credentials

KEEP_ALIVE_SECONDS = 75
STOP_SECONDS = 2

_DEFAULT = Credentials()


def add_server_options(parser: argparse.ArgumentParser, system: str, port: int, known: Mapping[str, str]) -> None:
    """Add the options of every subcommand.

    :param system: its name.
    :param port: the default one.
    :param known: its faults, with a line on each.
    """
    prefix = f"{system.upper()}_SANDBOX"
    width = max(map(len, known))
    faults = "".join(f"\n  {name:<{width}}  {text}" for name, text in known.items())
    parser.epilog = f"faults, written NAME, NAME:N (N times) or NAME:N@K (after K more that go well):{faults}"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=port, help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--data-dir", type=Path, default=Path(f".{system}"), help="where everything is kept (default: %(default)s)"
    )
    parser.add_argument(
        "--user", default=os.environ.get(f"{prefix}_USER", _DEFAULT.user), help="who may log in (%(default)s)"
    )
    parser.add_argument(
        "--password",
        default=os.environ.get(f"{prefix}_PASSWORD", _DEFAULT.password),
        help=f"better in {prefix}_PASSWORD, where other users of the machine do not see it",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get(f"{prefix}_TOKEN", _DEFAULT.token),
        help=f"Token-Code for any Token-User; better in {prefix}_TOKEN",
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME[:N][@K]", help="switch a fault on; see below"
    )
    parser.add_argument("--allow-remote", action="store_true", help="listen on an address that others can reach")
    parser.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        help="answer to this name in the Host header as well",
    )


def serve(
    app: ASGIApp, host: str, port: int, *, greeting: str, start: Callable[[], None], close: Callable[[], None]
) -> int:
    """Serve until stopped; returns the exit code.

    :param greeting: printed first.
    :param start: called before that.
    :param close: called at the end, however that comes.
    """
    # uvicorn stops by itself, then raises the signal again: that must not keep us from stopping the jobs.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    start()
    print(greeting, flush=True)
    try:
        uvicorn.run(
            app,
            host=host,
            port=port,
            http=ConnectionProtocol,
            log_level="warning",
            access_log=False,
            lifespan="off",
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    except KeyboardInterrupt:
        print("Stopping.", flush=True)
    finally:
        close()
    return 0


def refuse_to_listen(host: str, credentials: Credentials, *, allow_remote: bool) -> str | None:
    """Why the server must not listen there, or None."""
    if is_loopback(host):
        return None
    if not allow_remote:
        return f"{host} can be reached by others, who could run code here; add --allow-remote if you mean it"
    if credentials.password in ("", _DEFAULT.password) or credentials.token in ("", _DEFAULT.token):
        return "with --allow-remote, set --password and --token to secrets of your own"
    return None


def at_least(least: int) -> Callable[[str], int]:
    """Make a type of argument: a number that is not too small."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
        return value

    return number


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def fail(text: str) -> int:
    """Say why the command does not run; returns the exit code."""
    print(f"taskcenter-sandbox: {text}", file=sys.stderr)
    return 2
