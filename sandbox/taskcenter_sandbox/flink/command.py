"""``taskcenter-sandbox flink``: a session cluster until it is stopped."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from taskcenter_sandbox.flink.cluster import TASK_HEAP_MB, FlinkCluster, FlinkStartError
from taskcenter_sandbox.flink.distribution import FlinkMissing
from taskcenter_sandbox.gateway.command import at_least, fail
from taskcenter_sandbox.gateway.directory import InUse
from taskcenter_sandbox.waiting import DeadlineExceeded

DEFAULT_PORT = 8081

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
    parser.set_defaults(run=run)


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
    try:
        cluster.start()
    except (FlinkMissing, InUse) as error:
        return fail(str(error))
    except (FlinkStartError, DeadlineExceeded) as error:
        return fail(f"{error}\nIs port {options.port} in use by another program?")
    except OSError as error:
        return fail(f"cannot use the data directory {options.data_dir}: {error}")
    try:
        print(
            f"Local Flink at {cluster.url} with {options.slots} slots. It RUNS CODE, as you, for everybody on this "
            f"machine: Flink has no login.\nData: {cluster.data_dir}. Ctrl-C stops it and its jobs.",
            flush=True,
        )
        while not stop.wait(_LOOK_SECONDS):
            if cluster.ended:
                return fail(f"the local Flink has ended:\n{cluster.log_tail()}")
        print("Stopping.", flush=True)
        return 0
    finally:
        cluster.stop()
