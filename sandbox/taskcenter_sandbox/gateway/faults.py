"""Faults that can be switched on, by command line or while the server runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

GATEWAY_FAULTS = {
    "dropped": "the next N requests lose their connection",
    "slow": "every answer takes N milliseconds longer",
    "truncated-json": "the next N answers are cut in the middle",
    "html": "the next N requests are answered with an HTML page",
    "server-error": "the next N requests are answered 500 by a proxy",
    "unavailable": "the next N requests are answered 503 by the gateway: no instance is there",
    "expired-session": "the next N requests with a session find it expired",
    "gateway-restart": "the next N requests with a session find that the gateway has forgotten all sessions",
    "token-store-down": "the next N token checks fail with 15206, as when the gateway's database is down",
    "login-encrypt": "passwords must be encrypted with the public key",
}
"""Those of the gateway itself; N is what stands behind the colon, 1 without it."""

_FORM = re.compile(r"(?P<name>[a-z-]+)(:(?P<amount>-?\d+))?(@(?P<spare>\d+))?")


@dataclass
class _Fault:
    amount: int
    spare: int


class Faults:
    """The faults that are on.

    :param known: what can be switched on, with a line on each.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = known
        self._active: dict[str, _Fault] = {}
        self._lock = threading.Lock()

    def set(self, text: str) -> None:
        """Switch one on or off.

        :param text: ``name``, ``name:N`` or ``name:N@K``: N times, after K more that go well. ``:0`` switches it
            off, ``:-1`` leaves it on for good.
        :raises ValueError: there is no such fault.
        """
        form = _FORM.fullmatch(text.strip())
        if form is None or form["name"] not in self.known:
            raise ValueError(f"there is no fault {text!r}; write NAME, NAME:N or NAME:N@K with {', '.join(self.known)}")
        with self._lock:
            self._active[form["name"]] = _Fault(int(form["amount"] or 1), int(form["spare"] or 0))

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._active.clear()

    def amount(self, name: str) -> int:
        """How much is left of it; 0 when it is off."""
        fault = self._active.get(name)
        return fault.amount if fault else 0

    def take(self, name: str) -> bool:
        """Whether it strikes now; counts down."""
        if name not in self._active:
            return False
        with self._lock:
            fault = self._active[name]
            if fault.amount == 0:
                return False
            if fault.spare:
                fault.spare -= 1
                return False
            if fault.amount > 0:
                fault.amount -= 1
            return True
