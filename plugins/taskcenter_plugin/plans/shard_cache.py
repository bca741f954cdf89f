"""Shards of plans that a worker has read, kept in files: the next task on the same version need not ask the api-server.

A file holds a shard's text, and the bundle versions that it is good for: those of tasks that have read exactly this text. What was
published for a version stays so, and a version names one state of the plans only (see ``versions.py``), so the file says what the
Variable would, also where several deployments or databases share a machine. Anything else, a version that is not among them or a file
that is not whole, is a miss.

The directory is of one user of the operating system, and nobody else may look into it. No error in here stops a task.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import stat
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airflow.dag_processing.bundles.base import get_bundle_storage_root_path

log = logging.getLogger(__name__)
MAX_BYTES = 8 * 1024 * 1024
"""A larger shard is not kept, so that all of them take 256 MiB at most."""
MAX_VERSIONS = 64
_FORMAT = 1
_HEADER_BYTES = 16 * 1024
_ABANDONED_SECONDS = 60.0
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class CachedShard:
    """A shard's text, and the versions that it is good for, oldest first."""

    text: str
    versions: tuple[str, ...] = ()


def directory() -> Path:
    """Where this user's files are, below ``[dag_processor] dag_bundle_storage_path``."""
    root: Path = get_bundle_storage_root_path()  # type: ignore[no-untyped-call]
    return root / f"taskcenter_shards_{os.geteuid()}"


def read(shard: int) -> CachedShard | None:
    """What is kept of a shard; None if nothing is, or nothing that can be trusted."""
    try:
        with _opened_directory() as folder:
            file = os.open(_name(shard), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            with os.fdopen(file, "rb") as opened:
                content = opened.read(MAX_BYTES + _HEADER_BYTES)
        return _decoded(content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.debug("The cached shard %d cannot be read: %s", shard, error)
        return None


def keep(shard: int, text: str, version: str, known: CachedShard | None) -> None:
    """Keep a shard's text for the tasks to come.

    :param version: of the task that has read the text just now
    :param known: what was in the cache before: if that is the same text, it stays good for those versions
    """
    same = known.versions if known is not None and known.text == text else ()
    versions = tuple(each for each in same if each != version)[1 - MAX_VERSIONS :]
    content = _encoded(CachedShard(text, (*versions, version)))
    if len(content) > MAX_BYTES:
        return
    try:
        directory().mkdir(mode=0o700, parents=True, exist_ok=True)
        with _opened_directory() as folder:
            _write(folder, _name(shard), content)
    except OSError as error:
        log.debug("Shard %d is not cached: %s", shard, error)


@contextlib.contextmanager
def _opened_directory() -> Iterator[int]:
    """The directory's descriptor, by which files are opened: nobody can put another one in its place meanwhile.

    :raises PermissionError: it is another user's, or others may enter it.
    """
    path = directory()
    folder = os.open(path, _DIRECTORY)
    try:
        found = os.fstat(folder)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            log.warning(
                "%s is not private, so no plans are cached there. Delete it, or make it yours, with mode 0700.", path
            )
            raise PermissionError(f"{path} is not private")
        yield folder
    finally:
        os.close(folder)


def _write(folder: int, name: str, content: bytes) -> None:
    """Put a file in its place whole; if another process is about to do that, its file will do.

    :raises OSError: it cannot be written.
    """
    part = f"{name}.part"
    try:
        file = os.open(part, _NEW_FILE, 0o600, dir_fd=folder)
    except FileExistsError:
        if os.stat(part, dir_fd=folder, follow_symlinks=False).st_mtime < time.time() - _ABANDONED_SECONDS:
            os.unlink(part, dir_fd=folder)  # its writer has been killed; the next one writes
        return
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(content)
        os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part, dir_fd=folder)
        raise


def _name(shard: int) -> str:
    return f"shard_{shard:02d}"


def _encoded(shard: CachedShard) -> bytes:
    text = shard.text.encode()
    header = {"format": _FORMAT, "checksum": _checksum(shard.versions, text), "versions": shard.versions}
    return json.dumps(header).encode() + b"\n" + text


def _decoded(content: bytes) -> CachedShard:
    """The reverse.

    :raises ValueError: it is not whole, or of another release; also ``KeyError`` and ``TypeError``.
    """
    head, _, text = content.partition(b"\n")
    header = json.loads(head)
    versions = tuple(str(each) for each in header["versions"])
    if header["format"] != _FORMAT or header["checksum"] != _checksum(versions, text):
        raise ValueError("it is not what was written")
    return CachedShard(text.decode(), versions)


def _checksum(versions: tuple[str, ...], text: bytes) -> int:
    return zlib.crc32(text, zlib.crc32("\n".join(versions).encode()))
