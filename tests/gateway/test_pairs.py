"""Every documented endpoint answers through Airflow exactly as the system does when it is asked directly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import exchangis_pairs, hlink_pairs, linkis_pairs
from support.exchangis_pairs import ExchangisWorld
from support.gateway_pairs import Pair, Way, ask_twice
from support.gateway_server import Asker
from support.hlink_flink_stub import FlinkStub
from support.hlink_pairs import HlinkWorld
from support.linkis_pairs import LinkisWorld
from taskcenter.exchangis.view import VIEW as EXCHANGIS
from taskcenter.hlink.view import VIEW as HLINK
from taskcenter.linkis.view import VIEW as LINKIS

TABLES = [(LINKIS, linkis_pairs.PAIRS), (EXCHANGIS, exchangis_pairs.PAIRS), (HLINK, hlink_pairs.PAIRS)]


@pytest.fixture(scope="module")
def ada(gateway: str) -> Way:
    """The gateway, as somebody who may do everything."""
    return Way(Asker(gateway, "ada"), gateway)


@pytest.fixture(scope="module")
def linkis_world(linkis) -> LinkisWorld:
    return LinkisWorld(linkis)


@pytest.fixture(scope="module")
def exchangis_world(exchangis, tmp_path_factory: pytest.TempPathFactory) -> ExchangisWorld:
    return ExchangisWorld(exchangis, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def hlink_world(hlink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HlinkWorld]:
    with FlinkStub() as flink:
        yield HlinkWorld(hlink, flink, tmp_path_factory.mktemp("files"))


def check(pair: Pair, world, direct: Way, gateway: Way) -> None:
    answered, expected = ask_twice(pair, world, direct, gateway)
    assert expected["status"] == pair.status, expected
    assert answered == expected


@pytest.mark.parametrize("pair", linkis_pairs.PAIRS, ids=str)
def test_linkis(pair: Pair, linkis_world: LinkisWorld, ada: Way):
    check(pair, linkis_world, Way(linkis_world.session, linkis_world.server.url), ada)


@pytest.mark.parametrize("paths", ["real", "documented"])
@pytest.mark.parametrize("pair", exchangis_pairs.PAIRS, ids=str)
def test_exchangis(pair: Pair, paths: str, exchangis_world: ExchangisWorld, gateway: str):
    """Asked at the documented paths, whichever the server has."""
    asker = Asker(gateway, "ada")
    if paths == "documented":
        asker.headers["X-Airflow-Connection"] = "exchangis_documented"
    real = exchangis_pairs.real if paths == "real" else lambda *given: given
    check(pair, exchangis_world, Way(exchangis_world.session, exchangis_world.server.url, real), Way(asker, gateway))


@pytest.mark.parametrize("pair", hlink_pairs.PAIRS, ids=str)
def test_hlink(pair: Pair, hlink_world: HlinkWorld, ada: Way):
    check(pair, hlink_world, Way(hlink_world.session, hlink_world.server.url, hlink_pairs.real), ada)


def documented(view) -> set[str]:
    """Verbs and paths under which a view's endpoints are documented."""
    return {
        f"{verb} {view.path_of(endpoint)}"
        for endpoint in view.endpoints
        for verb in (view.documented(endpoint).method, *view.documented(endpoint).other_methods)
    }


@pytest.mark.parametrize(("view", "pairs"), TABLES, ids=[view.name for view, _ in TABLES])
def test_no_documented_endpoint_is_left_out(view, pairs):
    assert {pair.endpoint for pair in pairs} == documented(view)


def test_all_endpoints_of_the_documents_are_there():
    assert sum(len(view.endpoints) for view, _ in TABLES) == 79
