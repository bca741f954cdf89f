"""The command ``taskcenter-sandbox``: one subcommand a stand-in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns the exit code."""
    parser = argparse.ArgumentParser(prog="taskcenter-sandbox", description="Local stand-ins of the remote systems.")
    commands = parser.add_subparsers(dest="system", required=True)
    linkis = commands.add_parser("linkis", help="a local Apache Linkis")
    try:
        from taskcenter_sandbox.linkis.command import add_parser
    except ImportError as error:
        print(f"taskcenter-sandbox: {error}; install it with: pip install airflow-taskcenter[sandbox]", file=sys.stderr)
        return 2
    add_parser(linkis)
    options = parser.parse_args(arguments)
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
