"""Scripts on Linkis' file system, as openFile shows them (facts section 12; Linkis' TextFileSource)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from taskcenter_sandbox.linkis.variables import LANGUAGES

SUFFIXES = frozenset(
    [
        "dolphin",
        "sql",
        "scala",
        "py",
        "hql",
        "python",
        "out",
        "log",
        "text",
        "sh",
        "jdbc",
        "ngql",
        "psql",
        "fql",
        "tsql",
        "txt",
    ]
)
"""What can be opened (``wds.linkis.storage.file.type``)."""

TYPE = "script/text"

_MARKS = {"sql": "--", "python": "#", "shell": "#", "scala": "//"}


def script_page(path: Path) -> dict[str, Any]:
    """The whole file as one row, but for the settings at its head, which go into ``metadata``.

    Such a line is ``--@set name=value`` or ``--conf@set startup section key=value`` (``#@set`` in Python and shell).

    :raises OSError: it cannot be read.
    :raises UnicodeDecodeError: it is no text.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    mark = _MARKS.get(LANGUAGES.get(path.suffix.lstrip("."), ""))
    metadata: dict[str, Any] = {}
    while mark and lines and _setting(lines[0], mark, metadata):
        lines.pop(0)
    text = "".join(f"{line}\n" for line in lines)
    return {"metadata": metadata, "fileContent": [[text]], "type": TYPE, "totalLine": len(lines)}


def _setting(line: str, mark: str, metadata: dict[str, Any]) -> bool:
    """Take a setting from a line, if it is one."""
    variable = re.fullmatch(rf"\s*{mark}@set\s*(.+)\s*=\s*(.+)\s*", line)
    if variable:
        metadata.setdefault("variable", {})[variable[1].strip()] = variable[2].strip()
        return True
    left, equal, value = line.partition("=")
    words = left.split()
    if not equal or "=" in value or len(words) != 4 or words[0] != f"{mark}conf@set":  # mark and three names
        return False
    section = metadata.setdefault("configuration", {}).setdefault(words[1], {}).setdefault(words[2], {})
    section[words[3]] = value.strip()
    return True
