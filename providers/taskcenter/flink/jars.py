"""Jar files on this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from taskcenter.core.errors import ConfigurationError

_PIECE_BYTES = 1 << 20
_DIGEST_CHARS = 16


def jar_name(path: str | Path) -> str:
    """What a jar is called on a cluster: its own name and a digest of its content.

    :raises ConfigurationError: there is no such file here, it cannot be read, or it is no jar.
    """
    file = Path(path)
    if file.suffix != ".jar":
        raise ConfigurationError(f"{str(path)!r} is no jar to Flink: the file's name must end in .jar.")
    digest = hashlib.sha256()
    try:
        with file.open("rb") as content:
            while piece := content.read(_PIECE_BYTES):
                digest.update(piece)
    except OSError as error:
        raise ConfigurationError(
            f"The jar {str(path)!r} cannot be read here: {error.strerror}. Give the path of a file on the worker."
        ) from error
    return f"{file.stem}-{digest.hexdigest()[:_DIGEST_CHARS]}.jar"
