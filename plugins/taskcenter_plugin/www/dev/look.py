"""Looks at a page in a browser: ``python dev/look.py URL FILE.png [--user vera] [--chinese] [--dark] [--width 400]``.

Prints what the browser complained about and whether the page is wider than its window; the picture is of the whole page.
"""

# ruff: noqa: T201  (a program for a terminal)

from __future__ import annotations

import argparse
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

PASSWORD = "page"  # noqa: S105  (serve.py's)
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def main() -> None:
    """Log in, open the page, wait until nothing is asked for any more, take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("file")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--chinese", action="store_true")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument(
        "--click", action="append", default=[], help="a selector; several are clicked one after another"
    )
    parser.add_argument("--wait", type=float, default=2.0, help="seconds before the picture")
    options = parser.parse_args()
    address = urlsplit(options.url)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": options.width, "height": options.height})
        page.on("pageerror", lambda error: print("page error:", error))
        page.on(
            "console",
            lambda message: print(f"console {message.type}:", message.text) if message.type == "error" else None,
        )
        page.on("response", lambda reply: print(reply.status, reply.url) if reply.status >= 400 else None)
        token = page.request.post(
            f"{address.scheme}://{address.netloc}/auth/token", data={"username": options.user, "password": PASSWORD}
        ).json()["access_token"]
        page.context.add_cookies([{"name": "_token", "value": token, "url": f"{address.scheme}://{address.netloc}"}])
        language, theme = ("zh-CN" if options.chinese else "en"), ("dark" if options.dark else "light")
        page.add_init_script(f"localStorage.i18nextLng = '{language}'; localStorage.theme = '{theme}'")
        page.goto(options.url)
        page.get_by_test_id("task-center").wait_for()
        for selector in options.click:
            page.locator(selector).first.click()
        page.wait_for_timeout(options.wait * 1000)
        page.screenshot(path=options.file, full_page=True)
        print("overflow:", page.evaluate(OVERFLOW), "px")
        browser.close()


if __name__ == "__main__":
    main()
