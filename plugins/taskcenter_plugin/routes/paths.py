"""Where the task center is found on the api-server. Imports nothing: schedulers and workers load this, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Any, Any], Awaitable[None]]

MOUNT = "/task-center"
GATEWAY_MOUNT = "/task-center-gateway"
_MOUNTS = {
    "/api/schedules": MOUNT,
    "/api/contexts": MOUNT,
    "/api/entities": MOUNT,
    "/api/rest_j/v1": GATEWAY_MOUNT,
    "/dss/exchangis/main": GATEWAY_MOUNT,
    "/hlink": GATEWAY_MOUNT,
}
"""By documented prefix, where the app is that serves it."""
_ORIGINAL = "taskcenter.original_path"


class DocumentedPaths:
    """A root middleware: requests for the documented paths go to the app that serves them."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Rewrite the path of a request for the task center; let all others through."""
        await self._app(_rewritten(scope) if scope["type"] == "http" else scope, receive, send)


def original_path(scope: Scope) -> bytes:
    """The path as it came over the wire, with its percent signs."""
    path: bytes = scope.get(_ORIGINAL) or scope.get("raw_path") or scope["path"].encode()
    return path.partition(b"?")[0]


def _rewritten(scope: Scope) -> Scope:
    root, path = scope.get("root_path", ""), scope["path"]
    relative = path[len(root) :] if root and path.startswith(root) else path
    mount = next((_MOUNTS[each] for each in _MOUNTS if relative == each or relative.startswith(f"{each}/")), None)
    if mount is None:
        return scope
    target = f"{path[: len(path) - len(relative)]}{mount}{relative}"
    return {**scope, "path": target, "raw_path": target.encode(), _ORIGINAL: scope.get("raw_path")}
