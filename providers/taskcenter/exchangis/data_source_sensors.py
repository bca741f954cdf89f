"""The sensor and the trigger that wait for an Exchangis data source, or a table in it, to be usable."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException, AirflowSensorTimeout
from airflow.triggers.base import BaseTrigger, TriggerEvent

from taskcenter.core.errors import ConfigurationError, MalformedReplyError, RemoteError, UnavailableError
from taskcenter.exchangis.data_sources import why_unreachable
from taskcenter.exchangis.hook import ExchangisHook

if TYPE_CHECKING:
    from airflow.sdk import Context

REACHED, EXPIRED, ERROR = "reached", "expired", "error"


class ExchangisDataSourceSensor(BaseSensorOperator):
    """Wait until an Exchangis data source is published and can be connected to, or until a table is there.

    .. seealso:: :doc:`/exchangis`

    :param data_source: the data source's name. (templated)
    :param database: the database of ``table``. (templated)
    :param table: a table to wait for. (templated)
    :param exchangis_conn_id: the Airflow connection. (templated)
    :param poke_interval: how often to ask, seconds.
    :param deferrable: wait in the triggerer instead of a worker slot.
    """

    template_fields: Sequence[str] = ("data_source", "database", "table", "exchangis_conn_id")
    ui_color = "#dcefd8"

    def __init__(
        self,
        *,
        data_source: str,
        database: str | None = None,
        table: str | None = None,
        exchangis_conn_id: str = ExchangisHook.default_conn_name,
        poke_interval: timedelta | float = 60.0,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.data_source = data_source
        self.database = database
        self.table = table
        self.exchangis_conn_id = exchangis_conn_id
        self.deferrable = deferrable

    @cached_property
    def hook(self) -> ExchangisHook:
        """The hook, made on first use."""
        return ExchangisHook(self.exchangis_conn_id)

    def poke(self, context: Context) -> bool:  # noqa: ARG002 # Airflow's signature
        """Whether it can be used; a server that does not answer is waited for, as long as the sensor may.

        :raises AirflowFailException: waiting is in vain: it has expired, or the user may not ask.
        """
        self._check()
        try:
            why = self.hook.run(lambda api: why_unreachable(api, self.data_source, self.database, self.table))
        except (UnavailableError, MalformedReplyError) as error:
            self.log.warning("Exchangis gives no answer; waiting: %s", error)
            return False
        except RemoteError as error:
            raise AirflowFailException(str(error)) from error
        if why is not None:
            self.log.info("Not yet: %s", why)
        return why is None

    def execute(self, context: Context) -> Any:
        """Wait, here or in the triggerer."""
        if not self.deferrable:
            return super().execute(context)
        if not self.poke(context):
            deadline = time.time() + self.timeout
            self.defer(
                trigger=ExchangisDataSourceTrigger(**self._trigger_args(deadline)), method_name="execute_complete"
            )
        return None

    def execute_complete(self, context: Context, event: Any) -> None:  # noqa: ARG002 # Airflow's signature
        """Resume when the trigger has said how the waiting ended."""
        outcome = event.get("outcome") if isinstance(event, dict) else None
        if outcome == REACHED:
            return
        if outcome == EXPIRED:
            raise AirflowSensorTimeout(f"{self.data_source} could not be used after {self.timeout} s.")
        message = event.get("message") if isinstance(event, dict) else None
        raise AirflowFailException(message or f"The trigger sent no event that is known here: {event!r:.200}.")

    def _check(self) -> None:
        if bool(self.table) != bool(self.database):
            raise ConfigurationError("Give database and table together, or neither to wait for the data source alone.")

    def _trigger_args(self, deadline: float) -> dict[str, Any]:
        return {
            "conn_id": self.exchangis_conn_id,
            "data_source": self.data_source,
            "database": self.database,
            "table": self.table,
            "deadline": deadline,
            "poll_interval_seconds": self.poke_interval,
        }


class ExchangisDataSourceTrigger(BaseTrigger):
    """Wait for a data source or a table.

    :param conn_id: the Airflow connection.
    :param deadline: when to give up, epoch seconds.
    :param poll_interval_seconds: how often to ask.
    """

    def __init__(
        self,
        *,
        conn_id: str,
        data_source: str,
        database: str | None,
        table: str | None,
        deadline: float,
        poll_interval_seconds: float,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.conn_id = conn_id
        self.data_source = data_source
        self.database = database
        self.table = table
        self.deadline = deadline
        self.poll_interval_seconds = poll_interval_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class path and the arguments."""
        return (
            f"{type(self).__module__}.{type(self).__qualname__}",
            {
                "conn_id": self.conn_id,
                "data_source": self.data_source,
                "database": self.database,
                "table": self.table,
                "deadline": self.deadline,
                "poll_interval_seconds": self.poll_interval_seconds,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, on every path."""
        try:
            outcome = await self._wait()
        except RemoteError as error:
            yield TriggerEvent({"outcome": ERROR, "message": str(error)})  # type: ignore[no-untyped-call]
        else:
            yield TriggerEvent({"outcome": outcome})  # type: ignore[no-untyped-call]

    async def _wait(self) -> str:
        said = ""
        async with ExchangisHook(self.conn_id) as hook:
            while True:
                try:
                    why = await hook.arun(lambda api: why_unreachable(api, self.data_source, self.database, self.table))
                except (UnavailableError, MalformedReplyError) as error:
                    why = str(error)
                if why is None:
                    return REACHED
                if why != said:
                    self.log.info("Not yet: %s", why)
                    said = why
                left = self.deadline - time.time()
                if left <= 0:
                    return EXPIRED
                await asyncio.sleep(min(self.poll_interval_seconds, left))
