"""uvicorn's HTTP protocol, which also counts connections and lets a fault cut one."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol


class Connection:
    """A client's TCP connection.

    :param counted: whether a request to the API has come over it.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.counted = False

    async def cut(self) -> None:
        """Close it, without an answer if none has been sent, and wait until that is done."""
        self._transport.abort()
        # The loss is told to the server by the event loop's next round; before that it would answer by itself.
        for _ in range(3):
            await asyncio.sleep(0)


class ConnectionProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type] # h11 or httptools, whichever is there
    """Puts a :class:`Connection` into the state of each request."""

    def connection_made(self, transport: Any) -> None:
        """A client has connected."""
        self.app_state: dict[str, Any] = {"connection": Connection(transport)}
        super().connection_made(transport)
