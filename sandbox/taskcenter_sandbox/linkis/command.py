"""``taskcenter-sandbox linkis``: options, safety, and the server's life."""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn

from taskcenter_sandbox.linkis.app import InUse, LinkisApp
from taskcenter_sandbox.linkis.faults import FAULTS, Faults
from taskcenter_sandbox.linkis.protocol import ConnectionProtocol
from taskcenter_sandbox.linkis.service import API
from taskcenter_sandbox.linkis.settings import LOOPBACK_NAMES, Credentials, JobLimits, Settings

DEFAULT_PORT = 9001
KEEP_ALIVE_SECONDS = 75
STOP_SECONDS = 2

_DEFAULT = Credentials()
_LIMITS = JobLimits()


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the options of the subcommand."""
    width = max(map(len, FAULTS))
    faults = "".join(f"\n  {name:<{width}}  {text}" for name, text in FAULTS.items())
    parser.description = "Run a local Linkis that really runs the SQL, Python and shell code that it is sent."
    parser.epilog = f"faults, written NAME, NAME:N (N times) or NAME:N@K (after K more that go well):{faults}"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--data-dir", type=Path, default=Path(".linkis"), help="where everything is kept (default: %(default)s)"
    )
    parser.add_argument(
        "--user", default=os.environ.get("LINKIS_SANDBOX_USER", _DEFAULT.user), help="who may log in (%(default)s)"
    )
    parser.add_argument(
        "--password",
        default=os.environ.get("LINKIS_SANDBOX_PASSWORD", _DEFAULT.password),
        help="better in LINKIS_SANDBOX_PASSWORD, where other users of the machine do not see it",
    )
    parser.add_argument(
        "--token",
        default=os.environ.get("LINKIS_SANDBOX_TOKEN", _DEFAULT.token),
        help="Token-Code for any Token-User; better in LINKIS_SANDBOX_TOKEN",
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
    parser.add_argument(
        "--scripts", action="append", type=Path, default=[], metavar="DIR", help="let openFile read scripts in DIR"
    )
    parser.add_argument(
        "--allow-shell-words", action="store_true", help="do not refuse rm, find, kill, python, ... in shell code"
    )
    parser.add_argument(
        "--running", type=_at_least(1), default=10, metavar="N", help="jobs of a group that run at once (%(default)s)"
    )
    parser.add_argument(
        "--queue",
        type=_at_least(2),
        default=1000,
        metavar="N",
        help="places of a group; one fewer can wait (%(default)s)",
    )
    parser.add_argument(
        "--session-seconds", type=float, default=3600.0, metavar="N", help="life of an unused session (%(default)s)"
    )
    parser.add_argument(
        "--job-seconds", type=float, default=_LIMITS.wall_seconds, metavar="N", help="time for a job (%(default)s)"
    )
    parser.add_argument(
        "--job-cpu-seconds",
        type=int,
        default=_LIMITS.cpu_seconds,
        metavar="N",
        help="processor time of a process (%(default)s)",
    )
    parser.add_argument(
        "--job-memory-mb",
        type=int,
        default=_LIMITS.memory >> 20,
        metavar="N",
        help="memory of a process, and of all SQL (%(default)s)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped; returns the exit code."""
    credentials = Credentials(options.user, options.password, options.token)
    refusal = refuse_to_listen(options.host, credentials, allow_remote=options.allow_remote)
    if refusal:
        return _fail(refusal)
    faults = Faults()
    try:
        for fault in options.fault:
            faults.set(fault)
        linkis = LinkisApp(_settings(options, credentials), faults)
    except (ValueError, InUse) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"cannot use the data directory {options.data_dir}: {error}")
    # uvicorn stops by itself, then raises the signal again: that must not keep us from stopping the jobs.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    linkis.start()
    print(
        f"Local Linkis at http://{options.host}:{options.port}{API}\n"
        "It RUNS THE CODE IT IS SENT, as you, for anybody who has the password or the token.\n"
        f"Log in as {credentials.user}. Data: {options.data_dir.resolve()}. Ctrl-C stops it and its jobs.",
        flush=True,
    )
    try:
        uvicorn.run(
            linkis.wire,
            host=options.host,
            port=options.port,
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
        linkis.close()
    return 0


def _settings(options: argparse.Namespace, credentials: Credentials) -> Settings:
    limits = JobLimits(
        cpu_seconds=options.job_cpu_seconds, wall_seconds=options.job_seconds, memory=options.job_memory_mb << 20
    )
    return Settings(
        directory=options.data_dir.resolve(),
        credentials=credentials,
        hosts=LOOPBACK_NAMES | {options.host} | {name.lower() for name in options.host_name},
        any_address=not _is_loopback(options.host),
        running_per_group=options.running,
        queue_capacity=options.queue,
        session_seconds=options.session_seconds,
        shell_words=not options.allow_shell_words,
        scripts=tuple(options.scripts),
        limits=limits,
    )


def refuse_to_listen(host: str, credentials: Credentials, *, allow_remote: bool) -> str | None:
    """Why the server must not listen there, or None."""
    if _is_loopback(host):
        return None
    if not allow_remote:
        return f"{host} can be reached by others, who could run code here; add --allow-remote if you mean it"
    if credentials.password in ("", _DEFAULT.password) or credentials.token in ("", _DEFAULT.token):
        return "with --allow-remote, set --password and --token to secrets of your own"
    return None


def _at_least(least: int) -> Callable[[str], int]:
    """A type of argument: a number that is not too small."""

    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
        return value

    return number


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _fail(text: str) -> int:
    print(f"taskcenter-sandbox: {text}", file=sys.stderr)
    return 2
