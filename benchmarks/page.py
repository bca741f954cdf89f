"""How soon the page shows plans, beside Airflow's own list of DAGs; what the browser loads for it; how smoothly a long log scrolls.

    python benchmarks/page.py            1,000 plans with 10,000 runs, then 100,000 with 1,000,000; a log of 1,000,000 lines
    python benchmarks/page.py --quick    100 and 300 plans, 20,000 lines; that it runs

In Chromium, on PostgreSQL, one api-server. The time is from the beginning of the navigation to the frame after the one in which the
first plan, or DAG, can be seen: *cold* with an empty cache, *warm* when the page is opened again. Both lists have the page size that
they have by default, and are measured in turn.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import os
import shutil
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import requests

import cluster
import lists
import machine
from tables import render
from taskcenter_plugin.job_types.screenshot_process import BROWSERS
from taskcenter_plugin.react_apps import BUILT, ENTRY, FILES
from taskcenter_sandbox.deployment import AirflowDeployment
from taskcenter_sandbox.waiting import wait_until

HOME = "/plugin/task-center"
PAGES = {"the task center's plans": (HOME, "[data-plan]"), "Airflow's DAGs": ("/dags", "a[href*='/dags/plan.']")}
SECONDS_BEHIND_AT_MOST = 1.0
KILOBYTES_AT_MOST = 500
LONG_FRAME_MS = 50
LONG_FRAMES_AT_MOST = 0.01
"""Of all frames; the machine has other things to do, too, as the frames without scrolling show."""

WAYS = {"not at all": 0, "to read it (60 pixels a frame)": 60, "to find something (3,000 pixels a frame)": 3_000}
WAIT_SECONDS = 600
SEEN = """
(() => {
  const look = () => {
    const found = document.querySelector(%r);
    if (found === null || found.getBoundingClientRect().height === 0) requestAnimationFrame(look);
    else requestAnimationFrame(() => { globalThis.seenAt = performance.now(); });
  };
  look();
})();
"""
SCROLL = """
async ([pixels, seconds]) => {
  const box = document.querySelector("[data-testid=log]");
  const gaps = [];
  let last;
  let way = 1;
  await new Promise((done) => {
    const frame = (now) => {
      if (last !== undefined) gaps.push(now - last);
      else begin = now;
      last = now;
      const before = box.scrollTop;
      box.scrollTop += way * pixels;
      if (pixels > 0 && box.scrollTop === before) way = -way;
      if (now - begin < seconds * 1000) requestAnimationFrame(frame);
      else done();
    };
    let begin;
    requestAnimationFrame(frame);
  });
  return gaps;
}
"""
LOADED = "performance.getEntriesByType('resource').map((each) => each.name)"


class LeftOutError(Exception):
    """What a browser needs is missing."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few plans, few lines: only that it runs")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    options = parser.parse_args(arguments)
    sizes, rounds = ((100, 300), 1) if options.quick else ((1_000, 100_000), 15)
    lines, seconds = (20_000, 1) if options.quick else (1_000_000, 15)
    try:
        with chromium() as browser:
            bullet = "- " if options.markdown else ""
            began = (
                f"Each page opened {rounds} times, cold and warm; Chromium {browser.version}; load {machine.load():.1f}"
            )
            for line in (began, *machine.describe()):
                print(bullet + line)
            print()
            with cluster.airflow({}) as (airflow, url):
                client = cluster.session(airflow)
                gaps = scroll(browser, airflow, client, lines, seconds)
                for component in airflow.components:
                    if component != "api-server":
                        airflow.stop_component(component)
                lists.post(client, airflow.settings.url)
                times: dict[int, dict[str, tuple[list[float], list[float]]]] = {}
                for size in sizes:
                    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as database:
                        database.autocommit = True
                        lists.copy_rows(database, size)
                        database.cursor().execute("VACUUM ANALYZE")
                    times[size], loaded = open_in_turn(browser, airflow, rounds)
            report_times(times, markdown=options.markdown)
            report_bundle(loaded, markdown=options.markdown)
            report_log(lines, gaps, markdown=options.markdown)
    except LeftOutError as missing:
        print(f"Left out: {missing}")
    return 0


@contextmanager
def chromium() -> Iterator[Any]:
    """A Chromium without a window.

    :raises LeftOutError: something is missing
    """
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None or importlib.util.find_spec("playwright") is None:
        raise LeftOutError("it needs Chromium and pip install playwright")
    if not (BUILT / ENTRY).exists():
        raise LeftOutError("the page is not built; `make ui` builds it")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@contextmanager
def logged_in(browser: Any, airflow: AirflowDeployment) -> Iterator[Any]:
    """A browser that has nothing in its cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_SECONDS * 1000)
    context.add_cookies([{"name": "_token", "value": airflow.client.token(), "url": airflow.settings.url}])
    yield context
    context.close()


def open_in_turn(
    browser: Any, airflow: AirflowDeployment, rounds: int
) -> tuple[dict[str, tuple[list[float], list[float]]], list[str]]:
    """The seconds to the first row, cold and warm, by page; and the files that our page has loaded until then."""
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in PAGES}
    loaded: list[str] = []
    for number in range(-1, rounds):  # the first time the server itself is cold
        for name, (path, selector) in PAGES.items():
            with logged_in(browser, airflow) as context:
                for kind in range(2):
                    page = context.new_page()
                    page.add_init_script(SEEN % selector)
                    page.goto(airflow.settings.url + path)
                    page.wait_for_function("globalThis.seenAt !== undefined")
                    if number >= 0:
                        times[name][kind].append(page.evaluate("globalThis.seenAt") / 1000)
                    if path == HOME:
                        loaded = [urlsplit(address).path for address in page.evaluate(LOADED)]
                    page.close()
    return times, loaded


def scroll(
    browser: Any, airflow: AirflowDeployment, client: requests.Session, lines: int, seconds: float
) -> Mapping[str, Sequence[float]]:
    """The milliseconds of each frame while a log of so many lines is scrolled, by the way it is scrolled."""
    url = airflow.settings.url
    code = f"seq -f 'line %.0f' 1 {lines}"
    detail = {"jobParams": {"code": code, "runType": "shell", "engineType": "shell-1"}}
    talks = {
        "entityGroup": "LINKIS",
        "entityKey": "talks",
        "planItems": [{"triggerType": "ONCE"}],
        "execDetail": detail,
    }
    reply = client.post(f"{url}/api/schedules", json=talks, timeout=60)
    reply.raise_for_status()
    context_id = reply.json()["data"]["contextId"]

    def ended() -> str | None:
        status = client.get(f"{url}/api/contexts/{context_id}", timeout=60).json()["data"]["jobStatus"]
        return None if status in ("PENDING", "RUNNING") else str(status)

    status = wait_until(ended, what="the job with the long log", timeout_seconds=WAIT_SECONDS, poll_seconds=1)
    if status != "SUCCESSFUL":
        raise RuntimeError(f"the job with the long log: {status}")
    with logged_in(browser, airflow) as context:
        page = context.new_page()
        page.goto(f"{url}{HOME}/runs/{context_id}")
        page.get_by_text("The log has ended.").wait_for()
        page.locator("[data-testid=log] .line").first.wait_for()
        return {name: page.evaluate(SCROLL, [pixels, seconds]) for name, pixels in WAYS.items()}


def report_times(times: Mapping[int, Mapping[str, tuple[list[float], list[float]]]], *, markdown: bool) -> None:
    """Print how soon there was something to see."""
    rows, verdicts = [], []
    for size, pages in times.items():
        for name, kinds in pages.items():
            cells = [f"{figure:.2f}" for each in kinds for figure in (statistics.median(each), max(each))]
            rows.append([name, f"{size:,}", *cells])
        ours, theirs = pages.values()
        for kind, own, other in zip(("cold", "warm"), ours, theirs, strict=True):
            behind = statistics.median(own) - statistics.median(other)
            bar = f"<= {SECONDS_BEHIND_AT_MOST:.2f}"
            verdicts.append(
                [f"{kind}, {size:,} plans", bar, f"{behind:+.2f}", _verdict(behind <= SECONDS_BEHIND_AT_MOST)]
            )
    header = ("seconds to the first row", "plans", "cold", "cold, most", "warm", "warm, most")
    print(render(header, rows, markdown=markdown))
    print()
    print(render(("seconds behind Airflow's own list (medians)", "bar", "measured", ""), verdicts, markdown=markdown))
    print()


def report_bundle(loaded: Sequence[str], *, markdown: bool) -> None:
    """Print what there is to load."""
    files = [path for path in sorted(BUILT.rglob("*")) if path.suffix in (".js", ".css")]
    packed = {path: len(gzip.compress(path.read_bytes(), 9)) / 1000 for path in files}
    first = sum(size for path, size in packed.items() if any(_is(path, address) for address in loaded))
    whole = sum(packed.values())
    rows = [
        ["all files", f"<= {KILOBYTES_AT_MOST}", f"{whole:.0f}", _verdict(whole <= KILOBYTES_AT_MOST)],
        ["those that the list of plans loads", "", f"{first:.0f}", ""],
    ]
    print(render(("kB of the page, each file compressed by gzip", "bar", "measured", ""), rows, markdown=markdown))
    print()


def _is(path: Path, address: str) -> bool:
    return address.endswith(f"{FILES}/{path.relative_to(BUILT).as_posix()}")


def report_log(lines: int, gaps: Mapping[str, Sequence[float]], *, markdown: bool) -> None:
    """Print how long frames took."""
    rows = []
    for way, found in gaps.items():
        long = sum(gap > LONG_FRAME_MS for gap in found)
        share = long / len(found)
        cells = [f"{statistics.median(found):.1f}", f"{max(found):.0f}", f"{long} of {len(found)}"]
        rows.append(
            [way, *cells, f"<= {LONG_FRAMES_AT_MOST:.1%}", f"{share:.1%}", _verdict(share <= LONG_FRAMES_AT_MOST)]
        )
    header = (
        f"scrolling a log of {lines:,} lines",
        "median ms",
        "longest",
        f"above {LONG_FRAME_MS} ms",
        "bar",
        "share",
        "",
    )
    print(render(header, rows, markdown=markdown))


def _verdict(reached: bool) -> str:
    return "reached" if reached else "SHORT"


if __name__ == "__main__":
    sys.exit(cluster.run(main))
