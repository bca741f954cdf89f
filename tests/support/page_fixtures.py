"""Fixtures of the tests of the page, for modules that name this one in ``pytest_plugins``: one Airflow for each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.page_airflow import airflow_with_page, exchangis_and_linkis
from support.page_visitor import NoNodeError, Visitor, build_page, chromium
from support.plans_over_http import TaskCenter
from taskcenter_sandbox.deployment import AirflowDeployment
from taskcenter_sandbox.exchangis.server import ExchangisServer


@pytest.fixture(scope="module")
def page_exchangis(tmp_path_factory) -> Iterator[ExchangisServer]:
    """The Exchangis, and at the same address the Linkis, on which plans run."""
    with exchangis_and_linkis(tmp_path_factory.mktemp("exchangis")) as server:
        yield server


@pytest.fixture(scope="module")
def page_settings() -> dict[str, Any]:
    """What the Airflow of a module is given besides, see ``airflow_with_page``; for modules to say."""
    return {}


@pytest.fixture(scope="module")
def page_airflow(tmp_path_factory, page_exchangis, page_settings) -> Iterator[AirflowDeployment]:
    """The Airflow that has the page."""
    try:
        build_page()
    except NoNodeError as missing:
        pytest.skip(str(missing))
    home = tmp_path_factory.mktemp("page") / "files"
    with airflow_with_page(home, page_exchangis, **page_settings) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def page_center(page_airflow) -> TaskCenter:
    """Its task center, as a script of the administrator uses it."""
    return TaskCenter(page_airflow)


@pytest.fixture(scope="module")
def page_passwords(page_airflow) -> dict[str, str]:
    """The passwords of its users."""
    return dict(json.loads(page_airflow.settings.passwords_file.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def page_browser() -> Iterator[Any]:
    """A Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture
def visit(page_airflow, page_browser, page_passwords) -> Iterator[Any]:
    """Somebody comes; in the end nobody's browser has complained, or asked another host for anything."""
    visitors: list[Visitor] = []

    def begin(user: str = "admin", **options: Any) -> Visitor:
        visitors.append(Visitor(page_browser, page_airflow.settings.url, user, page_passwords[user], **options))
        return visitors[-1]

    yield begin
    complaints = [each for visitor in visitors for each in visitor.complaints]
    elsewhere = [each for visitor in visitors for each in visitor.elsewhere]
    for visitor in visitors:
        visitor.close()
    assert (complaints, elsewhere) == ([], [])
