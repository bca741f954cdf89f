#!/usr/bin/env python3
"""Fill what the documentation takes from the code: quoted examples and tables.

Between two HTML comments of a Markdown file stands what this script writes::

    <!-- region dags/example_linkis_sql.py linkis_sql -->     the lines between [START linkis_sql] and [END linkis_sql]
    <!-- /region -->
    <!-- file dags/sql/daily_revenue.sql -->                  a whole file
    <!-- /file -->
    <!-- table options -->                                    one of TABLES
    <!-- /table -->

``scripts/docs.py`` writes, ``scripts/docs.py --check`` only says what would change, with exit code 1.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from taskcenter import settings
from taskcenter.core import errors
from taskcenter.linkis.endpoints import parse_data
from taskcenter_sandbox.exchangis.faults import FAULTS as EXCHANGIS_FAULTS
from taskcenter_sandbox.gateway.faults import GATEWAY_FAULTS
from taskcenter_sandbox.hlink.faults import FAULTS as HLINK_FAULTS
from taskcenter_sandbox.linkis.faults import FAULTS

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "README.zh-CN.md", "docs/**/*.md")

_MARKER = re.compile(r"^<!-- (region|file|table) (.+?) -->$")
_LANGUAGES = {".py": "python", ".sql": "sql", ".hql": "sql", ".sh": "bash"}


class DocsError(Exception):
    """A marker that cannot be followed; the text names the file and what to do."""


def pages(root: Path = ROOT) -> list[Path]:
    """All Markdown files of the documentation."""
    return sorted({page for pattern in PAGES for page in root.glob(pattern)})


def filled(page: Path, root: Path = ROOT) -> str:
    """The text of a page with everything between its markers written anew.

    :raises DocsError: a marker has no end, or names something that is not there.
    """
    made: list[str] = []
    until: str | None = None
    fence: str | None = None
    for line in page.read_text(encoding="utf-8").splitlines():
        if until is None:
            made.append(line)
        elif line == until:
            made.append(line)
            until = None
            continue
        else:
            continue
        if re.match(r" *```", line):
            fence = None if fence else line
        found = _MARKER.match(line) if fence is None else None
        if found:
            kind, names = found.group(1), found.group(2).split()
            until = f"<!-- /{kind} -->"
            try:
                made += _KINDS[kind](root, *names)
            except (OSError, TypeError, KeyError, ValueError) as error:
                raise DocsError(f"{page.relative_to(root)}: {line}: {error}") from error
    if until is not None:
        raise DocsError(f"{page.relative_to(root)}: there is no {until}")
    return "\n".join(made) + "\n"


def region(root: Path, file: str, name: str) -> list[str]:
    """The lines of a file between ``# [START name]`` and ``# [END name]``, as a fenced block."""
    text = (root / file).read_text(encoding="utf-8")
    found = re.search(
        rf"^ *# \[START {re.escape(name)}\]\n(.*?)^ *# \[END {re.escape(name)}\]$", text, re.DOTALL | re.MULTILINE
    )
    if found is None:
        raise ValueError(f"{file} has no region {name}")
    lines = [line for line in found.group(1).splitlines() if not re.match(r" *# \[(START|END) \w+\]$", line)]
    return _fenced(file, textwrap.dedent("\n".join(lines)))


def whole_file(root: Path, file: str) -> list[str]:
    """A file as a fenced block."""
    return _fenced(file, (root / file).read_text(encoding="utf-8"))


def table(root: Path, name: str) -> list[str]:  # noqa: ARG001 # the three kinds are called alike
    """One of the tables that are made from the code."""
    return ["", *TABLES[name](), ""]


def options_table() -> Iterable[str]:
    """The options of Airflow's configuration."""
    yield from _rows("option", "type", "default", "example", "meaning")
    for name, option in settings.OPTIONS.items():
        values = [f"`{option[key]}`" for key in ("type", "default", "example")]
        yield from _row(f"`{name}`", *values, f"{option['description']} Since {option['version_added']}.")


def codes_table() -> Iterable[str]:
    """The error codes of Linkis for which the errors have advice."""
    yield from _rows("code", "what the error adds to Linkis' own text")
    for code, advice in parse_data.advice.items():
        yield from _row(f"`{code}`", advice)


def faults_table() -> Iterable[str]:
    """The faults of the local Linkis."""
    yield from _rows("fault", "what happens")
    for name, meaning in FAULTS.items():
        yield from _row(f"`{name}`", meaning)


def exchangis_faults_table() -> Iterable[str]:
    """The faults of the local Exchangis, beside those of the gateway, which it shares with the local Linkis."""
    yield from _rows("fault", "what happens")
    for name, meaning in EXCHANGIS_FAULTS.items():
        if name not in GATEWAY_FAULTS:
            yield from _row(f"`{name}`", meaning)


def hlink_faults_table() -> Iterable[str]:
    """The faults of the local Hlink."""
    yield from _rows("fault", "what happens")
    for name, meaning in HLINK_FAULTS.items():
        yield from _row(f"`{name}`", meaning)


def gateway_table() -> Iterable[str]:
    """The endpoints that the gateway serves, and what each needs."""
    # Here, since it loads Airflow, which nothing else of this needs.
    from taskcenter_plugin.gateway.views import served_views

    yield from _rows("system", "endpoint", "request", "use")
    for served in served_views():
        for endpoint in served.view.endpoints:
            listed = served.view.documented(endpoint)
            verbs = " or ".join((listed.method, *listed.other_methods))
            path = served.view.path_of(endpoint)
            yield from _row(served.view.title, endpoint.name, f"`{verbs} {path}`", served.use_of(endpoint).value)


def errors_tree() -> Iterable[str]:
    """The tree in the docstring of the module with the errors."""
    text = (errors.__doc__ or "").partition("::\n")[2]
    return ["```text", *textwrap.dedent(text).strip("\n").splitlines(), "```"]


TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "options": options_table,
    "codes": codes_table,
    "faults": faults_table,
    "exchangis-faults": exchangis_faults_table,
    "hlink-faults": hlink_faults_table,
    "errors": errors_tree,
    "gateway": gateway_table,
}

_KINDS: dict[str, Callable[..., list[str]]] = {"region": region, "file": whole_file, "table": table}


def _rows(*titles: str) -> Iterable[str]:
    yield from _row(*titles)
    yield from _row(*("---" for _ in titles))


def _row(*cells: str) -> Iterable[str]:
    yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _fenced(file: str, text: str) -> list[str]:
    language = _LANGUAGES.get(Path(file).suffix, "text")
    return ["", f"```{language}", *text.strip("\n").splitlines(), "```", ""]


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if all is well, 1 if a page differs (with ``--check``) or a marker cannot be followed."""
    parser = argparse.ArgumentParser(description="Fill quoted examples and tables into the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a page would change")
    check = parser.parse_args(arguments).check
    try:
        stale = {page: text for page in pages() if (text := filled(page)) != page.read_text(encoding="utf-8")}
    except DocsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for page, text in stale.items():
        if not check:
            page.write_text(text, encoding="utf-8")
        sys.stderr.write(
            f"{page.relative_to(ROOT)} {'differs from the code: run scripts/docs.py' if check else 'written'}\n"
        )
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
