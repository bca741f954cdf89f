"""Looks for jobs by name, and for executions that may be ours in the list that Exchangis keeps (facts section 5)."""

from __future__ import annotations

from typing import Any

from taskcenter.core.errors import MalformedReplyError, NotFoundError, RefusedError
from taskcenter.core.flow import Flow, Pause
from taskcenter.core.job import JobTag, TaggedJob
from taskcenter.core.status import JobState
from taskcenter.exchangis.api import Json
from taskcenter.exchangis.job_api import JobApi
from taskcenter.exchangis.request import ExchangisRequest, Intent, JobChoice, KnownJob
from taskcenter.exchangis.status import parse_status

SNAPSHOT_ROWS = 20
LIST_ROWS = 50
MAX_LIST_PAGES = 40
NAME_PAGE_ROWS = 100

CLOCK_SKEW_SECONDS = 3600.0
"""How far apart the clocks of Exchangis and Airflow may be."""

NEAR_SECONDS = 60.0
"""The same, where only clocks can tell whether an execution may be ours."""


class ExecutionSearch(JobApi):
    """Finds jobs and executions."""

    def known_job(self, choice: JobChoice) -> Flow[KnownJob]:
        """The job that is meant.

        :raises NotFoundError: there is none, or the user may not see it.
        """
        job_id = choice.job_id or (yield from self._job_id(choice))
        job = yield from self.job(job_id)
        content = job.get("jobContent") or job.get("content") or ""
        return KnownJob(
            id=str(job_id),
            name=str(job.get("jobName") or choice.job_name or ""),
            project_id=str(job.get("projectId") or ""),
            creator=str(job.get("createUser") or ""),
            content=content if isinstance(content, str) else "",
        )

    def _job_id(self, choice: JobChoice) -> Flow[str]:
        project_id = yield from self.project_id(str(choice.project))
        row = yield from self.find_job(project_id, str(choice.job_name))
        if row is None:
            message = (
                f"There is no job {choice.job_name!r} in project {choice.project!r} that this user may see. Check the "
                "name (case counts) and the user's rights in the project."
            )
            raise NotFoundError(message, self.client.context)
        return str(row["id"])

    def project_id(self, project: str) -> Flow[str]:
        """The id of a project given by name or id; digits are an id.

        :raises NotFoundError: there is no such project, or the user may not see it.
        """
        if project.isdigit():
            return project
        row = yield from self.find_project(project)
        if row is None:
            message = (
                f"There is no project {project!r} that this user may see. Check the name (case counts) and the user's "
                "rights in the project."
            )
            raise NotFoundError(message, self.client.context)
        return str(row["id"])

    def find_project(self, name: str) -> Flow[Json | None]:
        """The row of the project with exactly that name."""
        return self._named(name, "name", self._projects)

    def find_job(self, project_id: str, name: str) -> Flow[Json | None]:
        """The row of the job with exactly that name in a project."""
        return self._named(name, "jobName", lambda part, page: self._jobs(project_id, part, page))

    def _jobs(self, project_id: str, name: str, page: int) -> Flow[list[Json]]:
        return (yield from self.list_jobs(project_id, name, page, NAME_PAGE_ROWS))["result"]  # type: ignore[no-any-return]

    def _projects(self, name: str, page: int) -> Flow[list[Json]]:
        return (yield from self.list_projects(name, page, NAME_PAGE_ROWS))["list"]  # type: ignore[no-any-return]

    def _named(self, name: str, field: str, read: Any) -> Flow[Json | None]:
        """The row with exactly that name; the server's filters take a part of a name, or are not looked at."""
        for page in range(1, MAX_LIST_PAGES + 1):
            rows: list[Json] = yield from read(name, page)
            for row in rows:
                if row.get(field) == name:
                    return row
            if len(rows) < NAME_PAGE_ROWS:
                break
        return None

    def snapshot(self, job: KnownJob, tag: JobTag) -> Flow[Intent]:
        """What is there before an execution is asked for."""
        now: float = yield Pause(0)
        data = yield from self.list_executions(job_name=job.name, size=SNAPSHOT_ROWS)
        return Intent(tag.key, tag.attempt, frozenset(_id(row) for row in data["jobList"]), now)

    def find(self, request: ExchangisRequest, tag: JobTag, since: float) -> Flow[list[TaggedJob]]:
        """Executions that this task instance may have asked for, the newest first.

        Exchangis keeps no mark of ours with an execution. One is taken as this try's when it is not among those that
        were there before the try asked for one, and is the only one; as an earlier try's likewise, by the note that
        one left.

        :raises RefusedError: several may be it, or the list does not show this user the job's executions.
        """
        earlier = request.earlier
        oldest = (earlier or request.intent).at - CLOCK_SKEW_SECONDS
        if request.unrecorded:
            oldest = min(oldest, since)
        known = (earlier or request.intent).seen if not request.unrecorded else frozenset[str]()
        rows = yield from self._rows_since(request, known, oldest)
        mine = [row for row in rows if _id(row) not in request.intent.seen and _at(row) >= oldest]
        found = self._only(request, mine, tag.attempt)
        others = [row for row in rows if _id(row) in request.intent.seen]
        if earlier is not None:
            found += self._only(request, [row for row in others if _id(row) not in earlier.seen], earlier.attempt)
        elif request.unrecorded:
            started = since + CLOCK_SKEW_SECONDS - NEAR_SECONDS
            found += self._guess(request, [row for row in others if _at(row) >= started], tag.attempt - 1)
        return found

    def _rows_since(self, request: ExchangisRequest, known: frozenset[str], oldest: float) -> Flow[list[Json]]:
        """The rows of the job's executions, from the newest to one that is known or too old."""
        project = yield from self._project_name(request)
        rows: list[Json] = []
        visible = request.job.creator in ("", self.settings.login)
        for page in range(1, MAX_LIST_PAGES + 1):
            data = yield from self.list_executions(job_name=request.job.name, page=page, size=LIST_ROWS)
            listed: list[Json] = data["jobList"]
            visible = visible or any(row.get("createUser") not in (None, self.settings.login) for row in listed)
            rows += [row for row in listed if _is_of(row, request.job.name, project)]
            if any(_id(row) in known or _at(row) < oldest for row in listed):
                break
            expected = min(LIST_ROWS, int(data["total"]) - (page - 1) * LIST_ROWS)
            if len(listed) < expected:
                # A row that it cannot show hides all that follow (facts section 3.2).
                message = (
                    f"The list of executions shows {len(listed)} rows of {expected}, and the ones that are missing may "
                    "be the ones that are looked for."
                )
                raise MalformedReplyError(message, self.client.context)
            if len(listed) < LIST_ROWS:
                break
        if not rows and not visible and not request.unrecorded:
            message = (
                f"Exchangis shows executions of job {request.job.name!r} to its creator {request.job.creator!r} and to "
                f"admins only, so that {self.settings.login!r} cannot see whether there is one."
            )
            raise RefusedError(message, self.client.context)
        return rows

    def _project_name(self, request: ExchangisRequest) -> Flow[str | None]:
        if not request.job.project_id:
            return None
        try:
            item = yield from self.project(request.job.project_id)
        except RefusedError:
            return None
        return str(item.get("name") or "") or None

    def _only(self, request: ExchangisRequest, rows: list[Json], attempt: int) -> list[TaggedJob]:
        if len(rows) > 1:
            names = ", ".join(f"{_id(row)} ({row.get('status')})" for row in rows)
            message = (
                f"Job {request.job.name!r} has been executed {len(rows)} times at once, by this task and by somebody "
                f"else, and it cannot be told which is whose: {names}."
            )
            raise RefusedError(message, self.client.context)
        return [_tagged(request, row, attempt) for row in rows]

    def _guess(self, request: ExchangisRequest, rows: list[Json], attempt: int) -> list[TaggedJob]:
        """Without a note: the one that runs, or the only one there is since the DAG run began."""
        found = [_tagged(request, row, attempt) for row in rows]
        running = [job for job in found if not job.status.is_terminal]
        if len(running) == 1:
            return running
        return found if len(found) == 1 and found[0].status.state is JobState.SUCCEEDED else []


def _id(row: Json) -> str:
    return str(row.get("jobExecutionId"))


def _at(row: Json) -> float:
    """When it was created, epoch seconds; the end of time where the row does not say."""
    created = row.get("createTime")
    return created / 1000 if isinstance(created, int | float) else float("inf")


def _is_of(row: Json, name: str, project: str | None) -> bool:
    """Whether an execution is of the job; names of projects are listed from 1.1.7 on."""
    of_project = row.get("projectName")
    return row.get("name") == name and (not of_project or project is None or of_project == project)


def _tagged(request: ExchangisRequest, row: Json, attempt: int) -> TaggedJob:
    ref = request.ref(_id(row))
    return TaggedJob(ref, parse_status(row, ref), attempt)
