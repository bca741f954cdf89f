"""A worker keeps the plans that it has read, and what it then says of a version is what the Variable would have said."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import time
from dataclasses import replace

import pytest

from taskcenter_plugin import settings
from taskcenter_plugin.plans import bundle, dag_file, shard_cache
from taskcenter_plugin.plans.document import BrokenDocument, PlanDocument, dump_shard, find_entry, pack, variable_of
from taskcenter_plugin.plans.versions import number_of, version_of

SHARD = 3
VARIABLE = f"AIRFLOW_VAR_{variable_of(SHARD).upper()}"
PLAN = PlanDocument(
    plan_id=1,
    dag_id="plan.LINKIS.a",
    group="LINKIS",
    key="a",
    title="a",
    owner="ada",
    created=0.0,
    since=0.0,
    definition={"code": "SELECT 0"},
)
V5, V6, V9 = (version_of(number, "this database") for number in (5, 6, 9))


@pytest.fixture
def worker(tmp_path, monkeypatch):
    return Worker(tmp_path / "bundles", monkeypatch)


class Worker:
    """A worker that loads the DAG of one task after another; what the api-server would tell it is in the environment."""

    def __init__(self, storage, monkeypatch) -> None:
        self._monkeypatch = monkeypatch
        self.folder = storage / f"taskcenter_shards_{os.geteuid()}"
        monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(storage))
        monkeypatch.setattr(bundle, "requested_version", None)
        self.publish()

    @property
    def file(self):
        return self.folder / "shard_03"

    def publish(self, *revisions: tuple[int, str], dag_id: str = PLAN.dag_id, more=()) -> None:
        """Put the revisions of a plan, newest first, into the Variable."""
        entry = (dag_id, True, [(number, document(dag_id, code)) for number, code in revisions])
        self.publish_text(dump_shard([entry, *more]))

    def publish_text(self, text: str) -> None:
        self._monkeypatch.setenv(VARIABLE, pack(text))

    def code(self, version: str | None, dag_id: str = PLAN.dag_id) -> str | None:
        """What a task of a run on this version would run; None: it finds no DAG."""
        self._monkeypatch.setattr(bundle, "requested_version", version)
        self._monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", dag_id)
        dags = dag_file.load(SHARD)
        return dags[dag_id].get_task("run").code if dags else None


def document(dag_id: str, code: object) -> str:
    return replace(PLAN, dag_id=dag_id, definition={"code": code}).dumps()


def test_the_next_task_on_the_same_version_reads_no_variable(worker):
    worker.publish((5, "SELECT 5"))
    assert worker.code(V5) == "SELECT 5"
    worker.publish()
    assert worker.code(V5) == "SELECT 5"


def test_a_task_on_another_version_reads_it_and_if_nothing_has_changed_both_are_known(worker):
    worker.publish((5, "SELECT 5"))
    assert [worker.code(V5), worker.code(V6)] == ["SELECT 5"] * 2
    worker.publish()
    assert [worker.code(V5), worker.code(V6)] == ["SELECT 5"] * 2
    assert worker.code(V9) is None


def test_after_a_change_each_version_is_read_once(worker):
    worker.publish((5, "SELECT 5"))
    worker.code(V5)
    worker.publish((9, "SELECT 9"), (5, "SELECT 5"))
    assert [worker.code(V9), worker.code(V5)] == ["SELECT 9", "SELECT 5"]
    worker.publish()
    assert [worker.code(V9), worker.code(V5)] == ["SELECT 9", "SELECT 5"]


def test_two_deployments_that_share_the_directory_do_not_run_one_anothers_plans(worker):
    theirs = version_of(9, "another database")
    for _ in range(2):
        worker.publish((5, "SELECT 'ours'"))
        assert worker.code(V5) == "SELECT 'ours'"
        worker.publish((3, "SELECT 'theirs'"))
        assert worker.code(theirs) == "SELECT 'theirs'"


@pytest.mark.parametrize("version", [None, "5", "x", "5.123"])
def test_a_run_whose_version_does_not_tell_all_states_apart_reads_it_each_time(worker, version):
    for code in ("SELECT 5", "SELECT 6"):
        worker.publish((5, code))
        assert worker.code(version) == code
    assert not worker.folder.exists()


def test_a_database_that_counts_from_one_again_is_another(worker):
    worker.publish((5, "SELECT 'old'"))
    worker.code(V5)
    worker.publish((5, "SELECT 'new'"))
    assert worker.code(version_of(5, "another database")) == "SELECT 'new'"


def test_a_plan_that_the_file_does_not_have_is_looked_for(worker):
    worker.publish((5, "SELECT 5"), dag_id="plan.LINKIS.b")
    assert worker.code(V5) is None
    worker.publish((4, "SELECT 4"))
    assert worker.code(V5) == "SELECT 4"


def test_a_revision_that_the_file_has_not_is_looked_for(worker):
    worker.publish((9, "SELECT 9"))
    assert worker.code(V5) == "SELECT 9"  # the oldest that is kept
    worker.publish((9, "SELECT 9"), (5, "SELECT 5"))
    assert worker.code(V5) == "SELECT 5"


def test_the_file_is_the_users_alone(worker):
    worker.publish((5, "SELECT 5"))
    worker.code(V5)
    assert stat.S_IMODE(worker.folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(each.stat().st_mode) for each in worker.folder.iterdir()] == [0o600]


def test_it_can_be_turned_off(worker, monkeypatch):
    monkeypatch.setattr(settings, "plan_cache", lambda: False)
    worker.publish((5, "SELECT 5"))
    assert worker.code(V5) == "SELECT 5"
    assert not worker.folder.exists()


DAMAGES = {
    "empty": lambda _content: b"",
    "cut off": lambda content: content[:-10],
    "another byte": lambda content: content.replace(b"SELECT 5", b"SELECT 6"),
    "another version": lambda content: content.replace(V5.encode(), V6.encode()),
    "another release's": lambda content: content.replace(b'"format": 1', b'"format": 2', 1),
    "no header": lambda content: content.partition(b"\n")[2],
    "no object": lambda _content: b"[]\n",
    "no text": lambda _content: b"\xff\xfe\n\xff",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_is_not_whole_is_read_over_and_written_anew(worker, damage):
    worker.publish((5, "SELECT 5"))
    worker.code(V5)
    worker.file.write_bytes(DAMAGES[damage](worker.file.read_bytes()))
    worker.publish((5, "SELECT 'again'"))
    assert worker.code(V5) == "SELECT 'again'"
    worker.publish()
    assert worker.code(V5) == "SELECT 'again'"


def open_to_all(folder, _elsewhere) -> None:
    folder.chmod(0o755)


def anothers(folder, _elsewhere) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    os.chown(folder, 12345, -1)


def a_link(folder, elsewhere) -> None:
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)


def a_file(folder, elsewhere) -> None:
    folder.rename(elsewhere)
    folder.write_text("")


@pytest.mark.parametrize("make", [open_to_all, anothers, a_link, a_file])
def test_a_directory_that_is_not_the_users_alone_is_not_trusted_and_no_task_fails_of_it(worker, make, tmp_path):
    worker.publish((5, "SELECT 5"))
    worker.code(V5)
    make(worker.folder, tmp_path / "elsewhere")
    worker.publish((5, "SELECT 'right'"))
    assert worker.code(V5) == "SELECT 'right'"
    worker.publish((5, "SELECT 'still asked for'"))
    assert worker.code(V5) == "SELECT 'still asked for'"


def test_who_makes_the_directory_not_private_is_told(worker, caplog):
    worker.publish((5, "SELECT 5"))
    worker.code(V5)
    worker.folder.chmod(0o770)
    worker.code(V5)
    assert f"{worker.folder} is not private" in caplog.text
    assert "mode 0700" in caplog.text


def test_a_file_that_is_a_link_is_not_followed(worker, tmp_path):
    worker.publish((5, "SELECT 5"))
    worker.code(V5)
    worker.file.rename(tmp_path / "elsewhere")
    worker.file.symlink_to(tmp_path / "elsewhere")
    worker.publish((5, "SELECT 'right'"))
    assert worker.code(V5) == "SELECT 'right'"


def test_a_writer_that_was_killed_is_in_the_way_for_a_minute_only(worker):
    worker.folder.mkdir(parents=True, mode=0o700)
    part = worker.folder / "shard_03.part"
    part.write_text("half of a")
    worker.publish((5, "SELECT 5"))
    assert worker.code(V5) == "SELECT 5"
    assert (part.exists(), worker.file.exists()) == (True, False)
    long_ago = time.time() - 100
    os.utime(part, (long_ago, long_ago))
    worker.code(V5)
    worker.code(V5)
    assert (part.exists(), worker.file.exists()) == (False, True)


def test_a_shard_that_is_too_large_is_not_kept(worker, monkeypatch):
    monkeypatch.setattr(shard_cache, "MAX_BYTES", 2000)
    worker.publish((5, f"SELECT '{'x' * 2000}'"))
    worker.code(V5)
    assert not worker.folder.exists()


def test_only_the_last_versions_are_remembered(worker):
    worker.publish((1, "SELECT 1"))
    versions = [version_of(number) for number in range(1, shard_cache.MAX_VERSIONS + 11)]
    for version in versions:
        worker.code(version)
    assert shard_cache.read(SHARD).versions == tuple(versions[-shard_cache.MAX_VERSIONS :])


def test_a_plan_that_only_the_json_module_takes_is_no_harm_to_others(worker):
    odd = ("plan.LINKIS.odd", True, [(5, document("plan.LINKIS.odd", float("nan")))])
    worker.publish((5, "SELECT 5"), more=[odd])
    assert [worker.code(V5), worker.code(V5)] == ["SELECT 5"] * 2


@pytest.mark.parametrize(
    "text",
    [
        '{"format":1}',
        '{"format":2,"plans":{}}',
        '{"format":1,"plans":[]}',
        '{"format":1,"plans":{"plan.LINKIS.a":3}}',
        "x",
    ],
)
def test_a_shard_that_is_none_says_so_and_is_not_kept(worker, text):
    worker.publish_text(text)
    with pytest.raises(BrokenDocument, match="airflow taskcenter plans sync"):
        worker.code(V5)
    assert not worker.folder.exists()


def test_one_plan_is_found_as_when_all_are_decoded():
    plans = [
        (f"plan.LINKIS.{name}", live, [(number, document(name, f"SELECT {number}")) for number in numbers])
        for name, live, numbers in (("a", True, (3, 1)), ('中文 \\ "', False, (2,)), ("none", True, ()))
    ]
    text = dump_shard(plans)
    found = {dag_id: find_entry(text, dag_id) for dag_id, _, _ in plans}
    assert {dag_id: entry.live for dag_id, entry in found.items() if entry} == {plans[0][0]: True, plans[1][0]: False}
    assert found["plan.LINKIS.a"].at(2).data == json.loads(document("a", "SELECT 1"))
    assert find_entry(text, "plan.LINKIS.other") is None


def test_many_workers_at_once_read_whole_files_only(worker):
    texts = [dump_shard([(PLAN.dag_id, True, [(n, document(PLAN.dag_id, f"SELECT {n}" * 2000))])]) for n in range(1, 5)]
    versions = [version_of(number) for number in range(1, 5)]
    fork = multiprocessing.get_context("fork")
    seen = fork.Queue()
    processes = [fork.Process(target=read_and_keep, args=(texts, versions, start, seen)) for start in range(4)]
    for process in processes:
        process.start()
    results = [seen.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert [wrong for _, wrong in results] == [0] * 4
    assert sum(found for found, _ in results) > 100
    assert sorted(each.name for each in worker.folder.iterdir()) == ["shard_03"]


def read_and_keep(texts, versions, start, seen) -> None:
    found = wrong = 0
    for turn in range(start, start + 200):
        known = shard_cache.read(SHARD)
        if known is not None:
            found += 1
            wrong += known.text not in texts or not set(known.versions) <= set(versions)
        shard_cache.keep(SHARD, texts[turn % 4], versions[turn % 4], known)
    seen.put((found, wrong))


def test_a_version_is_a_number_and_a_mark():
    assert [number_of(each) for each in (V5, "17", "0.0123456789", "x", "", ".5")] == [5, 17, 0, None, None, None]
    assert version_of(5, "another database") != V5
    assert 5 <= float(V5) < 5.5  # also a database that rounds finds the number
