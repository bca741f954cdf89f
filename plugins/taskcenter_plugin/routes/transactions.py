"""One transaction a request, opened inside the handler; tried again when another request was in its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from airflow.utils.session import create_session
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from taskcenter_plugin.errors import BadRequest

Result = TypeVar("Result")
_ATTEMPTS = 5
_UNSTORABLE = {(1267,), (1366,), (3988,)}
"""MySQL's errors about characters outside of a column's set: compared, stored, converted."""


@retry(
    retry=retry_if_exception_type((IntegrityError, OperationalError)),
    stop=stop_after_attempt(_ATTEMPTS),
    wait=wait_random_exponential(multiplier=0.05, max=1),
    reraise=True,
)
def in_transaction(work: Callable[[Session], Result]) -> Result:
    """Run this in a session of its own and commit.

    Two requests that create the same plan at once, or deadlock, are told apart by the database: the loser starts anew.

    :raises BadRequest: a text has characters that MySQL does not take where it is to go.
    """
    with create_session(scoped=False) as session:
        try:
            return work(session)
        except DBAPIError as error:
            if (error.orig.args[:1] if error.orig else ()) in _UNSTORABLE:
                raise BadRequest(
                    "The database cannot store a character of the request, e.g. an emoji in a title. Leave it out, or convert "
                    "the database to utf8mb4, as Airflow wants it."
                ) from error
            raise
