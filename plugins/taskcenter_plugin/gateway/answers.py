"""What of a system's answer reaches the asker: status, masked body, and no header but those that describe the body."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from email.message import Message
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import JSONResponse, StreamingResponse

from taskcenter.core.errors import UnavailableError
from taskcenter.core.view import View
from taskcenter_plugin.gateway.forwarding import Answer
from taskcenter_plugin.gateway.masking import mask_body

log = logging.getLogger(__name__)

_PIECE_BYTES = 1 << 18
_FILE_NAME = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|]+')
_MAX_NAME = 200
_PLAIN_HEADER = re.compile(r"[\x20-\x7e]*\Z")
_TEXT, _BINARY = "text/plain; charset=utf-8", "application/octet-stream"
_FILE_TYPES = re.compile(r"(?i)^(text/(csv|plain)|application/(octet-stream|vnd[.\w-]+|zip|java-archive|x-[\w-]+))$")

_GUARDS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # Whatever a system sends, no browser runs it in Airflow's name.
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def refuse(view: View, status: int, message: str, path: str) -> Response:
    """An error of the gateway's own, in the system's envelope."""
    return JSONResponse(view.refusal(status, message, path), status_code=status, headers=_GUARDS)


async def pass_on(answer: Answer) -> Response:
    """The answer, as it may be shown."""
    given = answer.reply.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if answer.file is not None:
        return _FileResponse(answer, kind)
    await answer.held.aclose()
    body = mask_body(answer.reply.body, answer.secrets)
    if kind == "application/json":
        media_type = given if _PLAIN_HEADER.match(given) else kind
    else:
        media_type = _TEXT if kind.startswith("text/") or not kind else _BINARY
    return Response(body, status_code=answer.reply.status, media_type=media_type, headers=_GUARDS)


class _FileResponse(StreamingResponse):
    """A download, passed on piece by piece; what is held for it is let go at its end, however that comes."""

    def __init__(self, answer: Answer, kind: str) -> None:
        headers = {**_GUARDS, "Content-Disposition": _disposition(answer.reply.headers.get("content-disposition", ""))}
        # A compressing middleware lets alone what says that it is encoded; a file of 100 MB would be slowed to a quarter.
        headers["Content-Encoding"] = "identity"
        length = answer.reply.headers.get("content-length", "")
        if length.isdigit() and "content-encoding" not in answer.reply.headers:
            headers["Content-Length"] = length
        media_type = kind if _FILE_TYPES.match(kind) else _BINARY
        self._answer = answer
        self._is_gone = False
        super().__init__(self._pieces(), status_code=answer.reply.status, media_type=media_type, headers=headers)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def listen() -> Any:
            message = await receive()
            self._is_gone = self._is_gone or message["type"] == "http.disconnect"
            return message

        try:
            await super().__call__(scope, listen, send)
        except UnavailableError as error:
            # The head is on its way already; the connection is closed before the promised length is reached.
            log.warning("A download broke off: %s", error.message)
            raise
        finally:
            await self._answer.held.aclose()

    async def _pieces(self) -> AsyncIterator[bytes]:
        if self._answer.file is None:
            return
        async for piece in self._answer.file.pieces(_PIECE_BYTES):
            if self._is_gone:
                # While a fast system sends, a task hardly ever waits, and cannot be cancelled.
                return
            yield piece


def _disposition(given: str) -> str:
    """``Content-Disposition`` with a name that is a plain file's, on every system."""
    message = Message()
    message["Content-Disposition"] = given.encode("ascii", "replace").decode() or "attachment"
    name = PurePosixPath((message.get_filename() or "").replace("\\", "/")).name
    name = _FILE_NAME.sub("_", name).strip(". ")[-_MAX_NAME:] or "download"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
