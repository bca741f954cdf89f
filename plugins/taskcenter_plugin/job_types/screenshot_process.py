"""Runs the program that takes a screenshot, and sees that nothing of it stays."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from taskcenter_plugin.job_types.screenshot_browser import LAUNCH_SECONDS, QUIET_SECONDS, ScreenshotError

PROGRAM = "taskcenter_plugin.job_types.screenshot_browser"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CLOSE_SECONDS = 5.0
"""How long the browser may take to close, before it is killed."""
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)
"""All that the browser is told of the worker's environment, in which there may be credentials."""


def find_browser(path: str) -> str:
    """Chromium, and all that drives it.

    :param path: where it is; empty to look for it on the PATH
    :raises ScreenshotError: something is not installed.
    """
    if importlib.util.find_spec("playwright") is None:
        raise ScreenshotError("Screenshots need pip install 'airflow-taskcenter[screenshot]' on every worker.")
    if path:
        found = shutil.which(path)
        if found is None:
            raise ScreenshotError(
                f"[taskcenter] screenshot_browser is {path}, and there is no such program on this worker."
            )
        return found
    for name in BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return found
    raise ScreenshotError(
        f"There is no Chromium on this worker's PATH ({', '.join(BROWSERS)}). Install it, on Debian with apt-get install "
        "chromium, or set [taskcenter] screenshot_browser to its path."
    )


class ScreenshotProcess:
    """One run of the program.

    :param order: what ``screenshot_browser.Visit`` takes, but for ``file``
    :param log: called with each line that is of interest
    """

    def __init__(self, order: Mapping[str, Any], log: Callable[[str], None]) -> None:
        self._order = order
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._killed = False
        self._late = False

    def run(self, use: Callable[[Path, dict[str, Any]], Any]) -> Any:
        """Take the picture, and have it used before it is gone.

        :param use: called with its file, and the page's ``title`` and ``url``; what it returns is returned
        :raises ScreenshotError: there is none.
        """
        # Whatever the browser leaves behind is in there.
        with tempfile.TemporaryDirectory(prefix="screenshot-", ignore_cleanup_errors=True) as directory:
            file = Path(directory) / "page.png"
            with (Path(directory) / "errors").open("w+") as errors:
                page = self._page({**self._order, "file": str(file)}, directory, errors)
            return use(file, page)

    def kill(self) -> None:
        """Stop it, from a signal handler too; ``run`` then raises."""
        self._killed = True
        if self._process is not None:
            _signal(self._process.pid, signal.SIGTERM)

    def _page(self, order: Mapping[str, Any], directory: str, errors: Any) -> dict[str, Any]:
        environment = {
            name: value for name, value in os.environ.items() if name in _ENVIRONMENT or name.startswith("LC_")
        }
        self._process = process = subprocess.Popen(  # noqa: S603 # our own program
            [sys.executable, "-m", PROGRAM],
            env={**environment, "TMPDIR": directory},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        timer = threading.Timer(order["timeoutSeconds"] + LAUNCH_SECONDS + 2 * QUIET_SECONDS, self._out_of_time)
        timer.daemon = True
        timer.start()
        try:
            if self._killed:  # before there was a process
                _signal(process.pid, signal.SIGTERM)
            answer = self._answer(process, order)
        finally:
            timer.cancel()
            _close(process)
        if "page" in answer:
            page: dict[str, Any] = answer["page"]
            return page
        raise ScreenshotError(self._why(answer, errors))

    def _answer(self, process: subprocess.Popen[str], order: Mapping[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None  # noqa: S101 # it is a pipe
        assert process.stdout is not None  # noqa: S101 # it is a pipe
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        answer: dict[str, Any] = {}
        for line in process.stdout:
            answer = json.loads(line)
            if "log" in answer:
                self._log(answer["log"])
        return answer

    def _out_of_time(self) -> None:
        self._late = True
        if self._process is not None:
            _signal(self._process.pid, signal.SIGTERM)

    def _why(self, answer: Mapping[str, Any], errors: Any) -> str:
        if self._killed:
            return "The task was killed; the browser is closed."
        if "error" in answer:
            return str(answer["error"])
        if self._late:
            return f"Chromium has not answered in time ({self._order['timeoutSeconds']} s and what it takes to start)."
        errors.seek(0)
        return f"The browser's program broke down: {errors.read()[-1000:].strip() or 'it says nothing'}"


def _close(process: subprocess.Popen[str]) -> None:
    """Wait until the program and the browser's driver, which closes the browser, are gone; kill them if they stay."""
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()  # the program ends with its standard input
    deadline = time.monotonic() + CLOSE_SECONDS
    while _alive(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    _signal(process.pid, signal.SIGKILL)
    process.wait()


def _alive(process: subprocess.Popen[str]) -> bool:
    """Whether a process of its group is left."""
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except OSError:
        return False
    return True


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, number)
