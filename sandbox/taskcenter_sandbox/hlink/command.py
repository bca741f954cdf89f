"""``taskcenter-sandbox hlink``: options, safety, and the server's life."""

from __future__ import annotations

import argparse

from taskcenter_sandbox.flink.cluster import FlinkCluster, FlinkStartError
from taskcenter_sandbox.flink.distribution import FlinkMissing, find_distribution
from taskcenter_sandbox.gateway.command import add_server_options, fail, is_loopback, refuse_to_listen, serve
from taskcenter_sandbox.gateway.directory import InUse
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.settings import LOOPBACK_NAMES, Credentials
from taskcenter_sandbox.hlink.app import OWN_CLUSTER, HlinkApp
from taskcenter_sandbox.hlink.faults import FAULTS
from taskcenter_sandbox.hlink.settings import DEFAULT_PORT, Settings
from taskcenter_sandbox.waiting import DeadlineExceeded


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.description = (
        "Run a local Hlink. Jobs run on the Flink clusters that it is told of: taskcenter-sandbox flink."
    )
    add_server_options(parser, "hlink", DEFAULT_PORT, FAULTS)
    parser.add_argument(
        "--sync-seconds",
        type=float,
        default=120.0,
        metavar="N",
        help="look every N seconds at the clusters for what became of jobs; 0 for never (%(default)s)",
    )
    parser.add_argument(
        "--session-seconds", type=float, default=7200.0, metavar="N", help="life of an unused session (%(default)s)"
    )
    parser.add_argument(
        "--statebackend-path", default="", metavar="URI", help="where new jobs keep their checkpoints (in memory)"
    )
    parser.add_argument(
        "--flink", action="store_true", help=f"run a Flink as well, which ends with the server; cluster {OWN_CLUSTER!r}"
    )
    parser.add_argument(
        "--flink-port", type=int, default=0, metavar="PORT", help="of that Flink's REST API (a free one)"
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
        if options.flink:
            find_distribution()
        settings = Settings(
            directory=options.data_dir.resolve(),
            credentials=credentials,
            hosts=LOOPBACK_NAMES | {options.host} | {name.lower() for name in options.host_name},
            any_address=not is_loopback(options.host),
            session_seconds=options.session_seconds,
            sync_seconds=options.sync_seconds,
            flink=FlinkCluster(data_dir=options.data_dir / "flink", port=options.flink_port) if options.flink else None,
            statebackend_path=options.statebackend_path,
        )
        hlink = HlinkApp(settings, faults)
    except (ValueError, InUse, FlinkMissing) as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"cannot use the data directory {options.data_dir}: {error}")
    greeting = (
        f"Local Hlink at http://{options.host}:{options.port}\n"
        "It READS FILES AND RUNS CODE, as you, for anybody who has the password or the token.\n"
        f"Log in as {credentials.user}. Data: {options.data_dir.resolve()}. "
        f"{_flink_text(settings.flink)}"
    )
    try:
        return serve(hlink.wire, options.host, options.port, greeting=greeting, start=hlink.start, close=hlink.close)
    except (FlinkStartError, DeadlineExceeded) as error:
        return fail(str(error))


def _flink_text(flink: FlinkCluster | None) -> str:
    if flink is None:
        return "Ctrl-C stops it; jobs on clusters go on."
    return f"A Flink is at {flink.url}, cluster {OWN_CLUSTER!r}. Ctrl-C stops both."
