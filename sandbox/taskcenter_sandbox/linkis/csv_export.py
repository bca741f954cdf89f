"""Result sets as csv, the way Linkis writes them: without any quoting (facts section 13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

CHUNK_CHARACTERS = 50_000


def csv_chunks(
    names: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    separator: str,
    quoted: bool,
    keep_line_ends: bool,
    charset: str,
) -> Iterator[bytes]:
    """A header line and the rows; separators inside values are left as they are.

    :param separator: ``t`` means a tab.
    :param quoted: drop double quotes inside values, then put each value between some.
    :param keep_line_ends: leave line ends inside values, which otherwise become spaces.
    """
    mark = "\t" if separator in ("t", "") else separator

    def shown(value: str) -> str:
        if not value.strip():
            return value
        if quoted:
            value = f'"{value.replace(chr(34), "")}"'
        return value if keep_line_ends else value.replace("\n", " ")

    def lines() -> Iterator[str]:
        yield mark.join(map(shown, names))
        for row in rows:
            yield mark.join(map(shown, row))

    return _chunks(lines(), charset)


def text_chunks(rows: Iterable[Sequence[str]], charset: str) -> Iterator[bytes]:
    """The lines of a text result set."""
    return _chunks((row[0] for row in rows), charset)


def _chunks(lines: Iterable[str], charset: str) -> Iterator[bytes]:
    pending: list[str] = []
    size = 0
    for line in lines:
        pending.append(line)
        size += len(line)
        if size > CHUNK_CHARACTERS:
            yield "".join(f"{each}\n" for each in pending).encode(charset, errors="replace")
            pending, size = [], 0
    yield "".join(f"{each}\n" for each in pending).encode(charset, errors="replace")
