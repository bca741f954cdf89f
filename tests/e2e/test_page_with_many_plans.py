"""The list of plans in a browser, of 100,000 plans with their runs on PostgreSQL."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import pytest

from support.page_visitor import BROWSER, SECONDS, NoNodeError, Visitor, build_page, chromium, in_both_languages
from taskcenter_sandbox.deployment import wait_until
from taskcenter_sandbox.processes.databases import ServerMissingError

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PLANS = 100_000


@pytest.fixture(scope="module")
def visitor() -> Iterator[Callable[[str], Visitor]]:
    """Somebody who looks at the list of so many plans, nearly all of them copies of the rows of one; in a language."""
    psycopg2 = pytest.importorskip("psycopg2", reason="the driver of PostgreSQL is not installed")
    try:
        build_page()
    except NoNodeError as missing:
        pytest.skip(str(missing))
    with pytest.MonkeyPatch.context() as patch, ExitStack() as running:
        patch.syspath_prepend(str(BENCHMARKS))
        cluster, lists = importlib.import_module("cluster"), importlib.import_module("lists")
        try:
            airflow, url = running.enter_context(cluster.airflow({}, only=["api-server", "dag-processor"]))
        except ServerMissingError as missing:
            pytest.skip(str(missing))
        lists.post(cluster.session(airflow), airflow.settings.url)
        airflow.stop_component("dag-processor")
        with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as database:
            database.autocommit = True
            lists.copy_rows(database, PLANS, runs_each=2)
            database.cursor().execute("VACUUM ANALYZE")
        browser = running.enter_context(chromium())
        visitors: list[Visitor] = []

        @cache
        def begin(language: str) -> Visitor:
            url, password = airflow.settings.url, airflow.settings.password
            visitors.append(Visitor(browser, url, "admin", password, language=language))
            return visitors[-1]

        yield begin
        for each in visitors:
            each.close()
        assert [(each.complaints, each.elsewhere) for each in visitors] == [([], [])] * len(visitors)


@pytest.fixture
def ann(visitor) -> Visitor:
    """That visitor in English."""
    return visitor("en")


def shown(ann: Visitor, *plans: str) -> None:
    """Wait until the list begins with these."""
    wait_until(lambda: ann.plans()[: len(plans)] == list(plans), what=f"{plans}", timeout_seconds=SECONDS)


def ranged(ann: Visitor, least: str, most: str, total: str) -> None:
    """Wait until the list says that it shows those of so many."""
    ann.see("nav [role=status]", ann.say("pager.range", **{"from": least, "to": most, "total": total}))


@in_both_languages
def test_one_of_them_is_found_by_its_name(visitor, language):
    ann = visitor(language)
    ann.go()
    ranged(ann, "1", "25", "100,000")
    ann.filter(ann.say("plans.search")).fill("copied-98765")
    shown(ann, "LINKIS copied-98765")
    ranged(ann, "1", "1", "1")


def test_the_last_page_is_as_near_as_the_first(ann):
    ann.go()
    ann.page.get_by_role("navigation", name="Pages of plans").get_by_role("button", name="Last").click()
    ranged(ann, "99,976", "100,000", "100,000")
    shown(ann, "LINKIS copied-99975")


@pytest.mark.parametrize("column", ["Plan", "Last run", "Took", "Next run"])
def test_they_are_sorted_by_each_column_that_has_an_order(ann, column):
    ann.go()
    before = ann.plans()
    ann.sort(column)
    wait_until(lambda: ann.plans() and ann.plans() != before, what="another order", timeout_seconds=SECONDS)
    ann.see("th[aria-sort=ascending], th[aria-sort=descending]", column)


@in_both_languages
def test_filters_narrow_them_one_after_the_other(visitor, language):
    ann = visitor(language)
    say = ann.say
    ann.go()
    ann.filter(say("plans.lastStatus")).select_option("FAILED")
    ranged(ann, "1", "25", "5,000")
    shown(ann, "LINKIS copied-1", "LINKIS copied-21")
    ann.filter(say("plans.group")).select_option("LINKIS")
    ann.filter(say("plans.enabled")).select_option("false")
    ann.see("[role=status]", say("plans.noneFits"))
    ann.press(say("plans.clear"))
    ranged(ann, "1", "25", "100,000")
