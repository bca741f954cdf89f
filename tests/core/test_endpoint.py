from __future__ import annotations

import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskcenter.core.endpoint import Endpoint, Reply
from taskcenter.core.errors import ErrorContext, MalformedReplyError

STATUS = Endpoint("status", "GET", "/entrance/{exec_id}/status", lambda reply, context: reply)


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_an_argument_is_one_segment_of_the_path_whatever_is_in_it(exec_id):
    path = STATUS(exec_id=exec_id).path
    _, room, segment, verb = path.split("/")
    assert (room, unquote(segment), verb) == ("entrance", exec_id, "status")
    assert not set(segment) & set(" :?#&%\n") - {"%"}


def test_query_values_are_texts_and_absent_ones_are_left_out():
    call = STATUS(exec_id="x", query={"taskID": None, "page": 2, "brief": True, "name": ""})
    assert call.query == {"page": "2", "brief": "true", "name": ""}


def test_a_label_names_the_endpoint_without_its_arguments():
    assert STATUS(exec_id="very-private").label == "GET /entrance/{exec_id}/status"
    assert STATUS.path_names == ["exec_id"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html><html></html>", "an HTML page"),
        (b"  \n<html>", "an HTML page"),
        (b'{"status": 0, "data": {"tas', "something that is not a JSON object"),
        (b"[1, 2]", "something that is not a JSON object"),
        (b"null", "something that is not a JSON object"),
        (b"", "something that is not a JSON object"),
        (b"\xff\xfe\x00", "something that is not a JSON object"),
    ],
)
def test_what_is_not_a_json_object_is_told_by_its_kind(body, kind):
    with pytest.raises(MalformedReplyError, match=kind):
        Reply(200, {}, body).json_object(ErrorContext())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda values: st.lists(values) | st.dictionaries(st.text(), values),
        max_leaves=10,
    )
)
def test_json_is_read_as_the_standard_library_reads_it(value):
    assert Reply(200, {}, json.dumps(value).encode()).json() == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"log": "half a pair: \\ud83d"}', {"log": "half a pair: \ud83d"}),
        (b'\xef\xbb\xbf{"status": 0}', {"status": 0}),
        (b'{"progress": Infinity}', {"progress": float("inf")}),
        (b'{"id": 123456789012345678901234567890}', {"id": 123456789012345678901234567890}),
    ],
)
def test_json_that_a_strict_reader_refuses_is_read_all_the_same(body, value):
    assert Reply(200, {}, body).json_object(ErrorContext()) == value


def test_undecodable_bytes_do_not_hide_the_rest_of_an_answer():
    assert Reply(200, {}, "错误".encode() + b"\xff").text == "错误\ufffd"
