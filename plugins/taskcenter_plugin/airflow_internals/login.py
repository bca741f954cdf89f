"""Whether a browser has logged in, and where it does. Private in Airflow: ``get_user`` and ``bearer_scheme``."""

from __future__ import annotations

from urllib.parse import urlencode

from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from starlette.exceptions import HTTPException
from starlette.requests import Request


async def is_logged_in(request: Request) -> bool:
    """Whether a request comes from somebody who has logged in."""
    try:
        await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return False
    return True


def login_path(path: str) -> str:
    """Where a browser logs in to come back to that path.

    :param path: as browsers see it; the answer is below Airflow's own root.
    """
    return f"/api/v2/auth/login?{urlencode({'next': path})}"
