"""``taskcenter-sandbox linkis``: options, safety, and the server's life."""

from __future__ import annotations

import argparse
from pathlib import Path

from taskcenter_sandbox.gateway.command import add_server_options, at_least, fail, is_loopback, refuse_to_listen, serve
from taskcenter_sandbox.gateway.directory import InUse
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.linkis.app import LinkisApp
from taskcenter_sandbox.linkis.faults import FAULTS
from taskcenter_sandbox.linkis.service import API
from taskcenter_sandbox.linkis.settings import LOOPBACK_NAMES, Credentials, JobLimits, Settings

DEFAULT_PORT = 9001

_LIMITS = JobLimits()


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.description = "Run a local Linkis that really runs the SQL, Python and shell code that it is sent."
    add_server_options(parser, "linkis", DEFAULT_PORT, FAULTS)
    parser.add_argument(
        "--scripts", action="append", type=Path, default=[], metavar="DIR", help="let openFile read scripts in DIR"
    )
    parser.add_argument(
        "--allow-shell-words", action="store_true", help="do not refuse rm, find, kill, python, ... in shell code"
    )
    parser.add_argument(
        "--running", type=at_least(1), default=10, metavar="N", help="jobs of a group that run at once (%(default)s)"
    )
    parser.add_argument(
        "--queue",
        type=at_least(2),
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
    if refusal := refuse_to_listen(options.host, credentials, allow_remote=options.allow_remote):
        return fail(refusal)
    faults = Faults(FAULTS)
    try:
        for fault in options.fault:
            faults.set(fault)
        linkis = LinkisApp(_settings(options, credentials), faults)
    except (ValueError, InUse) as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"cannot use the data directory {options.data_dir}: {error}")
    greeting = (
        f"Local Linkis at http://{options.host}:{options.port}{API}\n"
        "It RUNS THE CODE IT IS SENT, as you, for anybody who has the password or the token.\n"
        f"Log in as {credentials.user}. Data: {options.data_dir.resolve()}. Ctrl-C stops it and its jobs."
    )
    return serve(linkis.wire, options.host, options.port, greeting=greeting, start=linkis.start, close=linkis.close)


def _settings(options: argparse.Namespace, credentials: Credentials) -> Settings:
    limits = JobLimits(
        cpu_seconds=options.job_cpu_seconds, wall_seconds=options.job_seconds, memory=options.job_memory_mb << 20
    )
    return Settings(
        directory=options.data_dir.resolve(),
        credentials=credentials,
        hosts=LOOPBACK_NAMES | {options.host} | {name.lower() for name in options.host_name},
        any_address=not is_loopback(options.host),
        running_per_group=options.running,
        queue_capacity=options.queue,
        session_seconds=options.session_seconds,
        shell_words=not options.allow_shell_words,
        scripts=tuple(options.scripts),
        limits=limits,
    )
