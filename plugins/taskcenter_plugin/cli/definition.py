"""The commands, as Airflow's command line reads them; what they do is loaded when one is called.

Airflow loads this module at every call of ``airflow``, whatever the command: it imports nothing of ours.
"""

from __future__ import annotations

from typing import Any

from airflow.cli.cli_config import (
    ARG_OUTPUT,
    ARG_VERBOSE,
    ActionCommand,
    Arg,
    CLICommand,
    GroupCommand,
    lazy_load_command,
)


def _arg(*flags: str, **options: Any) -> Arg:
    return Arg(flags, **options)  # type: ignore[no-untyped-call]


_GROUP = _arg("--group", help="Only of this entityGroup", default=None)
_SEARCH = _arg("-q", "--search", help="Only those with this text in key, group or title", default=None)
_LIMIT = _arg("--limit", help="At most so many (default: all)", type=int, default=None)
_NAME = (_arg("entity_group", help="The entityGroup, e.g. LINKIS"), _arg("entity_key", help="The entityKey"))
_FILES = _arg("files", help="YAML files; - is the standard input", nargs="+", metavar="FILE")
_FILE = _arg("-f", "--file", help="Write here instead of to the standard output", default=None)
_USER = _arg("--user", help="Who is noted as creator (default: the user of the operating system)", default=None)


def _command(kind: str, name: str, help_text: str, *args: Arg) -> ActionCommand:
    load = lazy_load_command(f"taskcenter_plugin.cli.{kind}.run_{name}")
    return ActionCommand(name=name, help=help_text, func=load, args=(*args, ARG_VERBOSE))


def _common(kind: str) -> tuple[ActionCommand, ...]:
    return (
        _command(
            kind, "apply", f"Create or change {kind} as YAML files say, each file whole or not at all", _FILES, _USER
        ),
        _command(kind, "list", f"List {kind}", _GROUP, _SEARCH, _LIMIT, ARG_OUTPUT),
        _command(kind, "show", f"Show one of the {kind} as the REST API does", *_NAME),
        _command(kind, "export", f"Write {kind} as YAML that `apply` takes back", _GROUP, _SEARCH, _FILE),
    )


def get_commands() -> list[CLICommand]:
    """The command group ``taskcenter``."""
    sync = _command("plans", "sync", "Write the DAGs of all plans, and what workers read, anew from the tables")
    return [
        GroupCommand(
            name="taskcenter",
            help="Plans and entities of the task center",
            subcommands=(
                GroupCommand(name="entities", help="What plans run", subcommands=_common("entities")),
                GroupCommand(name="plans", help="Execution plans", subcommands=(*_common("plans"), sync)),
            ),
        )
    ]
