"""A mail server of a test's own, which keeps what it is sent."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(frozen=True)
class Mail:
    """One mail: the envelope's recipients and the message."""

    recipients: list[str]
    message: EmailMessage


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 test")
        recipients: list[str] = []
        while line := self.rfile.readline():
            verb = line.decode().strip().upper()
            if verb.startswith("RCPT TO:"):
                recipients.append(line.decode().strip()[8:].strip("<> "))
                self._say("250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                self.server.mails.append(Mail(recipients, self._message()))  # type: ignore[attr-defined]
                self._say("250 kept")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _message(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[Mail] = []


@contextmanager
def smtp_server() -> Iterator[tuple[int, list[Mail]]]:
    """A server on a free port; yields the port and the list that mails are put into."""
    with _Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1], server.mails
        finally:
            server.shutdown()
