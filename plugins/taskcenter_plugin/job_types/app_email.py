"""APP_EMAIL: Linkis statements whose results go out as attachments of a mail (应用邮件自动推送)."""

from __future__ import annotations

import csv
import re
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from taskcenter_plugin.job_types.base import JSON, Job, JobDefinitionError, JobType, Param, ParamKind
from taskcenter_plugin.job_types.linkis import check_statement, linkis_task
from taskcenter_plugin.job_types.rendering import NotRendered
from taskcenter_plugin.job_types.steps import check_key, steps_of
from taskcenter_plugin.job_types.task_ids import safe_id

if TYPE_CHECKING:
    from airflow.sdk import Context

SEND_TASK = "__send__"
DEFAULT_CONNECTION = "smtp_default"
MAX_RECIPIENTS = 200
_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")


class PlanEmailOperator(NotRendered, BaseOperator):
    """Sends the results of some tasks as CSV files, through an SMTP connection of Airflow's.

    :param attachments: pairs of task id and file name, without its ending
    """

    template_fields = ("to", "subject", "body", "attachments", "connection")

    def __init__(
        self, *, to: list[str], subject: str, body: str, attachments: list[list[str]], connection: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.to = to
        self.subject = subject
        self.body = body
        self.attachments = attachments
        self.connection = connection

    def execute(self, context: Context) -> dict[str, Any]:
        """Write the files, send the mail, tell what was sent."""
        from airflow.providers.smtp.hooks.smtp import SmtpHook

        with tempfile.TemporaryDirectory(prefix="mail-") as directory, SmtpHook(smtp_conn_id=self.connection) as hook:
            files = []
            for task_id, name in self.attachments:
                result = context["ti"].xcom_pull(task_ids=task_id)
                files += _written(Path(directory), name, (result or {}).get("result_sets") or [])
            # A mail needs some text: where the connection has no template for it either, the subject.
            body = self.body or (None if hook.html_content_template else f"<p>{escape(self.subject)}</p>")
            hook.send_email_smtp(
                to=self.to, subject=self.subject, html_content=body, files=[str(file) for file in files]
            )
            self.log.info("Sent %r to %s with %d files", self.subject, ", ".join(self.to), len(files))
            return {"to": self.to, "files": [file.name for file in files]}


def _written(directory: Path, name: str, result_sets: list[dict[str, Any]]) -> list[Path]:
    """One CSV file a result set, in UTF-8 with the mark that spreadsheet programs look for."""
    files = []
    for number, result_set in enumerate(result_sets, 1):
        file = directory / (f"{name}.csv" if len(result_sets) == 1 else f"{name}-{number}.csv")
        with file.open("w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow([column["name"] for column in result_set["columns"]])
            writer.writerows(result_set["rows"])
        files.append(file)
    return files


class AppEmailJobType(JobType):
    """Definition: ``{"to": ["ann@example.com"], "subject": ..., "body": html, "attachments": [{"id": "orders", "code": ...}]}``.

    Each attachment is what LINKIS takes. A mail without ``body`` has the connection's template, or else its subject. ``smtp`` names the Airflow connection to the mail server, which carries sender and
    credentials.
    """

    group: ClassVar[str] = "APP_EMAIL"
    job_classes: ClassVar[tuple[str, ...]] = ("com.hengshi.nangaparbat.schedulejob.AppEmailJob",)
    key_params: ClassVar[tuple[str, ...]] = ("app",)
    params: ClassVar[tuple[Param, ...] | None] = (
        Param("to", ParamKind.LIST, required=True),
        Param("subject", required=True),
        Param("body", ParamKind.CODE),
        Param("attachments", ParamKind.LIST),
        Param("smtp", default=DEFAULT_CONNECTION),
    )

    def check(self, key: str, definition: JSON) -> None:
        """Recipients, a subject, and statements; ``{"app": id}`` the entityKey."""
        where = f"{self.group} {key}"
        check_key(self.group, key, definition, "app")
        to = definition.get("to")
        if not isinstance(to, list) or not 0 < len(to) <= MAX_RECIPIENTS:
            raise JobDefinitionError(f"{where}: give to, a list of 1 to {MAX_RECIPIENTS} mail addresses")
        wrong = [each for each in to if not isinstance(each, str) or not _ADDRESS.fullmatch(each)]
        if wrong:
            raise JobDefinitionError(f"{where}: {wrong[0]!r} in to is no mail address")
        for name in ("subject", "body", "smtp"):
            if not isinstance(definition.get(name, ""), str):
                raise JobDefinitionError(f"{where}: {name} must be a text")
        if not definition.get("subject") or any(sign in definition["subject"] for sign in "\r\n"):
            raise JobDefinitionError(f"{where}: give subject, a text of one line")
        if definition.get("attachments"):
            for step in steps_of(self.group, key, definition, "attachments"):
                check_statement(f"{where}, attachment {step['id']}", step)

    def size(self, definition: JSON) -> int:
        """A step an attachment, and the mail."""
        return len(definition.get("attachments") or ()) + 1

    def build(self, job: Job) -> None:
        """One task an attachment, side by side, then the mail; ``subKey`` is the attachment's id."""
        steps = (
            steps_of(self.group, job.key, job.definition, "attachments") if job.definition.get("attachments") else []
        )
        tasks = [linkis_task(safe_id(step["id"]), step, task_display_name=step["id"]) for step in steps]
        send = PlanEmailOperator(
            task_id=SEND_TASK,
            task_display_name="send",
            to=job.definition["to"],
            subject=job.definition["subject"],
            body=job.definition.get("body", ""),
            attachments=[[task.task_id, safe_id(step["id"])] for task, step in zip(tasks, steps, strict=True)],
            connection=job.definition.get("smtp", DEFAULT_CONNECTION),
        )
        if tasks:
            send.set_upstream(tasks)
