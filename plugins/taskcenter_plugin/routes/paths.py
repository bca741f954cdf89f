"""Where the task center is found on the api-server. Imports nothing: schedulers and workers load this, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Asgi = Callable[[Scope, Any, Any], Awaitable[None]]

MOUNT = "/task-center"
DOCUMENTED_PATHS = ("/api/schedules", "/api/contexts", "/api/entities")


class DocumentedPaths:
    """A root middleware: requests for the documented paths go to the app at ``MOUNT``."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Rewrite the path of a request for the task center; let all others through."""
        await self._app(_rewritten(scope) if scope["type"] == "http" else scope, receive, send)


def _rewritten(scope: Scope) -> Scope:
    root, path = scope.get("root_path", ""), scope["path"]
    relative = path[len(root) :] if root and path.startswith(root) else path
    if not any(relative == prefix or relative.startswith(f"{prefix}/") for prefix in DOCUMENTED_PATHS):
        return scope
    target = f"{path[: len(path) - len(relative)]}{MOUNT}{relative}"
    return {**scope, "path": target, "raw_path": target.encode()}
