"""What Linkis does to SQL before it runs: comments go, and creators that are a part of the word IDE get a limit."""

from __future__ import annotations

import pytest

from taskcenter_sandbox.gateway.envelope import LinkisError
from taskcenter_sandbox.linkis.interceptors import Intercepted, limit_rows, refuse_shell_words, without_comments


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("select 1 -- one\n, 2", "select 1 \n, 2"),
        ("select /* one\ntwo */ 1", "select  1"),
        ("select 1 # one", "select 1 "),
        ("select '-- kept', '/* kept */', 'it''s # kept'", "select '-- kept', '/* kept */', 'it''s # kept'"),
        ('select "# gone"', 'select "'),
    ],
)
def test_comments_go_but_not_out_of_texts(code, left):
    assert without_comments(code) == left


@pytest.mark.parametrize(
    ("code", "limited"),
    [
        ("select a from t", "select a from t limit 5000"),
        ("SELECT a FROM t", "SELECT a FROM t limit 5000"),
        ("select a from t;", "select a from t limit 5000"),
        ("select a from t limit 10", "select a from t limit 10"),
        ("select a from t limit 5001", "select a from t limit 5000"),
        ("SELECT a FROM t LIMIT 99999", "SELECT a FROM t LIMIT 5000"),
        ("create table x as select 1;\nselect 2", "create table x as select 1;\nselect 2 limit 5000"),
        ("insert into x select 1", "insert into x select 1"),
        ("(select 1) union (select 2)", "(select 1) union (select 2) limit 5000"),
        ("with a as (select 1) select * from a", "with a as (select 1) select * from a"),
    ],
)
def test_selects_get_a_limit(code, limited):
    result = Intercepted(code)
    limit_rows(result)
    assert result.code == limited


def test_the_limit_can_be_switched_off_in_the_code():
    result = Intercepted("--set ide.engine.no.limit.allow=true\nselect a from t")
    limit_rows(result)
    assert result.code.strip() == "select a from t"
    assert "full export mode" in result.log[0]


def test_a_semicolon_in_a_comment_clause_does_not_end_a_statement():
    result = Intercepted("create table t (a int comment 'one; two'); select 1")
    limit_rows(result)
    assert result.code.count("limit 5000") == 1


@pytest.mark.parametrize(
    "code", ["rm x", "echo a && rm x", "  for f in *; do echo $f; done", "./run.sh", "echo x\nhive -e x"]
)
def test_shell_words_are_refused(code):
    with pytest.raises(LinkisError) as refused:
        refuse_shell_words(code)
    assert refused.value.code == 50081


@pytest.mark.parametrize("code", ["echo;rm;x", "farm x", "echo run.sh x", "echo $(rm x)"])
def test_only_whole_words_between_blanks_are_looked_at(code):
    refuse_shell_words(code)
