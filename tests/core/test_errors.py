from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskcenter.core import errors
from taskcenter.core.errors import (
    REPLY_EXCERPT_CHARS,
    ErrorContext,
    JobLostError,
    RefusedError,
    RemoteError,
    UnavailableError,
)

SECRET = "s3cr3t-t0ken"

ALL_KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]


def test_an_error_tells_where_it_happened_and_what_the_server_said():
    context = ErrorContext(
        "linkis", "linkis_default", "42", "POST /entrance/submit", 400, 12001, '{"status": 1, "message": "full"}'
    )
    assert str(RefusedError("Linkis refused: the queue is full.", context)) == (
        "Linkis refused: the queue is full. [system linkis, connection linkis_default, job 42, endpoint POST "
        "/entrance/submit, HTTP status 400, code 12001] The server answered: "
        '{"status": 1, "message": "full"}'
    )


def test_an_error_that_knows_nothing_shows_only_its_message():
    assert str(RemoteError("Give either code or script_path.")) == "Give either code or script_path."


def test_only_the_beginning_of_an_answer_is_quoted():
    error = RefusedError("no", ErrorContext(reply="x" * 10_000))
    assert str(error).count("x") == REPLY_EXCERPT_CHARS


def test_locating_fills_in_what_the_raiser_did_not_know_and_nothing_else():
    error = RefusedError("no", ErrorContext(job_id="1")).locate(system="linkis", connection="c", job_id="2")
    assert error.context == ErrorContext(system="linkis", connection="c", job_id="1")


def test_secrets_are_taken_out_of_message_and_answer():
    error = RefusedError(f"said {SECRET}", ErrorContext(reply=f"<{SECRET}>")).conceal([SECRET])
    assert SECRET not in str(error)
    assert SECRET not in repr(error)
    assert "said ***" in str(error)
    assert "<***>" in str(error)


@given(start=st.integers(REPLY_EXCERPT_CHARS - 2 * len(SECRET), REPLY_EXCERPT_CHARS + 2))
def test_a_secret_at_the_end_of_the_quoted_part_leaves_no_piece_of_itself(start):
    reply = "x" * start + SECRET + "y" * 100
    shown = str(RefusedError("no", ErrorContext(reply=reply)).conceal([SECRET]))
    assert SECRET[:3] not in shown


def test_echoes_of_tokens_are_masked_without_being_told():
    error = RefusedError(
        "Token Authentication Failed, token: ABC-DEF，tokenUser: x", ErrorContext(reply="token: ABC-DEF")
    )
    assert "ABC-DEF" not in str(error)


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.__name__)
def test_the_tree_in_the_documentation_is_the_tree(kind):
    assert issubclass(kind, RemoteError)
    assert kind.__name__ in (errors.__doc__ or "")


def test_an_unavailable_server_tells_whether_the_request_may_have_arrived():
    error = UnavailableError("x", sent=True)
    assert (error.sent, error.timed_out) == (True, False)


def test_a_lost_job_is_not_a_failed_job():
    assert not issubclass(JobLostError, errors.JobFailedError)
