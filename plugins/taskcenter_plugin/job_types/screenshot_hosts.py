"""Which hosts screenshots may be taken of: option ``[taskcenter] screenshot_hosts``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_HOST = re.compile(r"(?P<any>\*\.)?(?P<name>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(?::(?P<port>[0-9]{1,5}))?")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True)
class AllowedHosts:
    """The hosts, as the option names them: ``name`` (any port), ``name:port`` or ``*.domain``."""

    entries: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> AllowedHosts:
        """Read the option: entries, separated by commas or space.

        :raises ValueError: one of them is no host.
        """
        entries = tuple(text.lower().replace(",", " ").split())
        for entry in entries:
            found = _HOST.fullmatch(entry)
            if not found or (found["any"] and found["port"]):
                raise ValueError(
                    f"[taskcenter] screenshot_hosts: {entry!r} is no host. Write name, name:port or *.domain, "
                    "with commas between them."
                )
        return cls(entries)

    def allow(self, url: str) -> bool:
        """Whether a page, or a part of one, may be loaded from there."""
        try:
            address = urlsplit(url)
            host, port = ascii_host(address), address.port or _PORTS.get(address.scheme)
        except ValueError:
            return False
        return any(
            host.endswith(entry[1:]) if entry.startswith("*.") else entry in (host, f"{host}:{port}")
            for entry in self.entries
        )

    def resolver_rules(self) -> str:
        """For Chromium's ``--host-resolver-rules``: every other host has no address.

        It holds for redirects, frames, scripts and web sockets alike, and for addresses written as numbers.
        """
        named = [f"MAP {entry} {entry}" for entry in self.entries if not entry.startswith("*.")]
        domains = [f"EXCLUDE {entry}" for entry in self.entries if entry.startswith("*.")]
        return ", ".join([*domains, *named, "MAP * ~NOTFOUND"])


def ascii_host(address: SplitResult) -> str:
    """The host of an address as name servers know it.

    :raises ValueError: it has none, or none that can be.
    """
    return (address.hostname or "").encode("idna").decode()


def listed(hosts: Sequence[str]) -> str:
    """Hosts for a message."""
    return ", ".join(hosts) or "none"
