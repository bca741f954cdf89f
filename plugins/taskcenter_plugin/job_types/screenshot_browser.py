"""Takes one screenshot, as a program of its own: ``python -m taskcenter_plugin.job_types.screenshot_browser``.

It reads an order, one line of JSON, from its standard input, and writes lines of JSON: ``{"log": text}``, in the end
``{"page": {...}}`` or ``{"error": text}``. When its standard input ends, so does it, and the browser with it: a task that is
killed in whatever way leaves no browser behind. Nothing of Airflow is imported, so that it starts at once.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from taskcenter_plugin.job_types.screenshot_hosts import AllowedHosts, listed

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright, Request, Response

LAUNCH_SECONDS = 30.0
QUIET_SECONDS = 10.0
"""How long the page may still load things after it has loaded; then it is taken as it is."""
MAX_PIXELS = 16_384
"""The height at which a picture of the whole page ends; Chromium draws no higher ones."""
_NET_ERROR = re.compile(r"net::(ERR_[A-Z_]+)")


class ScreenshotError(Exception):
    """There is no screenshot; the text says why, and what to do."""


def tell(**message: Any) -> None:
    """Write a line to the one who has given the order."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def shown(url: str) -> str:
    """An address without what may hold secrets: user, query and fragment."""
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"


class Visit:
    """One page in one browser.

    :param order: ``url``, ``width``, ``height``, ``fullPage``, ``timeoutSeconds``, ``hosts``, ``browser`` (path of Chromium),
        ``sandbox`` and ``file``, where the picture is written to
    """

    def __init__(self, order: Mapping[str, Any]) -> None:
        self._order = order
        self._hosts = AllowedHosts(tuple(order["hosts"]))
        self._deadline: float = time.monotonic() + order["timeoutSeconds"]
        self._refused: list[str] = []
        self._target = order["url"]
        self._status: int | None = None

    def take(self, playwright: Playwright) -> dict[str, Any]:
        """Open the browser, go to the page, wait for it and write the picture.

        :raises ScreenshotError: it cannot be done.
        """
        from playwright.sync_api import Error

        order = self._order
        try:
            browser = playwright.chromium.launch(
                executable_path=order["browser"],
                chromium_sandbox=order["sandbox"],
                timeout=LAUNCH_SECONDS * 1000,
                args=[
                    f"--host-resolver-rules={self._hosts.resolver_rules()}",
                    # What does not ask a resolver, and so would get past these rules.
                    "--no-proxy-server",
                    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
                ],
            )
        except Error as error:
            raise ScreenshotError(_launch_failed(order, error)) from error
        try:
            page = browser.new_page(
                viewport={"width": order["width"], "height": order["height"]},
                accept_downloads=False,
                service_workers="block",
            )
            page.on("request", self._requested)
            page.on("response", self._answered)
            page.on("popup", lambda popup: popup.close())
            self._go(page)
            self._wait_until_quiet(page)
            self._see_where_it_is(page)
            self._write(page)
            self._see_where_it_is(page)  # it may have gone on by itself
            return {"title": page.title(), "url": shown(page.url)}
        except Error as error:
            raise ScreenshotError(
                f"{shown(self._target)}: Chromium failed: {_plain(error, order['url'])}. Try it again."
            ) from error
        finally:
            browser.close()

    def _left(self, most: float = 3600.0) -> float:
        """Milliseconds until time is up; Playwright takes 0 for ever."""
        return max(min(self._deadline - time.monotonic(), most) * 1000, 1.0)

    def _requested(self, request: Request) -> None:
        """Note where the page goes and what it wants; for a redirect this is called again."""
        if request.is_navigation_request() and request.frame.parent_frame is None:
            self._target, self._status = request.url, None
        elif urlsplit(request.url).scheme in ("http", "https") and not self._hosts.allow(request.url):
            host = urlsplit(request.url).netloc.rpartition("@")[2]
            if host not in self._refused:
                self._refused.append(host)
                tell(log=f"The page wants something from {host}, which is not among screenshot_hosts; it goes without.")

    def _answered(self, response: Response) -> None:
        if response.url == self._target:
            self._status = response.status

    def _go(self, page: Page) -> None:
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as LateError

        try:
            page.goto(self._order["url"], wait_until="load", timeout=self._left())
        except LateError as error:
            raise ScreenshotError(
                f"{shown(self._target)} has not loaded within {self._order['timeoutSeconds']} s. See whether it does in a "
                "browser, or give a longer timeoutSeconds."
            ) from error
        except Error as error:
            if not self._hosts.allow(self._target):
                raise self._elsewhere(self._target) from error
            self._check_status()
            raise ScreenshotError(
                f"{shown(self._target)} cannot be loaded: {_plain(error, self._order['url'])}. See whether it can be reached "
                "from the workers, and whether it is a page."
            ) from error
        self._check_status()

    def _check_status(self) -> None:
        if self._status is not None and self._status >= 400:
            raise ScreenshotError(
                f"{shown(self._target)} answered with HTTP status {self._status}. No picture is taken of an error page."
            )

    def _see_where_it_is(self, page: Page) -> None:
        if self._hosts.allow(page.url):
            return
        # A script of the page has led to where nothing is.
        if not self._hosts.allow(self._target):
            raise self._elsewhere(self._target)
        raise ScreenshotError(f"{shown(self._target)}, to which the page leads, cannot be loaded.")

    def _elsewhere(self, url: str) -> ScreenshotError:
        way = "" if url == self._order["url"] else f"{shown(self._order['url'])} leads to "
        return ScreenshotError(
            f"{way}{shown(url)}, whose host is not among those that screenshots may be taken of "
            f"({listed(self._hosts.entries)}). An administrator can add it to [taskcenter] screenshot_hosts."
        )

    def _wait_until_quiet(self, page: Page) -> None:
        from playwright.sync_api import TimeoutError as LateError

        try:
            page.wait_for_load_state("networkidle", timeout=self._left(QUIET_SECONDS))
        except LateError:
            tell(log="The page goes on loading; it is taken as it is now.")

    def _write(self, page: Page) -> None:
        options: dict[str, Any] = {"path": self._order["file"], "type": "png", "animations": "disabled"}
        if self._order["fullPage"]:
            options["full_page"] = True
            height = int(page.evaluate("document.documentElement.scrollHeight"))
            if height > MAX_PIXELS:
                tell(log=f"The page is {height} pixels high; the picture ends after {MAX_PIXELS}.")
                options["clip"] = {"x": 0, "y": 0, "width": self._order["width"], "height": MAX_PIXELS}
        # A page is to have been drawn, however late it came.
        page.screenshot(timeout=max(self._left(), QUIET_SECONDS * 1000), **options)


def _plain(error: Exception, url: str) -> str:
    """What Playwright says, in a line, without the address and its query."""
    text = str(error)
    found = _NET_ERROR.search(text)
    return found[1] if found else text.partition("\n")[0].replace(url, shown(url))


def _launch_failed(order: Mapping[str, Any], error: Exception) -> str:
    text = str(error)
    if order["sandbox"] and "sandbox" in text.lower():
        return (
            f"{order['browser']} cannot start in its sandbox. Allow user namespaces on the worker, or set "
            "[taskcenter] screenshot_sandbox to False."
        )
    said = [line.partition("[err]")[2].strip() for line in text.splitlines() if "[err]" in line]
    reason = next((line for line in said if "FATAL" in line), "; ".join(said) or text)
    return f"{order['browser']} cannot be started: {reason[:500]}"


def _end_with_input() -> None:
    """End the process when its standard input ends; the browser's driver notices, and closes it."""
    # Not through sys.stdin, whose lock the interpreter wants when it ends.
    while os.read(0, 1):
        pass
    os._exit(1)


def main() -> int:
    """Carry out the order on the standard input."""
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as playwright:
            page = Visit(order).take(playwright)
    except ScreenshotError as error:
        tell(error=str(error))
        return 1
    tell(page=page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
