"""How calls are made as the connection's user: with a token, or in a session that is logged in (facts, section 2)."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support.flows import ByHand, reply_of
from support.linkis_replies import (
    envelope,
    logged_in,
    no_instance,
    not_logged_in,
    refusal,
    token_refused,
    wrong_password,
)
from support.scripted_server import html_answer
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.endpoint import Endpoint
from taskcenter.core.errors import (
    AuthenticationError,
    MalformedReplyError,
    RefusedError,
    UnavailableError,
)
from taskcenter.core.gateway import Envelope, GatewayClient, LoginState

READ = Endpoint("read", "GET", "/read", Envelope("Linkis"))
SUBMIT = Endpoint("submit", "POST", "/submit", Envelope("Linkis"), idempotent=False)

PLAIN = envelope({"enableLoginEncrypt": False, "publicKey": None})
LOGIN = ["GET /user/publicKey", "POST /user/login"]


def client(auth: str = "password", state: LoginState | None = None) -> GatewayClient:
    settings = ConnectionSettings("linkis_default", "http://h", login="hadoop", password="Secret-1", auth=auth)
    return GatewayClient(settings, state or LoginState(), "linkis")


def test_a_token_goes_with_every_request_and_needs_no_login():
    linkis = client("token")
    for _ in range(2):
        by_hand = ByHand(envelope({"a": 1}))
        assert by_hand.run(linkis.call(READ())) == {"a": 1}
        assert [dict(call.headers) for call in by_hand.calls] == [{"Token-User": "hadoop", "Token-Code": "Secret-1"}]


def test_a_token_that_is_refused_is_not_tried_again():
    by_hand = ByHand(token_refused("Secret-1"))
    with pytest.raises(AuthenticationError) as caught:
        by_hand.run(client("token").call(READ()))
    assert "Secret-1" not in str(caught.value)
    assert caught.value.context.connection == "linkis_default"


def test_a_gateway_whose_token_store_is_down_is_asked_again():
    by_hand = ByHand(token_refused("Secret-1", 15206), envelope({"a": 1}))
    assert by_hand.run(client("token").call(READ())) == {"a": 1}


def test_a_session_is_logged_in_before_its_first_call_and_not_again():
    state, by_hand = LoginState(), ByHand(PLAIN, logged_in(), envelope({"a": 1}))
    assert by_hand.run(client(state=state).call(READ())) == {"a": 1}
    assert by_hand.paths() == [*LOGIN, "GET /read"]
    assert by_hand.calls[1].body == {"userName": "hadoop", "password": "Secret-1"}
    assert not by_hand.calls[2].headers, "the cookie is the transport's matter"
    again = ByHand(envelope({"a": 2}))
    assert again.run(client(state=state).call(READ())) == {"a": 2}


def test_an_expired_session_is_logged_in_once_more_and_the_call_repeated():
    state = LoginState(logged_in=True)
    by_hand = ByHand(not_logged_in(), PLAIN, logged_in(), envelope({"a": 1}))
    assert by_hand.run(client(state=state).call(READ())) == {"a": 1}
    assert by_hand.paths() == ["GET /read", *LOGIN, "GET /read"]


def test_a_submit_that_the_expired_session_refused_is_sent_again_since_it_was_refused():
    by_hand = ByHand(not_logged_in(), PLAIN, logged_in(), envelope({"taskID": 7}))
    assert by_hand.run(client(state=LoginState(logged_in=True)).call(SUBMIT())) == {"taskID": 7}


def test_a_session_that_expires_again_at_once_is_given_up():
    by_hand = ByHand(not_logged_in(), PLAIN, logged_in(), not_logged_in())
    with pytest.raises(AuthenticationError):
        by_hand.run(client(state=LoginState(logged_in=True)).call(READ()))


def test_of_two_calls_that_find_the_session_expired_one_logs_in():
    state = LoginState(logged_in=True)
    linkis = client(state=state)
    late = linkis.call(READ())
    next(late)  # sent in the old session, no answer yet
    ByHand(not_logged_in(), PLAIN, logged_in(), envelope()).run(linkis.call(READ()))
    step = late.send(reply_of(not_logged_in()))
    assert step.endpoint is READ, "it goes on in the session that the other one has logged in"


def test_a_wrong_password_says_so_without_showing_it():
    by_hand = ByHand(PLAIN, wrong_password())
    with pytest.raises(AuthenticationError) as caught:
        by_hand.run(client().call(READ()))
    text = str(caught.value)
    assert "login as 'hadoop' failed" in text
    assert "Check user and password" in text
    assert "POST /user/login" in text
    assert "Secret-1" not in text


def test_a_login_that_meets_an_outage_is_tried_again():
    by_hand = ByHand(PLAIN, no_instance(503), UnavailableError("x", sent=True), logged_in(), envelope({"a": 1}))
    assert by_hand.run(client().call(READ())) == {"a": 1}


@pytest.mark.parametrize(
    "older", [refusal(1, "unknown request URI /user/publicKey"), not_logged_in(), envelope({}), envelope({}, 1, "x")]
)
def test_a_gateway_without_a_public_key_gets_the_password_as_it_is(older):
    by_hand = ByHand(older, logged_in(), envelope())
    by_hand.run(client().call(READ()))
    assert by_hand.calls[1].body == {"userName": "hadoop", "password": "Secret-1"}


def test_a_gateway_that_wants_it_gets_the_password_encrypted_with_its_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    data = {"enableLoginEncrypt": True, "publicKey": base64.b64encode(public).decode()}
    by_hand = ByHand(envelope(data), logged_in(), envelope())
    by_hand.run(client().call(READ()))
    sent = base64.b64decode(by_hand.calls[1].body["password"])
    assert key.decrypt(sent, padding.PKCS1v15()) == b"Secret-1"


@pytest.mark.parametrize("key", ["not base64!", base64.b64encode(b"not a key").decode()])
def test_a_key_that_is_none_is_a_clear_error(key):
    by_hand = ByHand(envelope({"enableLoginEncrypt": True, "publicKey": key}))
    with pytest.raises(MalformedReplyError, match="not an RSA key"):
        by_hand.run(client().call(READ()))


def test_a_proxys_page_instead_of_the_gateway_is_told_after_the_attempts():
    by_hand = ByHand(*[html_answer(200)] * 4)
    with pytest.raises(MalformedReplyError, match="HTML page"):
        by_hand.run(client().call(READ()))


def test_a_refusal_in_a_good_session_is_no_reason_to_log_in():
    by_hand = ByHand(refusal(20007, "code is empty"))
    with pytest.raises(RefusedError):
        by_hand.run(client(state=LoginState(logged_in=True)).call(SUBMIT()))
