"""What a database says of a request is told as the request's fault where it is."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DataError, OperationalError


@pytest.mark.parametrize(
    ("kind", "number"),
    [(OperationalError, 1267), (DataError, 1366), (OperationalError, 1366), (OperationalError, 3988)],
)
def test_a_character_that_mysql_does_not_take_is_a_bad_request(app, kind, number):
    from taskcenter_plugin.errors import BadRequest
    from taskcenter_plugin.routes.transactions import in_transaction

    tries = []

    def work(_session):
        tries.append(1)
        raise kind("SELECT ...", {}, Exception(number, "Illegal mix of collations"))

    with pytest.raises(BadRequest, match="cannot store a character"):
        in_transaction(work)
    assert len(tries) == 1


def test_a_deadlock_is_tried_again(app):
    from taskcenter_plugin.routes.transactions import in_transaction

    tries = []

    def work(_session):
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("UPDATE ...", {}, Exception(1213, "Deadlock found"))
        return "done"

    assert in_transaction(work) == "done"
    assert len(tries) == 3
