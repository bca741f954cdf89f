"""Makes of what a log says the lines that are kept of it: one each, none endless, none with a secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from taskcenter.core.masking import mask

MAX_LINE_CHARS = 10_000
"""Longest line that is kept whole; the same as on the job pages."""

_CUT = "…"
_MARGIN = 2000
"""Longer than any secret."""

_TELLTALES = ("token", "password", "passwd", "secret")
"""One of them is in every line in which :func:`mask` would find something without being told what."""


def kept_lines(texts: Iterable[str], secrets: tuple[str, ...] = ()) -> Iterator[bytes]:
    """The lines of texts, as they are kept.

    :param secrets: what must not be shown of the connection
    """
    for text in texts:
        for line in text.split("\n") if "\n" in text else (text,):
            # Before it is cut for good, so that no half of a secret is left at its end.
            bare = line[: MAX_LINE_CHARS + _MARGIN].rstrip("\r")
            if secrets or _is_suspect(bare):
                bare = mask(bare, secrets)
            if len(bare) > MAX_LINE_CHARS:
                bare = bare[:MAX_LINE_CHARS] + _CUT
            yield bare.encode("utf-8", "replace")


def _is_suspect(line: str) -> bool:
    low = line.lower()
    return any(word in low for word in _TELLTALES)
