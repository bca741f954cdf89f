"""One session per connection and event loop, whoever uses it; and what the hook says of a connection."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk.execution_time import task_runner

from support.linkis_stub import PASSWORD, TOKEN, LinkisStub
from support.scripted_server import html_answer
from taskcenter.core.errors import AuthenticationError, ConfigurationError, MalformedReplyError, UnavailableError
from taskcenter.jobs import hook as hook_module
from taskcenter.linkis.hook import LinkisHook

CONNECTION = "AIRFLOW_CONN_LINKIS_DEFAULT"
LIST = "GET /api/rest_j/v1/jobhistory/list"


@pytest.fixture(params=["token", "password"])
def linkis(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[LinkisStub]:
    with LinkisStub(auth=request.param) as stub:
        monkeypatch.setenv(CONNECTION, stub.connection())
        yield stub


def logins(linkis: LinkisStub) -> int:
    return len(linkis.asked_for("POST /user/login"))


# Synchronous


def test_a_hook_keeps_one_connection_and_one_login_for_all_its_calls(linkis: LinkisStub):
    with LinkisHook() as hook:
        for _ in range(10):
            hook.jobhistory_list()
    assert linkis.connections == 1
    assert logins(linkis) == (1 if linkis.auth == "password" else 0)


def test_a_closed_hook_can_be_used_again(linkis: LinkisStub):
    hook = LinkisHook()
    hook.jobhistory_list()
    hook.close()
    hook.close()
    assert hook.jobhistory_list()["totalPage"] == 0
    assert linkis.connections == 2
    hook.close()


def test_a_hook_that_is_only_made_does_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(CONNECTION, raising=False)
    LinkisHook("there_is_none").close()


def test_an_expired_session_is_logged_in_again_once(linkis: LinkisStub):
    with LinkisHook() as hook:
        hook.jobhistory_list()
        linkis.sessions.clear()
        hook.jobhistory_list()
    assert logins(linkis) == (2 if linkis.auth == "password" else 0)


# Asynchronous


async def test_hooks_on_one_loop_share_one_session(linkis: LinkisStub):
    async with LinkisHook() as first, LinkisHook() as second:
        for hook in (first, second, first, LinkisHook()):
            await hook.ajobhistory_list()
    assert linkis.connections == 1
    assert logins(linkis) == (1 if linkis.auth == "password" else 0)


async def test_calls_at_the_same_time_share_connections_too(linkis: LinkisStub):
    async with LinkisHook() as hook:
        await asyncio.gather(*(hook.ajobhistory_list() for _ in range(60)))
    assert linkis.connections <= 16
    assert len(linkis.asked_for("GET /jobhistory/list")) == 60


def test_each_loop_has_its_own_session(linkis: LinkisStub):
    async def use() -> None:
        async with LinkisHook() as hook:
            await hook.ajobhistory_list()

    for _ in range(3):
        asyncio.run(use())
    assert linkis.connections == 3


async def test_the_last_user_closes_the_session_and_nothing_is_left_open(linkis: LinkisStub):
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with LinkisHook() as outer:
            async with LinkisHook() as inner:
                await inner.ajobhistory_list()
            await outer.ajobhistory_list()
            session = await outer.acquire()
            await session.release()
            assert session.users == 1
        assert session.users == 0
        assert session.transport._session is None
        del session, inner, outer
        await asyncio.sleep(0)
        gc.collect()
    assert complaints == []
    assert linkis.connections == 1
    [sessions] = [value for loop, value in hook_module._sessions.items() if loop is asyncio.get_running_loop()]
    assert sessions.current == {}


async def test_a_call_that_fails_or_is_cancelled_gives_its_session_back(linkis: LinkisStub):
    async with LinkisHook() as hook:
        session = await hook.acquire()
        linkis.script(LIST, html_answer(404))
        with pytest.raises(MalformedReplyError):
            await hook.arun(lambda api: _once(api))
        task = asyncio.create_task(hook.ajobhistory_list())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert session.users == 2
        await session.release()


def _once(api: Any) -> Any:
    api.client.retry = type(api.client.retry)(attempts=1)
    return api.jobhistory_list()


async def test_a_changed_connection_is_taken_up_while_the_old_one_is_still_in_use(
    linkis: LinkisStub, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hook_module, "RECHECK_SECONDS", 0.0)
    old = await LinkisHook().acquire()
    same = await LinkisHook().acquire()
    assert same is old
    with LinkisStub(auth=linkis.auth) as other:
        monkeypatch.setenv(CONNECTION, other.connection())
        new = await LinkisHook().acquire()
        assert new is not old
        assert new.settings.base_url == other.url
        await LinkisHook().ajobhistory_list()
        assert (len(linkis.asked), len(other.asked_for("GET /jobhistory/list"))) == (0, 1)
        for session in (old, same):
            await session.release()
        assert old.transport._session is None
        assert await LinkisHook().acquire() is new
        await new.release()
        await new.release()


async def test_an_unchanged_connection_is_not_asked_for_at_every_use(
    linkis: LinkisStub, monkeypatch: pytest.MonkeyPatch
):
    async with LinkisHook() as hook:
        monkeypatch.delenv(CONNECTION)
        await hook.ajobhistory_list()


async def test_two_that_start_at_once_read_the_connection_once_and_share(linkis: LinkisStub):
    first, second = await asyncio.gather(LinkisHook().acquire(), LinkisHook().acquire())
    assert first is second
    await first.release()
    await second.release()


class Supervisor:
    """Notes on which thread it is spoken to."""

    def __init__(self) -> None:
        self.blocking_in: list[int] = []

    def send(self, message: Any) -> None:
        self.blocking_in.append(threading.get_ident())

    async def asend(self, message: Any) -> None:
        return None


async def test_our_reading_of_a_connection_never_blocks_the_loop_on_the_supervisor(
    monkeypatch: pytest.MonkeyPatch,
):
    supervisor = Supervisor()
    with LinkisStub() as stub:
        connection = LinkisHook()._read(_connection(stub, {"headers": {"Authorization": "Bearer abc"}}))
        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", supervisor, raising=False)
        from taskcenter.jobs import compat

        LinkisHook()._read(_connection(stub, {"headers": {"Authorization": "Bearer abc"}}))
        await compat.amask_in_logs(connection.secrets)
    assert threading.get_ident() not in supervisor.blocking_in


def _connection(stub: LinkisStub, extra: dict[str, Any]) -> Any:
    from airflow.sdk import Connection

    return Connection.from_json(stub.connection(**extra), conn_id="linkis_default")


# What is said of a connection


MISSING = "There is no connection 'linkis_prod'. Create one of type linkis"


def test_a_missing_connection_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ConfigurationError, match=MISSING) as caught:
        LinkisHook("linkis_prod").jobhistory_list()
    assert "AIRFLOW_CONN_LINKIS_PROD" in str(caught.value)


async def test_a_missing_connection_is_told_on_a_loop_too():
    with pytest.raises(ConfigurationError, match=MISSING):
        await LinkisHook("linkis_prod").ajobhistory_list()


async def test_a_wrong_connection_is_told_on_both_ways(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(CONNECTION, '{"conn_type": "linkis", "login": "hadoop", "password": "x"}')
    with pytest.raises(ConfigurationError, match="has no host"):
        LinkisHook().jobhistory_list()
    with pytest.raises(ConfigurationError, match="has no host"):
        await LinkisHook().ajobhistory_list()


def test_testing_a_connection_says_what_it_found(linkis: LinkisStub):
    linkis.add_job()
    good, text = LinkisHook().test_connection()
    assert good
    assert linkis.url in text
    assert "as hadoop" in text


def test_testing_a_connection_says_what_is_wrong(linkis: LinkisStub, monkeypatch: pytest.MonkeyPatch):
    secret = TOKEN if linkis.auth == "token" else PASSWORD
    monkeypatch.setenv(CONNECTION, linkis.connection().replace(secret, "Wrong-Secret-9"))
    good, text = LinkisHook().test_connection()
    assert not good
    assert "Check user" in text
    assert "Wrong-Secret-9" not in text


@pytest.mark.parametrize("linkis", ["token"], indirect=True)
def test_testing_a_connection_to_a_console_names_prefix_and_port(linkis: LinkisStub):
    linkis.always("*", html_answer(200))
    good, text = LinkisHook().test_connection()
    assert not good
    assert "prefix of the connection lead to the API" in text


async def test_errors_name_the_connection(linkis: LinkisStub, monkeypatch: pytest.MonkeyPatch):
    secret = TOKEN if linkis.auth == "token" else PASSWORD
    monkeypatch.setenv(CONNECTION, linkis.connection().replace(secret, "Wrong-Secret-9"))
    with pytest.raises(AuthenticationError) as caught:
        LinkisHook().jobhistory_list()
    with pytest.raises(AuthenticationError) as caught_too:
        await LinkisHook().ajobhistory_list()
    assert (caught.value.context.system, caught.value.context.connection) == ("linkis", "linkis_default")
    assert str(caught_too.value) == str(caught.value)


@pytest.mark.parametrize("linkis", ["token"], indirect=True)
def test_a_server_that_is_down_is_told_after_the_attempts(linkis: LinkisStub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(CONNECTION, linkis.connection().replace(str(linkis.port), "9"))
    with pytest.raises(UnavailableError, match="cannot be reached"):
        LinkisHook().jobhistory_list()
