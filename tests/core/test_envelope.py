"""How every kind of answer of the gateway is read (facts, section 1)."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.flows import reply_of
from support.linkis_replies import (
    HTTP_OF_STATUS,
    envelope,
    no_instance,
    not_logged_in,
    operation_failed,
    queue_full,
    refusal,
    token_refused,
    unknown_job,
    warning,
    wrong_password,
)
from support.scripted_server import Answer, html_answer, json_answer
from taskcenter.core.endpoint import Reply
from taskcenter.core.errors import (
    AuthenticationError,
    ErrorContext,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    RemoteError,
)
from taskcenter.core.gateway import Envelope
from taskcenter.core.patience import Patience
from taskcenter.linkis.endpoints import parse_data

WHERE = ErrorContext("linkis", "linkis_default", None, "GET /x")

OK = "ok"
TABLE: dict[tuple[int, int], str | type[RemoteError]] = {
    # (HTTP, status in the body): what comes of it
    (200, 0): OK,
    (206, 4): OK,
    (200, 4): OK,
    (401, -1): AuthenticationError,
    (200, -1): AuthenticationError,
    (401, 1): AuthenticationError,
    (401, 0): AuthenticationError,
    (400, 1): RefusedError,
    (200, 1): RefusedError,  # the gateway's own errors
    (412, 2): RefusedError,
    (200, 2): RefusedError,
    (403, 3): RefusedError,
    (200, 3): RefusedError,
    (400, 0): RefusedError,
    (403, 0): RefusedError,
    (500, 0): MalformedReplyError,
    (500, 1): MalformedReplyError,
    (500, 500): MalformedReplyError,
    (200, 500): MalformedReplyError,
    (502, 502): MalformedReplyError,
    (503, 503): MalformedReplyError,
    (503, 0): MalformedReplyError,
    (504, 0): MalformedReplyError,
    (404, 404): RefusedError,  # Spring: no such path
    (405, 405): RefusedError,  # Spring: wrong verb
}


@pytest.mark.parametrize(("codes", "expected"), TABLE.items())
def test_what_comes_of_each_pair_of_http_status_and_status(codes, expected):
    http, status = codes
    reply = reply_of(json_answer({"method": "/api/x", "status": status, "message": "m", "data": {"a": 1}}, http))
    if expected is OK:
        assert parse_data(reply, WHERE) == {"a": 1}
        return
    with pytest.raises(RemoteError) as caught:
        parse_data(reply, WHERE)
    assert type(caught.value) is expected
    assert caught.value.context.http_status == (status if status >= 500 else http)


@pytest.mark.parametrize(("status", "http"), HTTP_OF_STATUS.items())
def test_every_status_of_the_source_is_in_the_table(status, http):
    assert (http, status) in TABLE


def test_a_warning_is_an_answer():
    data = {"task": {"taskID": 7}}
    assert parse_data(reply_of(warning(11000, "slow", data)), WHERE) == data


def test_an_answer_without_data_is_an_empty_one():
    assert parse_data(reply_of(json_answer({"method": None, "status": 0, "message": "OK", "data": None})), WHERE) == {}


@pytest.mark.parametrize("data", [[], "x", 3])
def test_good_news_of_another_shape_are_no_refusal(data):
    with pytest.raises(MalformedReplyError):
        parse_data(reply_of(json_answer({"status": 0, "message": "OK", "data": data})), WHERE)


MALFORMED = {
    "a page of a proxy": (html_answer(200), "HTML page"),
    "a page of a proxy that found nothing": (html_answer(404), "HTML page"),
    "a redirect to a login page": (Answer(302, b"", {"Location": "/login"}), "not a JSON object"),
    "nothing": (Answer(200, b""), "not a JSON object"),
    "JSON that was cut": (Answer(200, b'{"method":"/api/x","status":0,"mess'), "not a JSON object"),
    "a list": (Answer(200, b"[]"), "not a JSON object"),
    "a bad gateway's page": (html_answer(502), "does not"),
    "no instance": (no_instance(503), "services are up"),
    "no instance, HTTP 500": (no_instance(500), "services are up"),
}


@pytest.mark.parametrize(("answer", "text"), MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_is_not_linkis_own_is_told_as_such(answer, text):
    with pytest.raises(MalformedReplyError, match=text):
        parse_data(reply_of(answer), WHERE)


def test_an_error_names_what_the_server_said_and_what_to_do():
    with pytest.raises(RefusedError) as caught:
        parse_data(reply_of(queue_full()), WHERE)
    text = str(caught.value)
    assert caught.value.context.code == "12001"
    assert caught.value.context.http_status == 400
    assert "is full" in text
    assert "Airflow pool" in text
    assert "The server answered: {" in text


@pytest.mark.parametrize("code", [12001, 20007, 20009, 30010, 50079, 50080, 50081])
def test_what_can_be_done_about_a_refusal_is_said(code):
    with pytest.raises(RefusedError) as caught:
        parse_data(reply_of(refusal(code, "server's words")), WHERE)
    assert len(caught.value.message) > len("Linkis refused: ") + len(refusal(code, "server's words").body) / 4
    assert caught.value.message.endswith(".")
    assert caught.value.context.code == str(code)


CODES = {
    "in errorMsg": (refusal(50081, "x"), "50081"),
    "only in the message": (envelope({}, 1, "error code(错误码): 80012, error message(错误信息): x."), "80012"),
    "with a full-width colon": (envelope({}, 1, "error code(错误码)： 80012, error message: x."), "80012"),
    "of a token": (token_refused("T", 15207), "15207"),
    "none": (operation_failed("NullPointerException: null"), None),
}


@pytest.mark.parametrize(("answer", "code"), CODES.values(), ids=CODES)
def test_where_the_servers_code_is_found(answer, code):
    with pytest.raises(RemoteError) as caught:
        parse_data(reply_of(answer), WHERE)
    assert caught.value.context.code == code


@pytest.mark.parametrize("answer", [not_logged_in(), token_refused("TOKEN-X", 15204), token_refused("TOKEN-X", 15201)])
def test_refused_credentials_are_told_without_showing_them(answer):
    with pytest.raises(AuthenticationError, match="Check user, password or token") as caught:
        parse_data(reply_of(answer), WHERE)
    assert "TOKEN-X" not in str(caught.value)


@pytest.mark.parametrize("code", [15200, 15206])
def test_a_gateway_that_cannot_load_its_tokens_is_down_and_has_not_refused_ours(code):
    with pytest.raises(MalformedReplyError, match="database") as caught:
        parse_data(reply_of(token_refused("TOKEN-X", code)), WHERE)
    assert Patience(5.0).failed(caught.value, 1e9) is not None
    assert "TOKEN-X" not in str(caught.value)


NOT_FOUND = {
    "the history does not know it": unknown_job(),
    "the gateway does not know it": envelope({}, 1, "taskId 99 is not exists.", http=200),
    "the entrance does not know it": envelope({}, 1, "Can't find execID(x): null"),
    "the memory lost it": envelope({}, 1, "Get job by ID error and cannot obtain the corresponding task status.(x)"),
    "the ring is empty": envelope(
        {}, 1, "ID The corresponding job is empty and cannot obtain the corresponding task status.(x)"
    ),
}


@pytest.mark.parametrize("answer", NOT_FOUND.values(), ids=NOT_FOUND)
def test_a_job_that_is_not_there_or_not_ours_is_not_found(answer):
    with pytest.raises(NotFoundError):
        parse_data(reply_of(answer), WHERE)


def test_a_wrong_password_is_a_refusal_with_http_400():
    with pytest.raises(RefusedError, match="wrong user name or password"):
        parse_data(reply_of(wrong_password()), WHERE)


def test_a_system_without_advice_still_says_what_the_server_said():
    with pytest.raises(RefusedError, match=r"^Exchangis refused: .*full"):
        Envelope("Exchangis")(reply_of(queue_full()), WHERE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
LIKE_AN_ENVELOPE = st.fixed_dictionaries(
    {}, optional={"method": JSON, "status": st.integers(-2, 600) | JSON, "message": JSON, "data": JSON}
)


@given(http=st.sampled_from([200, 206, 302, 400, 401, 403, 404, 412, 500, 503]), value=LIKE_AN_ENVELOPE | JSON)
def test_whatever_comes_is_data_or_an_error_of_the_tree(http, value):
    with suppress(RemoteError):
        data = parse_data(Reply(http, {}, json.dumps(value).encode()), WHERE)
        assert isinstance(data, dict)
        assert value["status"] in (0, 4)
        assert http in (200, 206)


@given(http=st.integers(100, 599), body=st.binary(max_size=60))
def test_no_bytes_break_the_reading(http, body):
    with pytest.raises(RemoteError):
        parse_data(Reply(http, {}, body), WHERE)
