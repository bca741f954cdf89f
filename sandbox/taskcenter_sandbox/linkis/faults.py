"""Faults that can be switched on, by command line or while the server runs: what real clusters do to their clients."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

ENDLESS = -1

FAULTS = {
    "lost-submit-answer": "the next N submits are stored and run, and their connection is closed without an answer",
    "lost-submit": "the next N submits are dropped before anything is stored",
    "expired-session": "the next N requests find their session expired",
    "server-error": "the next N requests are answered 500 by a proxy",
    "unavailable": "the next N requests are answered 503 by the gateway: no instance is there",
    "html": "the next N requests are answered with an HTML page",
    "slow": "every answer takes N milliseconds longer",
    "truncated-json": "the next N answers are cut in the middle",
    "dropped": "the next N requests lose their connection",
    "queue-full": "the next N submits are refused with 12001",
    "result-vanished": "result sets cannot be read any more",
    "no-list-taskids": "there is no list-taskids, as before 1.7",
    "login-encrypt": "logins must be encrypted with the public key",
    "token-store-down": "the next N token checks fail with 15206, as when the gateway's database is down",
}
"""By name; N is what stands behind the colon, one time without it."""


@dataclass
class Faults:
    """The faults that are on: name and how often, or how much."""

    _active: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, text: str) -> None:
        """Switch one on: ``name`` or ``name:N``; ``name:0`` switches it off, ``name:-1`` leaves it on for good.

        :raises ValueError: there is no such fault.
        """
        name, _, count = text.partition(":")
        if name not in FAULTS:
            raise ValueError(f"there is no fault {name!r}; there are {', '.join(sorted(FAULTS))}")
        try:
            number = int(count) if count else 1
        except ValueError:
            raise ValueError(f"{text}: what stands behind the colon must be a whole number") from None
        with self._lock:
            self._active[name] = number

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._active.clear()

    def value(self, name: str) -> int:
        """How much; 0 when it is off."""
        return self._active.get(name, 0)

    def take(self, name: str) -> bool:
        """Whether it strikes now; counts down."""
        with self._lock:
            left = self._active.get(name, 0)
            if left > 0:
                self._active[name] = left - 1
            return left != 0
