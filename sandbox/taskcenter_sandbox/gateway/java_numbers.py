"""Numbers as Java reads them, which is not how Python does."""

from __future__ import annotations

import re

LONG_MAX = 2**63 - 1

_LONG = re.compile(r"[+-]?[0-9]{1,19}")


def java_long(text: str) -> int:
    """A whole number of 64 bits; no blanks, no underscores.

    :raises ValueError: it is none; the text is what Java says.
    """
    if _LONG.fullmatch(text) and -LONG_MAX - 1 <= int(text) <= LONG_MAX:
        return int(text)
    raise ValueError(f'For input string: "{text}"')
