"""One transaction a request, opened inside the handler; tried again when another request was in its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from airflow.utils.session import create_session
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

Result = TypeVar("Result")
_ATTEMPTS = 5


@retry(
    retry=retry_if_exception_type((IntegrityError, OperationalError)),
    stop=stop_after_attempt(_ATTEMPTS),
    wait=wait_random_exponential(multiplier=0.05, max=1),
    reraise=True,
)
def in_transaction(work: Callable[[Session], Result]) -> Result:
    """Run this in a session of its own and commit.

    Two requests that create the same plan at once, or deadlock, are told apart by the database: the loser starts anew.
    """
    with create_session(scoped=False) as session:
        return work(session)
