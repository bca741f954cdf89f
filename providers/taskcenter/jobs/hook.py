"""The hook that all systems share: reads the connection, runs flows, keeps one session per connection and loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from weakref import WeakKeyDictionary

from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from taskcenter import settings as options
from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.drivers import run_async, run_sync
from taskcenter.core.errors import ConfigurationError, ErrorContext, RemoteError
from taskcenter.core.flow import Flow
from taskcenter.core.gateway import LoginState
from taskcenter.core.job import RemoteSystem
from taskcenter.jobs import compat, metrics
from taskcenter.jobs.poller import Poller
from taskcenter.jobs.settings import read_settings
from taskcenter.jobs.transport import AsyncTransport, SyncTransport

if TYPE_CHECKING:
    from types import TracebackType

    from airflow.sdk import Connection
    from typing_extensions import Self

T = TypeVar("T")
SystemT = TypeVar("SystemT", bound=RemoteSystem[Any])

RECHECK_SECONDS = 60.0
"""How long a running event loop may use a connection before it asks Airflow whether it has changed."""


class AsyncSession(Generic[SystemT]):
    """One connection's session on one event loop: its transport, login state and poller; shared by all who use it."""

    def __init__(self, key: tuple[type, str], settings: ConnectionSettings, system: SystemT) -> None:
        self.key = key
        self.settings = settings
        self.system = system
        self.transport = AsyncTransport(settings)
        self.poller = Poller(
            system,
            self.transport.send,
            log_requests_per_second=options.get_number(options.LOG_REQUESTS_PER_SECOND),
        )
        self.users = 0
        self.checked = time.monotonic()

    async def release(self) -> None:
        """Give the session back that :meth:`RemoteHook.acquire` gave; the last one to do so closes it."""
        self.users -= 1
        if self.users == 0:
            sessions = _sessions[asyncio.get_running_loop()]
            if sessions.current.get(self.key) is self:
                del sessions.current[self.key]
            await self.transport.__aexit__(None, None, None)


class _LoopSessions:
    """The sessions of one event loop."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.current: dict[tuple[type, str], AsyncSession[Any]] = {}


_sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopSessions] = WeakKeyDictionary()


class RemoteHook(BaseHook, Generic[SystemT]):
    """Base of all hooks of this package.

    A synchronous method runs its flow on a ``requests`` session that the hook keeps; use the hook as a context
    manager, or call :meth:`close`, to close it early. An asynchronous method runs the same flow on the session that
    its event loop shares for the connection; ``async with hook:`` keeps that open over several calls.

    :param conn_id: the Airflow connection.
    """

    conn_type: ClassVar[str]
    default_prefix: ClassVar[str]
    auths: ClassVar[tuple[str, ...]]

    def __init__(self, conn_id: str) -> None:
        super().__init__()
        self.conn_id = conn_id
        self._held: AsyncSession[SystemT] | None = None

    def make_system(self, settings: ConnectionSettings, state: LoginState) -> SystemT:
        """The remote system's flows, on a session with that login state."""
        raise NotImplementedError

    @cached_property
    def settings(self) -> ConnectionSettings:
        """The connection.

        :raises ConfigurationError: it is missing or wrong.
        """
        try:
            settings = self._read(self.get_connection(self.conn_id))
        except AirflowNotFoundException as error:
            raise self._missing() from error
        compat.mask_in_logs(settings.secrets)
        return settings

    @cached_property
    def system(self) -> SystemT:
        """The system on the hook's own synchronous session."""
        return self.make_system(self.settings, LoginState())

    @cached_property
    def _transport(self) -> SyncTransport:
        return SyncTransport(self.settings)

    def run(self, flow: Callable[[SystemT], Flow[T]]) -> T:
        """Run a flow now.

        :param flow: makes the flow from the system, for example ``lambda linkis: linkis.jobhistory_get(12)``.
        """
        with metrics.counting_errors():
            return run_sync(flow(self.system), self._transport.send)

    async def arun(self, flow: Callable[[SystemT], Flow[T]]) -> T:
        """Run a flow on the running event loop."""
        with metrics.counting_errors():
            session = await self.acquire()
            try:
                return await run_async(flow(session.system), session.transport.send)
            finally:
                await session.release()

    async def acquire(self) -> AsyncSession[SystemT]:
        """Take the running loop's session for the connection; :meth:`AsyncSession.release` it in the end."""
        loop = asyncio.get_running_loop()
        sessions = _sessions.setdefault(loop, _LoopSessions())
        key = (type(self), self.conn_id)
        session = sessions.current.get(key)
        if session is None or time.monotonic() - session.checked > RECHECK_SECONDS:
            async with sessions.lock:
                session = sessions.current.get(key)
                if session is None or time.monotonic() - session.checked > RECHECK_SECONDS:
                    session = await self._renew(session)
                    sessions.current[key] = session
        session.users += 1
        return session

    async def _renew(self, session: AsyncSession[SystemT] | None) -> AsyncSession[SystemT]:
        try:
            settings = self._read(await self.aget_connection(self.conn_id))
        except AirflowNotFoundException as error:
            raise self._missing() from error
        await compat.amask_in_logs(settings.secrets)
        if session is not None and session.users > 0 and session.settings == settings:
            session.checked = time.monotonic()
            return session
        fresh = AsyncSession((type(self), self.conn_id), settings, self.make_system(settings, LoginState()))
        await fresh.transport.__aenter__()
        return fresh

    def test_connection(self) -> tuple[bool, str]:
        """Whether the server can be reached and takes the credentials, and what to do if not."""
        try:
            return True, self.check()
        except RemoteError as error:
            return False, str(error)
        finally:
            self.close()

    def check(self) -> str:
        """Make a harmless request as the connection's user and say what was found.

        :raises RemoteError: it did not work.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close the synchronous session."""
        if "_transport" in self.__dict__:
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        self._held = await self.acquire()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            await held.release()

    def _read(self, connection: Connection) -> ConnectionSettings:
        return read_settings(connection, prefix=self.default_prefix, auths=self.auths, conn_type=self.conn_type)

    def _missing(self) -> ConfigurationError:
        message = (
            f"There is no connection {self.conn_id!r}. Create one of type {self.conn_type} in Airflow (Admin, Connections), "
            f"or set the environment variable AIRFLOW_CONN_{self.conn_id.upper()}."
        )
        return ConfigurationError(message, ErrorContext(system=self.conn_type, connection=self.conn_id))
