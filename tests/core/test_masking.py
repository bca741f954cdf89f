from __future__ import annotations

import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from taskcenter.core.masking import MASK, mask

SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=3, max_size=40)
"""Without the mask's own character, which may rightly be there afterwards."""

AROUND = st.sampled_from(["", "token: ", '{"password": "', " said ", "?a=1&b=", "错误：", "\n"])

SPELLINGS = {
    "as it stands": lambda secret: secret,
    "in JSON": lambda secret: json.dumps(secret)[1:-1],
    "in JSON with unescaped Unicode": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "in a path": lambda secret: quote(secret, safe=""),
    "in a URL's query": quote_plus,
    "in a form": lambda secret: urlencode({"p": secret})[2:],
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@given(secret=SECRETS, before=AROUND, after=AROUND)
@example(secret="pass word", before="", after="")
@example(secret='quo"te 密码', before='{"x": "', after='"}')
def test_a_secret_never_shows_however_it_is_spelled(spell, secret, before, after):
    spelled = spell(secret)
    shown = mask(f"{before}{spelled}{after}", [secret])
    assert MASK in shown
    assert spelled not in shown.replace(MASK, "")


@given(secrets=st.lists(SECRETS, min_size=2, max_size=4, unique=True))
@example(secrets=["abc", "abcdefgh"])
@example(secrets=["abcdefgh", "abc"])
def test_no_secret_leaves_a_piece_of_another_that_it_is_part_of(secrets):
    assert [mask(secret, secrets) for secret in secrets] == [MASK] * len(secrets)


@pytest.mark.parametrize("secret", ["", "a", "ab"])
def test_what_is_too_short_to_be_a_secret_does_not_blank_out_the_text(secret):
    assert mask("a cab is about to cab", [secret]) == "a cab is about to cab"


ECHOES = {
    "Token Authentication Failed, token: BML-AUTH，tokenUser: hadoop, reason: errCode: 15204": "BML-AUTH",
    "Token Authentication Failed, token: BML-AUTH, tokenUser: hadoop": "BML-AUTH",
    '{"userName":"hadoop","password":"p\\"w"}': 'p\\"w',
    '{"Token-Code" : "BML-AUTH"}': "BML-AUTH",
    '{"passwdEncrypt":"QUJD"}': "QUJD",
    "GET /user/login?userName=hadoop&password=hadoop123&x=1": "hadoop123",
    "Token-Code=BML-AUTH": "BML-AUTH",
}


@pytest.mark.parametrize(("text", "secret"), ECHOES.items())
def test_known_echoes_are_masked_even_when_the_secret_is_not_known(text, secret):
    assert secret not in mask(text)
    assert MASK in mask(text)


def test_the_rest_of_the_text_stays():
    text = "Token Authentication Failed, token: BML-AUTH，tokenUser: hadoop, reason: errCode: 15204"
    assert mask(text) == "Token Authentication Failed, token: ***，tokenUser: hadoop, reason: errCode: 15204"
