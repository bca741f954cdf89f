"""The documentation says what the code does: quotes are fresh, links lead somewhere, both languages say the same."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from airflow.dag_processing.dagbag import DagBag

from taskcenter.core import errors
from taskcenter.core.endpoint import Endpoint
from taskcenter.linkis import endpoints
from taskcenter.linkis.hook import LinkisHook
from taskcenter.linkis.operators import LinkisOperator
from taskcenter.provider import get_provider_info

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "docs.py"

spec = importlib.util.spec_from_file_location("docs_script", SCRIPT)
assert spec is not None
assert spec.loader is not None
docs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(docs)

PAGES = docs.pages()
OTHER_PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
TRANSLATIONS = [
    (ROOT / "README.md", ROOT / "README.zh-CN.md"),
    (ROOT / "docs/quickstart.md", ROOT / "docs/zh-CN/quickstart.md"),
    (ROOT / "docs/linkis/operator.md", ROOT / "docs/zh-CN/operator.md"),
    (ROOT / "docs/job-pages.md", ROOT / "docs/zh-CN/job-pages.md"),
    (ROOT / "docs/gateway.md", ROOT / "docs/zh-CN/gateway.md"),
    (ROOT / "docs/hlink.md", ROOT / "docs/zh-CN/hlink.md"),
]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str = r"\w*") -> list[str]:
    """The fenced blocks of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)


def prose(page: Path) -> str:
    """A page without its fenced blocks and code in the line."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text_of(page), flags=re.DOTALL | re.MULTILINE))


def headings(page: Path) -> list[tuple[int, str]]:
    """Level and text of each heading."""
    without_blocks = re.sub(r"^```.*?^```$", "", text_of(page), flags=re.DOTALL | re.MULTILINE)
    return [(len(marks), title) for marks, title in re.findall(r"^(#+) (.+)$", without_blocks, re.MULTILINE)]


def anchor(title: str) -> str:
    """The anchor that a repository browser gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def links(page: Path) -> Iterator[str]:
    """Targets of all links and pictures of a page."""
    yield from re.findall(r"\]\(<?([^)>\s]+)>?\)", prose(page))


def table_rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = text_of(page).partition(f"\n## {heading}\n")[2]
    lines = section[section.index("\n|") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_quotes_and_tables_are_those_of_the_code():
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES], ids=name)
def test_links_lead_somewhere(page):
    for link in links(page):
        if re.match(r"\w+:", link):
            continue
        target, _, fragment = link.partition("#")
        file = (page.parent / unquote(target)).resolve() if target else page
        assert file.is_relative_to(ROOT), link
        assert file.exists(), f"{link}: there is no {file}"
        if fragment:
            assert fragment in [anchor(title) for _, title in headings(file)], f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_that_are_named_exist(page):
    named = re.findall(r"(?<![\w/.])(?:dags|docs|tests|scripts|requirements|benchmarks)/[\w./-]+\.\w+", text_of(page))
    missing = [file for file in named if not (ROOT / file).exists() and not (page.parent / file).exists()]
    assert not missing


def test_the_index_names_every_page():
    index = ROOT / "docs/index.md"
    named = {(index.parent / unquote(link.partition("#")[0])).resolve() for link in links(index)}
    assert {page for page in PAGES if page != index} <= named


@pytest.mark.parametrize(("english", "chinese"), TRANSLATIONS, ids=lambda page: page.name)
def test_a_translation_has_the_same_parts_and_the_same_code(english, chinese):
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(chinese)]
    assert blocks(english) == blocks(chinese)
    assert len(re.findall(r"^\|", text_of(english), re.MULTILINE)) == len(
        re.findall(r"^\|", text_of(chinese), re.MULTILINE)
    )
    assert len(re.findall(r"[\u4e00-\u9fff]", prose(chinese))) > 300


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_python_and_json_in_a_page_can_be_read(page):
    for block in blocks(page, "json"):
        json.loads(block)
    for block in blocks(page, "python"):
        # What is shown of the inside of a function or of an asynchronous one is put into one.
        compile("async def page():\n" + re.sub(r"^", "    ", block, flags=re.MULTILINE), name(page), "exec")


def test_the_dag_of_the_readme_has_fifteen_lines_and_loads(tmp_path):
    [dag] = blocks(ROOT / "README.md", "python")
    assert len(dag.splitlines()) <= 15
    (tmp_path / "readme.py").write_text(dag, encoding="utf-8")
    bag = DagBag(tmp_path)
    assert bag.import_errors == {}
    assert set(bag.dags["hello_linkis"].task_ids) == {"cities", "report"}


def test_the_dag_of_the_quickstart_loads(tmp_path):
    [dag] = blocks(ROOT / "docs/quickstart.md", "python")
    (tmp_path / "quickstart.py").write_text(dag, encoding="utf-8")
    bag = DagBag(tmp_path)
    assert bag.import_errors == {}
    assert bag.dags["orders"].task_ids == ["create", "ask", "report"]


def test_the_readme_fits_one_screen():
    assert len(text_of(ROOT / "README.md").splitlines()) <= 80


def test_the_picture_of_a_run_is_small():
    assert 20_000 < (ROOT / "docs/images/run.png").stat().st_size < 300_000


def test_the_hook_page_names_every_endpoint_and_its_methods():
    rows = table_rows(ROOT / "docs/linkis/hook.md", "Endpoints")
    documented = {re.sub(r"\{\w+\}", "{}", re.findall(r"`(.+?)`", row[0])[0]) for row in rows}
    declared = [value for value in vars(endpoints).values() if isinstance(value, Endpoint)]
    assert documented == {re.sub(r"\{\w+\}", "{}", f"{value.method} {value.path}") for value in declared}
    for row in rows:
        signature, twin = re.findall(r"`(.+?)`", row[1])[0], row[2].strip("`")
        method = signature.partition("(")[0]
        assert inspect.isfunction(getattr(LinkisHook, method))
        assert twin == f"a{method}"
        assert inspect.iscoroutinefunction(getattr(LinkisHook, twin))


def test_the_operator_page_names_every_argument():
    named = [re.findall(r"`(\w+)`", row[0])[0] for row in table_rows(ROOT / "docs/linkis/operator.md", "Arguments")]
    shared = ["timeout_seconds", "poll_interval_seconds", "deferrable"]
    own = [parameter for parameter in inspect.signature(LinkisOperator.__init__).parameters if parameter != "self"]
    assert named == [*[parameter for parameter in own if parameter != "kwargs"], *shared]
    templated = named[: -len(shared)]
    assert sorted(templated) == sorted(LinkisOperator.template_fields)


def test_the_connection_page_names_the_fields_of_the_form():
    rows = [
        line.split("|") for line in text_of(ROOT / "docs/linkis/connection.md").splitlines() if line.startswith("| `")
    ]
    in_form = {cells[1].strip(" `") for cells in rows if "✓" in cells[2]}
    [linkis] = [kind for kind in get_provider_info()["connection-types"] if kind["connection-type"] == "linkis"]
    assert in_form == set(linkis["conn-fields"])


def test_the_errors_page_explains_every_error():
    tree = {
        value.__name__
        for value in vars(errors).values()
        if inspect.isclass(value) and issubclass(value, errors.RemoteError)
    }
    explained = {
        row[0].strip("`") for row in table_rows(ROOT / "docs/errors.md", "What each means") if row[0].startswith("`")
    }
    assert explained == tree - {"RemoteError", "JobError"}


def test_a_stale_quote_is_noticed(tmp_path):
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/a.py").write_text("# [START x]\nfresh = 1\n# [END x]\n", encoding="utf-8")
    page = tmp_path / "README.md"
    page.write_text("<!-- region dags/a.py x -->\nstale\n<!-- /region -->\n", encoding="utf-8")
    assert "fresh = 1" in docs.filled(page, tmp_path)
    assert "stale" not in docs.filled(page, tmp_path)


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("<!-- region dags/a.py nowhere -->\n<!-- /region -->\n", "dags/a.py has no region nowhere"),
        ("<!-- region dags/b.py x -->\n<!-- /region -->\n", "b.py"),
        ("<!-- region dags/a.py x -->\n", "there is no <!-- /region -->"),
    ],
)
def test_a_marker_that_cannot_be_followed_is_an_error(tmp_path, marker, complaint):
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/a.py").write_text("# [START x]\nfresh = 1\n# [END x]\n", encoding="utf-8")
    page = tmp_path / "README.md"
    page.write_text(marker, encoding="utf-8")
    with pytest.raises(docs.DocsError, match=re.escape(complaint)):
        docs.filled(page, tmp_path)
