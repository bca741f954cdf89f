"""A file as the body of a request: one form field of ``multipart/form-data``, read piece by piece (RFC 7578)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

_PIECE_BYTES = 1 << 18
_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True)
class Upload:
    """A file to send.

    It is opened anew for each attempt and never in memory whole.

    :param path: the file.
    :param field_name: the form's field.
    :param file_name: what the server is to call it; the file's own name by default.
    :param content_type: its media type.
    """

    path: Path
    field_name: str
    file_name: str = ""
    content_type: str = "application/octet-stream"
    boundary: str = field(default_factory=lambda: uuid4().hex, repr=False, compare=False)

    @property
    def headers(self) -> dict[str, str]:
        """What describes the body.

        :raises OSError: the file cannot be read.
        """
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(len(self)),
        }

    def __len__(self) -> int:
        return len(self._head) + self.path.stat().st_size + len(self._tail)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        with self.path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece
        yield self._tail

    @property
    def _head(self) -> bytes:
        name = (self.file_name or self.path.name).translate(_ESCAPES)
        lines = (
            f"--{self.boundary}",
            f'Content-Disposition: form-data; name="{self.field_name}"; filename="{name}"',
            f"Content-Type: {self.content_type}",
            "",
            "",
        )
        return "\r\n".join(lines).encode()

    @property
    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
