"""What all commands have in common."""

from __future__ import annotations

import functools
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from airflow.utils.cli import action_cli, suppress_logs_and_warning

from taskcenter_plugin.errors import TaskCenterError

Command = Callable[[Namespace], None]


def command(run: Command) -> Command:
    """Make a function a command: in Airflow's audit log, quiet unless ``--verbose``, and its errors a line on the standard error."""

    @functools.wraps(run)
    def told(args: Namespace) -> None:
        try:
            run(args)
        except TaskCenterError as error:
            sys.exit(error.message)

    wrapped: Any = action_cli(suppress_logs_and_warning(told))  # type: ignore[no-untyped-call]
    return wrapped  # type: ignore[no-any-return]
