"""A server that answers every download with the same file, as fast as it can: what is slow beside it is not the server."""

from __future__ import annotations

import multiprocessing
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web


@contextmanager
def file_server(size: int) -> Iterator[tuple[str, int]]:
    """The address and the port of a server of its own process.

    :param size: of the file, in bytes.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, socket.create_server(("127.0.0.1", 0)) as listening:
        file = Path(directory) / "file.csv"
        line = b"1234567,a row as it stands in a file of comma-separated values,2026-01-01\n"
        file.write_bytes((line * (size // len(line) + 1))[:size])
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(listening, file), daemon=True)
        process.start()
        port = listening.getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}", port
        finally:
            process.terminate()
            process.join(10)


def _serve(listening: socket.socket, file: Path) -> None:
    headers = {"Content-Disposition": 'attachment; filename="file.csv"', "Content-Type": "text/plain"}

    async def send(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(file, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", send)
    try:
        web.run_app(app, sock=listening, print=None, access_log=None)
    except KeyboardInterrupt:
        sys.exit()
