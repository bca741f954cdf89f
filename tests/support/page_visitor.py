"""Somebody who looks at the task center's page in a browser, and the page's own texts in both languages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from taskcenter_plugin.job_types.screenshot_process import BROWSERS
from taskcenter_sandbox.waiting import wait_until

PLUGIN = Path(__file__).parents[2] / "plugins" / "taskcenter_plugin"
WWW = PLUGIN / "www"
BUILT = PLUGIN / "www_dist" / "main.js"
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
HOME = "/plugin/task-center"
PICTURES = os.environ.get("TASKCENTER_PICTURES")
"""Where the pictures in the documentation are written to, e.g. docs/images; nowhere unless set."""
SECONDS = 120
BUILD_SECONDS = 600
TABS_AT_MOST = 120
in_both_languages = pytest.mark.parametrize("language", ["en", "zh"])
TOAST = "[data-scope=toast][data-part=root]"
BRIGHTNESS = """
(found) => {
  const ground = document.createElement("canvas").getContext("2d");
  ground.fillStyle = getComputedStyle(found).color; // in whatever notation
  ground.fillRect(0, 0, 1, 1);
  return ground.getImageData(0, 0, 1, 1).data.slice(0, 3).reduce((sum, each) => sum + each / 3, 0);
}
"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DRAWN = """
(canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const found = new Set();
  for (let at = 0; at < pixels.length; at += 4)
    if (pixels[at + 3] > 100 && pixels[at + 2] - pixels[at] > 100) found.add((at / 4) % width);
  return found.size / width;
}
"""


class NoNodeError(Exception):
    """The page is not built, and there is no Node.js to build it with."""


def build_page() -> None:
    """Build the page from its lock file, unless it is built.

    :raises NoNodeError: that takes Node.js.
    """
    if BUILT.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NoNodeError("the task center's page is not built; Node.js and npm are missing (`make ui` builds it)")
    for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
        subprocess.run([npm, *command], cwd=WWW, check=True, timeout=BUILD_SECONDS, stdin=subprocess.DEVNULL)


@contextmanager
def chromium() -> Iterator[Any]:
    """Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    # Chromium refuses to run as root with its sandbox, as in a container of CI.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=arguments)
        yield browser
        browser.close()


class Texts:
    """What the page says in a language, by the names that its source gives the texts."""

    def __init__(self, language: str) -> None:
        self._texts = json.loads((WWW / "src" / "i18n" / f"{language}.json").read_text(encoding="utf-8"))

    def __call__(self, name: str, /, **values: object) -> str:
        *places, last = name.split(".")
        found = self._texts
        for part in places:
            found = found[part]
        # As i18next chooses; Chinese has one form only.
        forms = [last, *([f"{last}_one"] if values.get("count") == 1 else []), f"{last}_other"]
        found = found[next((form for form in forms if form in found), last)]
        return re.sub(r"\{\{(\w+)\}\}", lambda place: str(values[place[1]]), found)


@cache
def texts(language: str) -> Texts:
    return Texts(language)


class Visitor:
    """A user with a browser of their own, logged in.

    :ivar say: the page's texts in the user's language
    :ivar complaints: errors of our pages that the browser has noted
    :ivar elsewhere: requests to other hosts than Airflow's
    """

    def __init__(
        self,
        browser: Any,
        url: str,
        user: str,
        password: str,
        *,
        language: str = "en",
        dark: bool = False,
        **options: Any,
    ) -> None:
        self.url = url
        self.say = texts(language)
        self._context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self._context.set_default_timeout(SECONDS * 1000)
        locale, theme = ("zh-CN" if language == "zh" else "en"), ("dark" if dark else "light")
        self._context.add_init_script(f"localStorage.i18nextLng ??= '{locale}'; localStorage.theme ??= '{theme}'")
        self.page = self._context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._listen)
        self.page.on("request", self._see)
        self.become(user, password)

    def _listen(self, message: Any) -> None:
        if message.type == "error" and "/task-center/" in message.location.get("url", ""):
            self.complaints.append(message.text)

    def _see(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != urlsplit(self.url).netloc:
            self.elsewhere.append(request.url)

    def become(self, user: str, password: str) -> None:
        """Be somebody else from now on; what is open stays as it is."""
        reply = requests.post(f"{self.url}/auth/token", json={"username": user, "password": password}, timeout=60)
        self._context.add_cookies([{"name": "_token", "value": reply.json()["access_token"], "url": self.url}])

    def log_out(self) -> None:
        """Lose the login while pages are open."""
        self._context.clear_cookies()

    def close(self) -> None:
        self._context.close()

    def go(self, path: str = "") -> None:
        """Open one of our pages, and wait until it is there."""
        self.page.goto(self.url + HOME + path)
        self.page.locator("[data-testid=task-center] h1").wait_for()

    def see(self, selector: str, text: str | re.Pattern[str] = "") -> Any:
        """Wait until a part of the page has that text in it; returns it."""
        found = self.page.locator(selector).filter(has_text=text).first
        found.wait_for()
        return found

    def press(self, name: str, role: str = "button") -> None:
        """Click a button, or something else that has that very name."""
        self.page.get_by_role(role, name=name, exact=True).click()

    def field(self, label: str) -> Any:
        """The field with that label, required or not."""
        return self.page.get_by_label(re.compile(rf"^{re.escape(label)}\*?$"))

    def tick(self, name: str) -> None:
        """Turn a box or a switch that is drawn over its input, by its name, once the page knows that the user may."""
        box = self.page.get_by_label(name, exact=True)
        wait_until(box.is_enabled, what=f"{name} to be offered", timeout_seconds=SECONDS)
        box.press("Space")

    def filter(self, name: str) -> Any:
        """One of the fields that narrow the list of plans."""
        return self.page.get_by_role("search").get_by_label(name, exact=True)

    def sort(self, column: str) -> None:
        """Click on the heading of a column."""
        self.page.get_by_role("columnheader").get_by_role("button", name=column, exact=True).click()

    def editor(self, label: str) -> Any:
        """The editor of some code."""
        return self.page.get_by_role("textbox", name=label, exact=True)

    def tab_to(self, target: Any) -> None:
        """Press Tab until that has the focus."""
        target.wait_for()
        for _ in range(TABS_AT_MOST):
            if target.evaluate("found => found === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by Tab")

    def focused(self) -> str:
        """The text of what has the focus."""
        return str(self.page.evaluate("document.activeElement.textContent"))

    def plans(self) -> list[str]:
        """The plans of the list by their links, in its order."""
        return self.page.locator("[data-plan] td a[href*='/plans/']").all_inner_texts()

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate(OVERFLOW))

    def ink(self) -> float:
        """How bright the headings are, from 0 to 255: dark on a light page, and the other way round."""
        return float(self.page.locator("[data-testid=task-center] h1").evaluate(BRIGHTNESS))

    def drawn(self, selector: str) -> float:
        """In what part of a chart's width, from 0 to 1, there is something of the blue of its first line."""
        return float(self.page.locator(f"{selector} canvas").evaluate(DRAWN))


def run_of(visitor: Visitor) -> None:
    """From a plan's page to its newest run."""
    visitor.page.locator("[data-testid=runs] tbody a").first.click()
    visitor.page.wait_for_url(re.compile(r"/runs/\d+"))


def picture(visitor: Visitor, name: str) -> None:
    """A picture for the documentation, if it was asked for."""
    if PICTURES:
        visitor.page.mouse.move(0, 0)
        visitor.page.screenshot(path=Path(PICTURES) / f"page-{name}.png", animations="disabled")
