"""A connection is read into settings; every mistake in it is one clear error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Connection
from hypothesis import given
from hypothesis import strategies as st

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import ConfigurationError
from taskcenter.jobs.settings import read_settings

GOOD = {"conn_type": "linkis", "host": "gateway", "port": 9001, "login": "hadoop", "password": "Secret-1"}


def read(extra: Any = None, **fields: Any) -> ConnectionSettings:
    text = extra if isinstance(extra, str) or extra is None else json.dumps(extra)
    connection = Connection(conn_id="linkis_default", extra=text, **{**GOOD, **fields})
    return read_settings(connection, prefix="/api/rest_j/v1", auths=("password", "token"), conn_type="linkis")


def test_a_plain_connection_gets_the_defaults():
    assert read() == ConnectionSettings(
        "linkis_default", "http://gateway:9001", "/api/rest_j/v1", "hadoop", "Secret-1", "password"
    )


ADDRESSES = {
    "host and port": ({}, "http://gateway:9001"),
    "no port": ({"port": None}, "http://gateway"),
    "a scheme": ({"schema": "https"}, "https://gateway:9001"),
    "a scheme in the host": ({"host": "https://gateway"}, "https://gateway:9001"),
    "a port in the host": ({"host": "gateway:8088", "port": None}, "http://gateway:8088"),
    "all in the host": ({"host": "https://gateway:8443/", "port": None}, "https://gateway:8443"),
    "a path in the host": ({"host": "https://gateway/linkis/"}, "https://gateway:9001/linkis"),
    "the same port twice": ({"host": "gateway:9001"}, "http://gateway:9001"),
    "an address": ({"host": "10.0.0.1"}, "http://10.0.0.1:9001"),
    "an IPv6 address": ({"host": "::1"}, "http://[::1]:9001"),
    "an IPv6 address in brackets": ({"host": "[fe80::1]"}, "http://[fe80::1]:9001"),
    "spaces around": ({"host": " gateway "}, "http://gateway:9001"),
}


@pytest.mark.parametrize(("fields", "url"), ADDRESSES.values(), ids=ADDRESSES)
def test_where_the_server_is(fields, url):
    assert read(**fields).base_url == url


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [(None, "/api/rest_j/v1"), ("", ""), ("/", ""), ("gw/api/", "/gw/api"), ("/api/rest_j/v2", "/api/rest_j/v2")],
)
def test_what_stands_before_every_path(prefix, expected):
    assert read({"prefix": prefix}).prefix == expected


def test_the_fields_of_extra(tmp_path: Path):
    ca = tmp_path / "ca.pem"
    ca.touch()
    settings = read(
        {
            "auth": "token",
            "verify": str(ca),
            "cert": str(ca),
            "proxies": {"http": "http://p:3128"},
            "trust_env": False,
            "timeout_seconds": "90",
            "connect_timeout_seconds": 2.5,
            "headers": {"X-Team": "data"},
            "creator": "dwh",
            "job_url": None,
        }
    )
    assert settings == ConnectionSettings(
        "linkis_default",
        "http://gateway:9001",
        "/api/rest_j/v1",
        "hadoop",
        "Secret-1",
        "token",
        extra={"creator": "dwh"},
        headers={"X-Team": "data"},
        verify=str(ca),
        cert=str(ca),
        proxies={"http": "http://p:3128"},
        trust_env=False,
        timeout_seconds=90.0,
        connect_timeout_seconds=2.5,
    )


@pytest.mark.parametrize("proxy", ["p:3128", "http://p:3128"])
def test_one_proxy_holds_for_both_schemes(proxy):
    assert read({"proxy": proxy}).proxies == {"http": "http://p:3128", "https": "http://p:3128"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("true", True), ("False", False), (" FALSE ", False), ("", True), (None, True)],
)
def test_whether_the_certificate_is_checked_as_the_form_writes_it(value, expected):
    assert read({} if value is None else {"verify": value}).verify is expected


def test_fields_that_a_form_left_empty_mean_the_default():
    empty = {"auth": "", "verify": "", "proxy": "", "timeout_seconds": "", "connect_timeout_seconds": None, "cert": ""}
    assert read(empty) == read()


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no host": ({"host": None}, "has no host. Set host and port"),
    "an empty host": ({"host": ""}, "has no host"),
    "a host of blanks": ({"host": "  "}, "no valid address"),
    "a host with a blank": ({"host": "my gateway"}, "no valid address"),
    "another scheme": ({"host": "ftp://gateway"}, "scheme is 'ftp'"),
    "another schema": ({"schema": "linkis"}, "scheme is 'linkis'"),
    "a port that is none": ({"host": "gateway:http", "port": None}, "no valid address"),
    "a port too high": ({"host": "gateway:99999", "port": None}, "no valid address"),
    "two ports": ({"host": "gateway:8088"}, "two ports, 8088 in host and 9001"),
    "a query in the host": ({"host": "gateway/?a=b"}, "no valid address"),
    "credentials in the host": ({"host": "hadoop:Secret-1@gateway"}, "belong into login and password"),
    "no login": ({"login": None}, "lacks the user or the password"),
    "no password": ({"password": ""}, "Put the user into login"),
    "no token": ({"password": None, "extra": {"auth": "token"}}, "lacks the user or the token"),
    "an unknown way to log in": ({"extra": {"auth": "kerberos"}}, "'kerberos'; it can be password or token"),
    "an extra that is no JSON": ({"extra": "{'auth': 'token'}"}, "extra field is not a JSON object"),
    "an extra that is a list": ({"extra": "[1]"}, "extra field is not a JSON object"),
    "headers that are no object": ({"extra": {"headers": "X: 1"}}, "headers in extra must be"),
    "proxies that are no object": ({"extra": {"proxies": "http://p"}}, "proxies in extra must be"),
    "a CA bundle that is not there": ({"extra": {"verify": "/no/ca.pem"}}, "verify in extra is '/no/ca.pem'"),
    "a certificate that is not there": ({"extra": {"cert": "/no/me.pem"}}, "cert in extra is '/no/me.pem'"),
    "a timeout in words": ({"extra": {"timeout_seconds": "1 min"}}, "timeout_seconds in extra is '1 min'"),
    "a timeout of nothing": ({"extra": {"timeout_seconds": 0}}, "timeout_seconds in extra is 0"),
    "a timeout below nothing": ({"extra": {"connect_timeout_seconds": -1}}, "connect_timeout_seconds in extra is -1"),
    "a timeout that is no number": ({"extra": {"timeout_seconds": "nan"}}, "timeout_seconds in extra is 'nan'"),
    "a timeout without end": ({"extra": {"timeout_seconds": "inf"}}, "timeout_seconds in extra is 'inf'"),
}


@pytest.mark.parametrize(("fields", "text"), BAD.values(), ids=BAD)
def test_a_mistake_is_one_clear_error_that_names_the_connection(fields, text):
    with pytest.raises(ConfigurationError) as caught:
        read(**fields)
    assert text in str(caught.value)
    assert "linkis_default" in caught.value.message
    assert "Secret-1" not in str(caught.value)


def test_what_is_secret_is_known_and_not_shown():
    settings = read({"headers": {"Authorization": "Bearer abc"}, "proxy": "http://me:pw@p"})
    assert settings.secrets == ("Secret-1", "Bearer abc")
    assert not [secret for secret in ("Secret-1", "Bearer abc", "me:pw") if secret in repr(settings)]


@given(
    extra=st.dictionaries(
        st.sampled_from(["auth", "prefix", "verify", "proxy", "proxies", "headers", "timeout_seconds", "x"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.dictionaries(st.text(), st.text()),
    ),
    host=st.text(max_size=15),
)
def test_whatever_is_in_a_connection_it_is_read_or_refused(extra, host):
    try:
        settings = read(extra, host=host)
    except ConfigurationError as error:
        assert "linkis_default" in error.message  # noqa: PT017 # either is right
    else:
        assert settings.base_url.startswith("http")


def test_a_server_that_wants_no_credentials_needs_none():
    connection = Connection(conn_id="flink_default", conn_type="flink_rest", host="jobmanager", port=8081)
    settings = read_settings(connection, prefix="", auths=("none", "basic"), conn_type="flink_rest")
    assert (settings.auth, settings.login, settings.password, settings.secrets) == ("none", "", "", ())
    connection.extra = '{"auth": "basic"}'
    with pytest.raises(ConfigurationError, match="lacks the user or the basic"):
        read_settings(connection, prefix="", auths=("none", "basic"), conn_type="flink_rest")
    connection.extra = '{"auth": "bearer"}'
    with pytest.raises(ConfigurationError, match="lacks the token"):
        read_settings(connection, prefix="", auths=("none", "bearer"), conn_type="flink_rest")
    connection.password = "Secret-1"
    assert read_settings(connection, prefix="", auths=("none", "bearer"), conn_type="flink_rest").login == ""
