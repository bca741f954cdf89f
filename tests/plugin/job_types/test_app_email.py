"""APP_EMAIL: what cannot be sent is refused when the plan is stored; the mail has its results attached."""

from __future__ import annotations

import json

import pytest

from support.smtp_server import smtp_server
from taskcenter_plugin.job_types.app_email import SEND_TASK, AppEmailJobType
from taskcenter_plugin.job_types.base import Job, JobDefinitionError

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


class Returned:
    """The task instance of the sending task, which finds what the others have returned."""

    def xcom_pull(self, task_ids):
        return {"result_sets": [{"columns": [{"name": "id"}, {"name": "name"}], "rows": [[1, "a,b"], [2, None]]}]}


def send(definition: dict, monkeypatch, **extra) -> object:
    from airflow.sdk import DAG

    with smtp_server() as (port, mails):
        extra |= {"from_email": "reports@example.com", "disable_tls": True, "disable_ssl": True}
        connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
        with DAG("mail", schedule=None) as dag:
            AppEmailJobType().build(Job("APP_EMAIL", "7", "", definition))
        dag.get_task(SEND_TASK).execute({"ti": Returned()})
        [mail] = mails
        return mail.message


@pytest.mark.parametrize(
    ("body", "text"),
    [({"body": "<b>Today</b>"}, "<b>Today</b>"), ({}, "<p>Orders &lt; 5</p>"), ({"body": ""}, "<p>Orders &lt; 5</p>")],
)
def test_a_mail_has_its_body_or_else_its_subject_and_the_results_as_files(monkeypatch, body, text):
    message = send({**MAIL, "subject": "Orders < 5", **body}, monkeypatch)
    assert message.get_body(("html",)).get_content().strip() == text
    [file] = message.iter_attachments()
    assert file.get_filename() == "1.csv"
    assert file.get_content().decode("utf-8-sig").splitlines() == ["id,name", '1,"a,b"', "2,"]


def test_a_mail_without_a_body_has_the_template_of_the_connection(monkeypatch, tmp_path):
    template = tmp_path / "mail.html"
    template.write_text("<i>Regards</i>", encoding="utf-8")
    message = send(MAIL, monkeypatch, html_content_template=str(template))
    assert message.get_body(("html",)).get_content().strip() == "<i>Regards</i>"
