"""The command ``taskcenter-sandbox``: one subcommand a stand-in."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence

_EXTRA = ("cryptography", "duckdb", "psutil", "python_multipart", "sqlglot", "starlette", "uvicorn")
"""What the extra ``sandbox`` brings."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns the exit code."""
    parser = argparse.ArgumentParser(prog="taskcenter-sandbox", description="Local stand-ins of the remote systems.")
    commands = parser.add_subparsers(dest="system", required=True)
    missing = [name for name in _EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        text = f"{', '.join(missing)} must be installed: pip install 'airflow-taskcenter[sandbox]'"
        print(f"taskcenter-sandbox: {text}", file=sys.stderr)
        return 2
    from taskcenter_sandbox.exchangis import command as exchangis
    from taskcenter_sandbox.flink import command as flink
    from taskcenter_sandbox.hlink import command as hlink
    from taskcenter_sandbox.linkis import command as linkis

    linkis.add_parser(commands.add_parser("linkis", help="a local Apache Linkis"))
    exchangis.add_parser(commands.add_parser("exchangis", help="a local WeBank Exchangis"))
    hlink.add_parser(commands.add_parser("hlink", help="a local Hlink"))
    flink.add_parser(commands.add_parser("flink", help="a real Apache Flink, with an SQL Gateway if you like"))
    flink.add_jars_parser(commands.add_parser("flink-sql-gateway-jars", help="fetch what that SQL Gateway needs"))
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
