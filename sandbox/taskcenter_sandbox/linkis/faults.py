"""Faults that can be switched on, by command line or while the server runs: what real clusters do to their clients."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

FAULTS = {
    "lost-submit-answer": "the next N submits are stored and run, and their connection is closed without an answer",
    "lost-submit": "the next N submits are dropped before anything is stored",
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
    "entrance-restart": "the next N requests find the entrance restarted: jobs cancelled, execIDs unknown",
    "forgotten-jobs": "the next N requests find all ended jobs gone from the entrance's memory, as after some idle time",
    "awaiting-failover": "undone jobs that are asked for by taskID are waiting for another entrance: Inited, no execID",
    "queue-full": "the next N submits are refused with 12001",
    "slow-engine": "every job waits N milliseconds for its engine, in state Scheduled",
    "no-engine": "the next N jobs fail with 11055: no engine could be started",
    "stubborn-engine": "the next N kills are heeded by the job history only; the job runs on in the entrance",
    "no-progress": "the next N progress requests of running jobs are answered that there is none yet",
    "blank-log": "the next N requests for a log get an empty text where the four lists should be",
    "log-failure": "the next N requests for a log are refused: it cannot be read",
    "repeated-log-line": "the logs of the next N jobs hold one line twice once the job has ended",
    "no-list-taskids": "there is no list-taskids, as before 1.7",
    "result-vanished": "result sets cannot be read any more",
    "result-location-gone": "the directories of results cannot be found any more",
    "cut-download": "the next N downloads end in the middle, as if that were all",
    "cell-limit": "pages of results with a cell of more than N characters are not shown when enableLimit is asked for",
}
"""By name; N is what stands behind the colon, 1 without it."""

_FORM = re.compile(r"(?P<name>[a-z-]+)(:(?P<amount>-?\d+))?(@(?P<spare>\d+))?")


@dataclass
class _Fault:
    amount: int
    spare: int


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self._active: dict[str, _Fault] = {}
        self._lock = threading.Lock()

    def set(self, text: str) -> None:
        """Switch one on or off.

        :param text: ``name``, ``name:N`` or ``name:N@K``: N times, after K more that go well. ``:0`` switches it
            off, ``:-1`` leaves it on for good.
        :raises ValueError: there is no such fault.
        """
        form = _FORM.fullmatch(text.strip())
        if form is None or form["name"] not in FAULTS:
            raise ValueError(f"there is no fault {text!r}; write NAME, NAME:N or NAME:N@K with {', '.join(FAULTS)}")
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
