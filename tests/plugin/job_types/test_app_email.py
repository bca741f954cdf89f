"""APP_EMAIL: what cannot be sent is refused when the plan is stored."""

from __future__ import annotations

import pytest

from taskcenter_plugin.job_types.app_email import AppEmailJobType
from taskcenter_plugin.job_types.base import JobDefinitionError

MAIL = {"to": ["ann@example.com"], "subject": "Orders", "attachments": [{"id": "1", "code": "SELECT 1"}]}


def test_a_mail_with_a_statement_is_taken():
    AppEmailJobType().check("7", {**MAIL, "app": 7})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"to": []}, "give to"),
        ({"to": "ann@example.com"}, "give to"),
        ({"to": ["ann@example.com, eve@example.com"]}, "no mail address"),
        ({"to": ["ann@example.com\nBcc: eve@example.com"]}, "no mail address"),
        ({"subject": ""}, "give subject"),
        ({"subject": "Orders\r\nBcc: eve@example.com"}, "one line"),
        ({"body": 5}, "body must be a text"),
        ({"attachments": [{"id": "1"}]}, "code or scriptPath"),
        ({"attachments": [{"id": "__send__", "code": "SELECT 1"}]}, "reserved"),
        ({"app": 8}, "must be the entityKey"),
    ],
)
def test_what_cannot_be_sent_is_refused(change, told):
    with pytest.raises(JobDefinitionError, match=told):
        AppEmailJobType().check("7", {**MAIL, **change})
