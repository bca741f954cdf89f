"""What a restart keeps, and what becomes of what ran."""

from __future__ import annotations

import pytest

from taskcenter_sandbox.exchangis.server import ExchangisServer, ExchangisStartError
from taskcenter_sandbox.waiting import wait_until


@pytest.fixture
def own(tmp_path):
    with ExchangisServer(data_dir=tmp_path / "data") as server:
        yield server


def test_all_is_there_after_a_restart(own, api_of, shop_of, tmp_path):
    api = api_of(own)
    shop = shop_of(api, tmp_path)
    job = shop.job()
    execution = api.run(job)
    log = api.log(execution)
    own.stop()
    own.start()
    assert api.status(execution)["status"] == "Success"
    assert api.log(execution) == log
    assert api.get(f"/datasources/{shop.source_id}/connect_params")["info"] == {"path": str(shop.left)}
    api.run(job)


def test_what_ran_when_the_server_was_killed_has_failed_and_what_waited_runs(own, api_of, shop_of, tmp_path):
    api = api_of(own)
    shop = shop_of(api, tmp_path, rows=30_000)
    own.fault("slow-transfer:1000")
    running = api.execute(shop.job())
    wait_until(lambda: shop.moved() > 0, what="the first rows", timeout_seconds=10, poll_seconds=0.02)
    own.fault("slow-generation:60000")
    waiting = api.execute(shop.job(settings={"setting.errorLimit.record": "100000"}))
    own.kill()
    assert shop.moved() < 30_000
    own.start()
    assert api.wait(running)["status"] == "Failed"
    assert [task["status"] for task in api.tasks(running)] == ["Failed"]
    assert api.wait(waiting)["status"] == "Success"
    assert shop.moved() == 30_000


def test_a_stop_ends_what_runs(own, api_of, shop_of, tmp_path):
    api = api_of(own)
    shop = shop_of(api, tmp_path, rows=30_000)
    own.fault("slow-transfer:60000")
    execution = api.execute(shop.job())
    wait_until(lambda: shop.moved() > 0, what="the first rows", timeout_seconds=10, poll_seconds=0.02)
    own.stop()
    own.start()
    assert api.wait(execution)["status"] == "Cancelled"


def test_a_data_directory_has_one_server(own):
    with pytest.raises(ExchangisStartError, match="is in use by another local Exchangis"):
        ExchangisServer(data_dir=own.data_dir).start()


def test_it_says_what_it_does(own):
    said = own.log_tail()
    assert f"Local Exchangis 1.1.8 at {own.url}/api/rest_j/v1" in said
    assert "READS AND WRITES DATABASES AND FILES" in said
    assert "SANDBOX-TOKEN" not in said


def test_a_host_that_others_can_reach_needs_a_word_and_secrets(tmp_path):
    for options, said in (
        (["--host", "0.0.0.0"], "--allow-remote"),
        (["--host", "0.0.0.0", "--allow-remote"], "secrets"),
    ):
        with pytest.raises(ExchangisStartError, match=said):
            ExchangisServer(data_dir=tmp_path, options=options).start()


def test_a_warehouse_of_its_own_and_linkis_exclude_each_other(tmp_path):
    with pytest.raises(ExchangisStartError, match="exclude each other"):
        ExchangisServer(data_dir=tmp_path, options=["--linkis", "--warehouse", str(tmp_path / "w")]).start()
