"""The pages for operators name metrics, options, commands and files that there are, alike in both languages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from airflow.cli import cli_parser
from airflow.configuration import conf
from airflow.sdk.observability import stats

from taskcenter.jobs import metrics as job_metrics
from taskcenter.provider import get_provider_info
from taskcenter_plugin import metrics as plan_metrics

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH = sorted((DOCS / "operations").glob("*.md"))
CHINESE = [DOCS / "zh-CN" / "operations" / page.name for page in ENGLISH]
NAMES = {
    value
    for module in (job_metrics, plan_metrics)
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str) and value != job_metrics.PREFIX
}
MAX_LINES = 200


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name(page: Path) -> str:
    return str(page.relative_to(DOCS))


def metrics_pages() -> list[Path]:
    return [DOCS / "operations" / "metrics.md", DOCS / "zh-CN" / "operations" / "metrics.md"]


@pytest.mark.parametrize(
    ("english", "chinese"), zip(ENGLISH, CHINESE, strict=True), ids=[page.stem for page in ENGLISH]
)
def test_both_languages_have_the_same_parts_tables_and_commands(english, chinese):
    for pattern in (r"^(#+) ", r"^\| .+?\|", r"^(\d\.|- )"):
        counts = [len(re.findall(pattern, text_of(page), re.MULTILINE)) for page in (english, chinese)]
        assert counts[0] == counts[1], pattern
    blocks = [re.findall(r"^```.*?^```$", text_of(page), re.MULTILINE | re.DOTALL) for page in (english, chinese)]
    assert blocks[0] == blocks[1]


@pytest.mark.parametrize("page", [*ENGLISH, *CHINESE], ids=name)
def test_a_page_is_short_enough_to_be_read(page):
    assert len(text_of(page).splitlines()) < MAX_LINES


@pytest.mark.parametrize("page", metrics_pages(), ids=name)
def test_every_metric_is_documented_and_no_other(page):
    ours = text_of(page).split("\n## ")[1]
    assert set(re.findall(r"^\| `(\w+)` \| (?:gauge|counter|timer)", ours, re.MULTILINE)) == NAMES
    assert set(re.findall(r"`taskcenter\.(\w+)", text_of(page))) - {"exchangis"} <= NAMES


@pytest.mark.skipif(not hasattr(stats, "gauge"), reason="Airflow 3.2 has no list of its metrics")
@pytest.mark.parametrize("page", metrics_pages(), ids=name)
def test_airflows_metrics_that_are_to_be_watched_exist(page):
    from airflow._shared.observability.metrics import metrics_registry

    template = Path(metrics_registry.__file__).with_name("metrics_template.yaml")
    known = {metric["name"] for metric in yaml.safe_load(template.read_text(encoding="utf-8"))["metrics"]}
    alerts = text_of(page).split("\n## ")[2]
    cells = [row.split("|")[1] for row in re.findall(r"^\|.+$", alerts, re.MULTILINE)[2:]]
    named = {word for cell in cells for word in re.findall(r"`([a-z_.]+)`", cell)} - {"system", "error"}
    airflows = {word for word in named if not word.startswith("taskcenter.")}
    assert airflows
    assert airflows <= known


@pytest.mark.parametrize("page", [*ENGLISH, *CHINESE], ids=name)
def test_every_option_exists(page):
    ours = get_provider_info()["config"]["taskcenter"]["options"]
    for section, option in re.findall(r"`\[(\w+)\] (\w+)", text_of(page)):
        known = ours if section == "taskcenter" else conf.configuration_description[section]["options"]
        found = [each for each in known if each == option or (option.endswith("_") and each.startswith(option))]
        assert found, f"[{section}] {option}"


def accepts(words: list[str]) -> bool:
    """Whether Airflow's command line takes it; a request for help is taken, too."""
    try:
        cli_parser.get_parser().parse_args(words)
    except SystemExit as end:
        return end.code == 0
    return True


@pytest.mark.parametrize("page", ENGLISH, ids=name)
def test_airflow_knows_the_commands(page):
    blocks = re.findall(r"^```bash\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)
    whole = [line for block in blocks for line in block.splitlines() if line.startswith("airflow ")]
    named = [f"{line} --help" for line in re.findall(r"`(airflow [^`]+)`", text_of(page))]
    assert [line for line in whole + named if not accepts(shlex.split(line)[1:])] == []
