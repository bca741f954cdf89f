"""The page on Exchangis names what there is."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from taskcenter.exchangis.data_source_operators import ExchangisDataSourceOperator
from taskcenter.exchangis.hook import ExchangisHook
from taskcenter.exchangis.operators import ExchangisJobOperator
from taskcenter.provider import get_provider_info

PAGE = (Path(__file__).parents[2] / "docs" / "exchangis.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> list[str]:
    """What stands as code in the first column of the first table below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2]
    table = section[section.index("\n| ") :].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


@pytest.mark.parametrize(
    ("operator", "shared"),
    [
        (ExchangisJobOperator, ["timeout_seconds", "poll_interval_seconds", "deferrable"]),
        (ExchangisDataSourceOperator, []),
    ],
)
def test_it_names_every_argument_of_an_operator(operator: Any, shared):
    own = [name for name in inspect.signature(operator.__init__).parameters if name not in ("self", "kwargs")]
    assert first_cells(operator.__name__) == [*own, *shared]


def test_it_names_every_method_of_the_hook():
    section = PAGE.partition("\n## ExchangisHook\n")[2]
    named = {re.match(r"\w+", code).group() for code in re.findall(r"`(\w[^`]*)`", section.split("\n\n", 1)[1])}
    methods = {
        name[1:]
        for name, value in vars_of(ExchangisHook)
        if name.startswith("a") and inspect.iscoroutinefunction(value)
    }
    assert methods - {"run", "cquire", "mask"} == named


def vars_of(kind: type) -> list[tuple[str, Any]]:
    """Names and values of what a class has from this package's folder."""
    return [
        (name, value)
        for base in kind.__mro__
        if base.__module__.startswith("taskcenter.exchangis")
        for name, value in vars(base).items()
        if not name.startswith("_")
    ]


def test_it_names_the_fields_of_the_connection_that_linkis_does_not_have():
    kinds = {kind["connection-type"]: kind for kind in get_provider_info()["connection-types"]}
    own = set(kinds["exchangis"]["conn-fields"]) - set(kinds["linkis"]["conn-fields"]) | {"job_url"}
    assert set(first_cells("The connection")) == own
