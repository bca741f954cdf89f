"""``taskcenter-sandbox exchangis``: options, safety, and the server's life."""

from __future__ import annotations

import argparse
from pathlib import Path

from taskcenter_sandbox.exchangis.app import ExchangisApp
from taskcenter_sandbox.exchangis.faults import FAULTS
from taskcenter_sandbox.exchangis.neighbour import BOTH_FAULTS, ExchangisWithLinkis
from taskcenter_sandbox.exchangis.settings import PATHS, VERSIONS, Settings, Version
from taskcenter_sandbox.gateway.command import (
    add_server_options,
    at_least,
    fail,
    is_loopback,
    refuse_to_listen,
    serve,
)
from taskcenter_sandbox.gateway.directory import InUse
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.settings import API, LOOPBACK_NAMES, Credentials

DEFAULT_PORT = 9321


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.description = "Run a local Exchangis that really moves data between the data sources it is told of."
    add_server_options(parser, "exchangis", DEFAULT_PORT, FAULTS)
    parser.add_argument(
        "--exchangis-version",
        choices=[str(version) for version in VERSIONS],
        default=str(VERSIONS[-1]),
        help="whose behaviour to show (%(default)s)",
    )
    parser.add_argument(
        "--paths", choices=PATHS, default=PATHS[0], help="serve the real paths, the documented ones or (%(default)s)"
    )
    parser.add_argument(
        "--warehouse", type=Path, metavar="FILE", help="the DuckDB file that stands for Hive (in the data directory)"
    )
    parser.add_argument(
        "--linkis", action="store_true", help="serve a local Linkis as well; its warehouse stands for Hive then"
    )
    parser.add_argument(
        "--running", type=at_least(1), default=20, metavar="N", help="tasks of a user that run at once (%(default)s)"
    )
    parser.add_argument(
        "--batch-rows", type=at_least(1), default=5000, metavar="N", help="rows moved at a time (%(default)s)"
    )
    parser.add_argument(
        "--session-seconds", type=float, default=7200.0, metavar="N", help="life of an unused session (%(default)s)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped; returns the exit code."""
    credentials = Credentials(options.user, options.password, options.token)
    if refusal := refuse_to_listen(options.host, credentials, allow_remote=options.allow_remote):
        return fail(refusal)
    if options.linkis and options.warehouse:
        return fail("--warehouse and --linkis exclude each other: Linkis brings its own warehouse")
    faults = Faults(BOTH_FAULTS if options.linkis else FAULTS)
    try:
        for fault in options.fault:
            faults.set(fault)
        settings = _settings(options, credentials)
        exchangis = ExchangisWithLinkis(settings, faults) if options.linkis else ExchangisApp(settings, faults)
    except (ValueError, InUse) as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"cannot use the data directory {options.data_dir}: {error}")
    greeting = (
        f"Local Exchangis {options.exchangis_version} at http://{options.host}:{options.port}{API}\n"
        f"{'A local Linkis is at the same address. ' if options.linkis else ''}"
        "It READS AND WRITES DATABASES AND FILES, as you, for anybody who has the password or the token.\n"
        f"Log in as {credentials.user}. Data: {options.data_dir.resolve()}. Ctrl-C stops it and its jobs."
    )
    return serve(
        exchangis.wire, options.host, options.port, greeting=greeting, start=exchangis.start, close=exchangis.close
    )


def _settings(options: argparse.Namespace, credentials: Credentials) -> Settings:
    return Settings(
        directory=options.data_dir.resolve(),
        credentials=credentials,
        version=Version.parse(options.exchangis_version),
        paths=options.paths,
        warehouse=options.warehouse.resolve() if options.warehouse else None,
        hosts=LOOPBACK_NAMES | {options.host} | {name.lower() for name in options.host_name},
        any_address=not is_loopback(options.host),
        session_seconds=options.session_seconds,
        running_tasks=options.running,
        batch_rows=options.batch_rows,
    )
