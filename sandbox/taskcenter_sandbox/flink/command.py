"""``taskcenter-sandbox flink``: a session cluster, and an SQL Gateway beside it, until it is stopped."""

from __future__ import annotations

import argparse
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

from taskcenter_sandbox.flink.cluster import TASK_HEAP_MB, FlinkCluster, FlinkStartError
from taskcenter_sandbox.flink.distribution import FlinkMissing
from taskcenter_sandbox.flink.gateway_jars import FOLDER_VARIABLE, fetch_gateway_jars, find_gateway_jars, jar_folder
from taskcenter_sandbox.flink.sql_gateway import SqlGateway
from taskcenter_sandbox.gateway.command import at_least, fail
from taskcenter_sandbox.gateway.directory import InUse
from taskcenter_sandbox.waiting import DeadlineExceeded

DEFAULT_PORT = 8081
DEFAULT_GATEWAY_PORT = 8083

_LOOK_SECONDS = 0.5


def add_parser(parser: argparse.ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.description = "Run a real Flink session cluster: a JobManager, a TaskManager, the REST API on 127.0.0.1."
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="of the REST API (%(default)s)")
    parser.add_argument(
        "--data-dir", type=Path, default=Path(".flink"), help="where everything is kept (default: %(default)s)"
    )
    parser.add_argument(
        "--slots", type=at_least(1), default=4, metavar="N", help="parallel tasks at once (%(default)s)"
    )
    parser.add_argument(
        "--task-heap",
        type=at_least(64),
        default=TASK_HEAP_MB,
        metavar="MIB",
        help="memory for what jobs run (%(default)s MiB)",
    )
    parser.add_argument("--no-savepoints", action="store_true", help="have no default place for savepoints")
    parser.add_argument("--sql-gateway", action="store_true", help="run an SQL Gateway as well")
    parser.add_argument(
        "--sql-gateway-port",
        type=int,
        default=DEFAULT_GATEWAY_PORT,
        metavar="PORT",
        help="of its REST API (%(default)s)",
    )
    parser.add_argument("--sql-gateway-jars", type=Path, metavar="DIR", help=f"where its jars are ({jar_folder()})")
    parser.set_defaults(run=run)


def add_jars_parser(parser: argparse.ArgumentParser) -> None:
    """Add the options of the subcommand that fetches the SQL Gateway's jars."""
    parser.description = (
        "Fetch the two jars of Flink's SQL Gateway, 1 MB, with Maven, from the repository that its settings name. "
        "Their SHA-256 sums are checked."
    )
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="DIR",
        help=f"where to put them; flink --sql-gateway finds them there with {FOLDER_VARIABLE}={{DIR}} ({jar_folder()})",
    )
    parser.set_defaults(run=run_jars)


def run_jars(options: argparse.Namespace) -> int:
    """Fetch the jars; returns the exit code."""
    try:
        jars = fetch_gateway_jars(options.folder)
    except FlinkMissing as missing:
        return fail(str(missing))
    except OSError as error:
        return fail(f"cannot write to {jar_folder(options.folder)}: {error}")
    print("\n".join(map(str, jars)))
    return 0


def run(options: argparse.Namespace) -> int:
    """Run the cluster until stopped; returns the exit code."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    cluster = FlinkCluster(
        data_dir=options.data_dir,
        port=options.port,
        slots=options.slots,
        task_heap_mb=options.task_heap,
        savepoints=not options.no_savepoints,
    )
    servers: list[FlinkCluster | SqlGateway] = [cluster]
    with ExitStack() as running:
        try:
            if options.sql_gateway:
                find_gateway_jars(options.sql_gateway_jars)
                servers.append(_gateway(options, cluster))
            for server in servers:
                running.enter_context(server)
        except (FlinkMissing, InUse) as error:
            return fail(str(error))
        except (FlinkStartError, DeadlineExceeded) as error:
            ports = " or ".join(str(server.port) for server in servers)
            return fail(f"{error}\nIs port {ports} in use by another program?")
        except OSError as error:
            return fail(f"cannot use the data directory {options.data_dir}: {error}")
        print(_greeting(servers, options.slots), flush=True)
        while not stop.wait(_LOOK_SECONDS):
            for server in servers:
                if server.ended:
                    return fail(f"the {server.title} has ended:\n{server.log_tail()}")
        print("Stopping.", flush=True)
        return 0


def _gateway(options: argparse.Namespace, cluster: FlinkCluster) -> SqlGateway:
    return SqlGateway(
        data_dir=cluster.data_dir / "sql-gateway",
        cluster_port=cluster.port,
        port=options.sql_gateway_port,
        jars=options.sql_gateway_jars,
    )


def _greeting(servers: list[FlinkCluster | SqlGateway], slots: int) -> str:
    cluster, *gateways = servers
    return (
        f"Local Flink at {cluster.url} with {slots} slots. It RUNS CODE, as you, for everybody on this "
        "machine: Flink has no login.\n"
        + "".join(f"SQL Gateway at {gateway.url}, which runs SQL for everybody, too.\n" for gateway in gateways)
        + f"Data: {cluster.data_dir}. Ctrl-C stops it and its jobs."
    )
