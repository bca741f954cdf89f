"""``airflow taskcenter``: plans and entities live in YAML files, too."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from support.task_center import forget_everything, migrated_airflow

ENTITIES = """
entityGroup: LINKIS
entityKey: nightly
title: 每日统计
definition:
  code: |
    SELECT count(*)
    FROM sales WHERE day = '{{ ds }}'
  variables: {since: 2024-01-01}
---
- entityGroup: LINKIS
  entityKey: hourly
  definition: {code: SELECT 1}
"""
PLANS = """
entityGroup: LINKIS
entityKey: nightly
enabled: false
planItems:
  - triggerType: CRON_JOB
    cronDesc: 0 0 3 * * ?
    timeZone: Asia/Shanghai
  - {triggerType: CRON_JOB, cronDesc: 0 0 15 ? * MON-FRI, timeZone: UTC}
---
- entityGroup: LINKIS
  entityKey: after
  execDetail: {jobParams: {code: SELECT 2}, retryTimes: 2}
  planItems:
    - triggerType: DEPENDENCY
      triggerByJobs: [{entityGroup: LINKIS, entityKey: nightly}]
"""


@pytest.fixture(scope="module", autouse=True)
def airflow():
    with migrated_airflow():
        yield


@pytest.fixture
def run(capsys):
    """Call the command line as ``airflow`` does; return its exit code, standard output and standard error."""
    from airflow.cli.cli_parser import get_parser

    forget_everything()

    def call(*words: str) -> tuple[object, str, str]:
        args = get_parser().parse_args(["taskcenter", *(str(word) for word in words)])
        code: object = 0
        try:
            args.func(args)
        except SystemExit as exit_:
            code = exit_.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def entities_file(tmp_path):
    file = tmp_path / "entities.yaml"
    file.write_text(ENTITIES, encoding="utf-8")
    return file


@pytest.fixture
def plans_file(tmp_path):
    file = tmp_path / "plans.yaml"
    file.write_text(PLANS, encoding="utf-8")
    return file


def listed(run, kind: str) -> list[str]:
    code, out, _ = run(kind, "list", "--output", "json")
    assert code == 0
    return [row["entityKey"] for row in json.loads(out)]


def test_a_file_of_entities_is_applied_and_applied_again_changes_nothing(run, entities_file):
    code, out, _ = run("entities", "apply", entities_file)
    assert (code, out.splitlines()) == (
        0,
        ["created: LINKIS nightly", "created: LINKIS hourly", f"{entities_file}: 2 created, 0 updated, 0 unchanged"],
    )
    assert run("entities", "apply", entities_file)[1] == f"{entities_file}: 0 created, 0 updated, 2 unchanged\n"


def test_a_definition_is_kept_as_it_stands_with_what_looks_like_a_date_or_a_template(run, entities_file):
    run("entities", "apply", entities_file, "--user", "ada")
    entity = json.loads(run("entities", "show", "LINKIS", "nightly")[1])
    assert entity["definition"] == {
        "code": "SELECT count(*)\nFROM sales WHERE day = '{{ ds }}'\n",
        "variables": {"since": "2024-01-01"},
    }
    assert (entity["title"], entity["createdByName"]) == ("每日统计", "ada")


def test_exported_entities_are_what_apply_takes_back(run, entities_file, tmp_path):
    run("entities", "apply", entities_file)
    exported = tmp_path / "exported.yaml"
    assert run("entities", "export", "-f", exported)[0] == 0
    assert run("entities", "apply", exported)[1] == f"{exported}: 0 created, 0 updated, 2 unchanged\n"
    forget_everything()
    run("entities", "apply", exported)
    assert run("entities", "export")[1] == exported.read_text(encoding="utf-8")


def test_a_file_of_plans_is_applied_and_applied_again_changes_nothing(run, entities_file, plans_file):
    run("entities", "apply", entities_file)
    code, out, _ = run("plans", "apply", plans_file)
    assert (code, out.splitlines()) == (
        0,
        ["created: LINKIS nightly", "created: LINKIS after", f"{plans_file}: 2 created, 0 updated, 0 unchanged"],
    )
    before = run("plans", "show", "LINKIS", "nightly")[1]
    assert run("plans", "apply", plans_file)[1] == f"{plans_file}: 0 created, 0 updated, 2 unchanged\n"
    assert run("plans", "show", "LINKIS", "nightly")[1] == before
    assert json.loads(before)["enabled"] is False


def test_exported_plans_are_what_apply_takes_back(run, entities_file, plans_file, tmp_path):
    run("entities", "apply", entities_file)
    run("plans", "apply", plans_file)
    exported = tmp_path / "exported.yaml"
    run("plans", "export", "--file", exported)
    assert run("plans", "apply", exported)[1] == f"{exported}: 0 created, 0 updated, 2 unchanged\n"
    forget_everything()
    run("entities", "apply", entities_file)
    run("plans", "apply", exported)
    assert run("plans", "export")[1] == exported.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("enabled: false", "enabled: true", "enabled"),
        ("cronDesc: 0 0 3", "cronDesc: 0 0 4", "planItems"),
        ("Asia/Shanghai", "Asia/Tokyo", "planItems"),
        ("retryTimes: 2", "retryTimes: 3", "execDetail"),
        ("code: SELECT 2", "code: SELECT 3", "execDetail"),
        ("entityKey: nightly}", "entityKey: hourly}", "planItems"),
    ],
)
def test_a_change_in_a_file_changes_its_plan_and_no_other(run, entities_file, plans_file, old, new, field):
    run("entities", "apply", entities_file)
    run("plans", "apply", plans_file)
    before = {each["entityKey"]: each for each in yaml.safe_load_all(run("plans", "export")[1])}
    assert PLANS.count(old) == 1
    plans_file.write_text(PLANS.replace(old, new), encoding="utf-8")
    assert "0 created, 1 updated, 1 unchanged" in run("plans", "apply", plans_file)[1]
    after = {each["entityKey"]: each for each in yaml.safe_load_all(run("plans", "export")[1])}
    changed = [(key, name) for key, plan in after.items() for name in plan if plan[name] != before[key][name]]
    assert [name for _, name in changed] == [field]


def test_a_file_that_says_nothing_of_the_switch_leaves_it(run, entities_file, plans_file):
    run("entities", "apply", entities_file)
    run("plans", "apply", plans_file)
    plans_file.write_text(PLANS.replace("enabled: false\n", "").replace("0 0 3", "0 30 3"), encoding="utf-8")
    assert "1 updated" in run("plans", "apply", plans_file)[1]
    assert json.loads(run("plans", "show", "LINKIS", "nightly")[1])["enabled"] is False


def test_a_plan_follows_its_entity_that_a_file_has_changed(run, entities_file, plans_file):
    run("entities", "apply", entities_file)
    run("plans", "apply", plans_file)
    entities_file.write_text(ENTITIES.replace("每日统计", "每日汇总"), encoding="utf-8")
    run("entities", "apply", entities_file)
    assert json.loads(run("plans", "show", "LINKIS", "nightly")[1])["title"] == "每日汇总"


def test_plans_come_from_the_standard_input(run, entities_file, monkeypatch):
    run("entities", "apply", entities_file)
    monkeypatch.setattr(sys, "stdin", io.StringIO(PLANS))
    assert run("plans", "apply", "-")[0] == 0
    assert listed(run, "plans") == ["nightly", "after"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("entityGroup: LINKIS\nentityKey: 1\n", "document 1: entityKey: Input should be a valid string (put it in quotes)"),
        ("- {entityGroup: LINKIS, entityKey: a}\n- {entityGroup: NOPE, entityKey: b}\n", "document 1, entry 2: There is no job type"),
        ("entityGroup: LINKIS\n", "document 1: entityKey: Field required"),
        ("entityGroup: LINKIS\nentityKey: a\ntitel: x\n", "document 1: titel: there is no such field"),
        ("entityGroup: LINKIS\nentityKey: a\nimportType: 3\n", "document 1: importType"),
        ("entityGroup: LINKIS\nentityKey: a\nentityKey: b\n", "line 3: 'entityKey' is there twice"),
        ("entityGroup: LINKIS\nentityKey: a\n---\nentityGroup: LINKIS\nentityKey: a\n", "document 2: LINKIS a is there already"),
        ("entityGroup: LINKIS\nentityKey: a\ndefinition: {1: x}\n", "line 3: the name 1 is no text"),
        ("entityGroup: LINKIS\nentityKey: a\ndefinition: {code: x, n: .nan}\n", "document 1: nan is no value that JSON has"),
        ("entityGroup: LINKIS\nentityKey: a\ndefinition: {code: x, token: abc}\n", "definition.token looks like a credential"),
        ("entityGroup: LINKIS\nentityKey: a\ndefinition: !!python/object/apply:os.system [ls]\n", "not YAML that can be taken"),
        ("a: [1\n", "line 2"),
        ("just text\n", "document 1: an object with entityGroup and entityKey is expected"),
        ("[" * 200_000 + "]" * 200_000, "line 1: nested deeper than 100 levels"),
        ("entityGroup: LINKIS\nentityKey: a\ndefinition: {code: x, picture: !!binary aGk=}\n", "no value that JSON has"),
        ("entityGroup: LINKIS\nentityKey: a\ndefinition: &a {code: x, self: *a}\n", "values, with aliases written out"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_with_the_place(run, tmp_path, text, told):
    file = tmp_path / "wrong.yaml"
    file.write_text(text, encoding="utf-8")
    code, _, err = run("entities", "apply", file)
    assert code == 1
    assert str(file) in err
    assert told in err
    assert listed(run, "entities") == []


def test_a_small_file_that_writes_out_to_millions_of_values_is_refused(run, tmp_path):
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9)]
    file = tmp_path / "bomb.yaml"
    file.write_text("\n".join(["entityGroup: LINKIS", "entityKey: a", "l0: &l0 [x]", *levels]), encoding="utf-8")
    code, _, err = run("entities", "apply", file)
    assert code == 1
    assert "values, with aliases written out. Split it." in err


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ("planItems: [{triggerType: ONCE}]", "planItems: ONCE runs a plan now"),
        ("planItems: [{triggerType: CRON_JOB, cronDesc: 0 0 3 * *}]", "planItems[0]"),
        ("sync: true", "sync: sync waits for a run"),
        ("execDetail: {jobParams: {code: x}, retryTimes: -1}", "execDetail.retryTimes"),
        ("execDetail: {jobParams: {password: x}}", "execDetail.jobParams.password looks like a credential"),
        (
            "planItems: [{triggerType: DEPENDENCY, triggerByJobs: [{entityGroup: LINKIS, entityKey: bad}]}]",
            "would go roun",
        ),
        ("enabled: false", "give either code or scriptPath"),
    ],
)
def test_a_wrong_plan_is_refused_with_all_that_is_in_its_file_and_other_files_go_on(
    run, entities_file, tmp_path, plan, told
):
    run("entities", "apply", entities_file)
    wrong, right = tmp_path / "wrong.yaml", tmp_path / "right.yaml"
    wrong.write_text(
        f"entityGroup: LINKIS\nentityKey: hourly\n---\nentityGroup: LINKIS\nentityKey: bad\n{plan}\n", encoding="utf-8"
    )
    right.write_text("entityGroup: LINKIS\nentityKey: nightly\n", encoding="utf-8")
    code, out, err = run("plans", "apply", wrong, right)
    assert code == 1
    assert f"{wrong}, document 2: " in err
    assert told in err
    assert f"Nothing of {wrong} has been applied" in err
    assert out == f"created: LINKIS nightly\n{right}: 1 created, 0 updated, 0 unchanged\n"
    assert listed(run, "plans") == ["nightly"]


@pytest.mark.parametrize("kind", ["entities", "plans"])
def test_what_is_not_there_is_said_so(run, kind, tmp_path):
    code, _, _ = run(kind, "show", "LINKIS", "nothing")
    assert "LINKIS nothing" in str(code)
    code, _, err = run(kind, "apply", tmp_path / "nothing.yaml")
    assert code == 1
    assert "cannot be read" in err
    code, _, _ = run(kind, "export", "-f", tmp_path / "no" / "where.yaml")
    assert "cannot be written" in str(code)


def test_lists_and_exports_are_narrowed_by_group_and_text(run, entities_file):
    run("entities", "apply", entities_file)
    assert [each["entityKey"] for each in yaml.safe_load_all(run("entities", "export", "-q", "每日")[1])] == ["nightly"]
    assert run("entities", "export", "--group", "DATASET")[1] == ""
    assert len(json.loads(run("entities", "list", "--limit", "1", "--output", "json")[1])) == 1


def test_sync_mends_what_hands_have_damaged(run, entities_file, plans_file):
    from airflow.models.dag import DagModel
    from airflow.models.variable import Variable
    from airflow.utils.session import create_session
    from sqlalchemy import select, update

    run("entities", "apply", entities_file)
    run("plans", "apply", plans_file)
    with create_session(scoped=False) as session:
        keys = sorted(session.scalars(select(Variable.key)))
        right = {key: Variable.get(key) for key in keys}
        Variable.set(keys[0], "edited by hand", session=session)
        session.execute(update(DagModel).values(is_stale=True))
    code, out, _ = run("plans", "sync")
    assert (code, out) == (0, "2 plans registered, 0 Variables written anew\n")
    assert {key: Variable.get(key) for key in keys} == right
    with create_session(scoped=False) as session:
        assert set(session.scalars(select(DagModel.is_stale))) == {False}


def test_plans_are_not_applied_before_airflow_knows_their_bundle(run, entities_file, plans_file):
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session
    from sqlalchemy import delete

    run("entities", "apply", entities_file)
    with create_session(scoped=False) as session:
        session.execute(delete(DagBundleModel))
    try:
        code, _, err = run("plans", "apply", plans_file)
    finally:
        DagBundlesManager().sync_bundles_to_db()
    assert code == 1
    assert "Start `airflow dag-processor` once" in err


def test_the_files_that_the_documentation_shows_can_be_applied(run, tmp_path):
    docs = Path(__file__).parents[2] / "docs"
    for page, kind in (("entities.md", "entities"), ("cli.md", "plans")):
        (example,) = re.findall(r"```yaml\n(.*?)```", (docs / page).read_text(encoding="utf-8"), re.DOTALL)
        file = tmp_path / f"{kind}.yaml"
        file.write_text(example, encoding="utf-8")
        assert run(kind, "apply", file)[0] == 0
    assert listed(run, "entities") == ["nightly"]
    assert listed(run, "plans") == ["nightly", "report"]
