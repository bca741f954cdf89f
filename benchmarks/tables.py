"""Plain and Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence


def render(header: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """A table; the first column is left-aligned, the others right-aligned."""
    widths = [max(len(row[index]) for row in (header, *rows)) for index in range(len(header))]
    lines = [_line(header, widths, markdown=markdown)]
    if markdown:
        lines.append(
            "|" + "|".join("-" * (width + 1) + (":" if index else "-") for index, width in enumerate(widths)) + "|"
        )
    else:
        lines.append("  ".join("-" * width for width in widths))
    lines += [_line(row, widths, markdown=markdown) for row in rows]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], *, markdown: bool) -> str:
    padded = [
        cell.rjust(width) if index else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |" if markdown else "  ".join(padded)
