"""A search in a log tells the numbers of lines, and goes on from where it has stopped."""

from __future__ import annotations

from support.log_page import end


def test_a_search_tells_the_lines_that_have_the_text_whatever_its_case(page, execution):
    page.until(lambda data: data["total"] == 2500, "all lines")
    found = page.read(search=True, q="LINE 249")
    assert found == {"lines": [249, *range(2490, 2500)], "scanned": 2500, "total": 2500, "done": False}
    assert page.read(search=True, q="nowhere")["lines"] == []
    end(execution)
    assert page.until(lambda data: data["done"], "the end", search=True, q="line 7")["lines"][0] == 7


def test_a_search_with_many_hits_is_gone_on_with_from_where_it_stopped(page, execution):
    page.until(lambda data: data["total"] == 2500, "all lines")
    first = page.read(search=True, q="line", limit=1000)
    assert (len(first["lines"]), first["scanned"]) == (1000, 1000)
    second = page.read(search=True, q="line", after_line=first["scanned"], limit=3)
    assert (second["lines"], second["scanned"]) == ([1001, 1002, 1003], 1003)
    assert page.read(search=True, q="line", after_line=2500)["lines"] == []
