"""Encrypts the connection parameters of data sources, passwords among them, before they are stored."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


class Vault:
    """Encrypts with a key that lies beside the data, readable by its owner alone.

    :param path: the file with the key; made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(Fernet.generate_key())
        self._fernet = Fernet(path.read_bytes())

    def seal(self, params: dict[str, Any]) -> bytes:
        """Encrypt parameters."""
        return self._fernet.encrypt(json.dumps(params, ensure_ascii=False).encode())

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Decrypt parameters.

        :raises ValueError: they were encrypted with another key.
        """
        try:
            params: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise ValueError("the connection parameters were encrypted with another key") from error
        return params

    def seal_text(self, text: str) -> str:
        """Encrypt a text (``tools/encrypt``)."""
        return self._fernet.encrypt(text.encode()).decode()

    def open_text(self, sealed: str) -> str:
        """Decrypt a text (``tools/decrypt``).

        :raises ValueError: it was not encrypted here.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ValueError("the text was not encrypted here") from error
