"""``/job`` and the projects: what can be executed; the document does not have it (facts section 3.2)."""

from __future__ import annotations

from taskcenter_sandbox.exchangis import types
from taskcenter_sandbox.exchangis.elements import engine_elements
from taskcenter_sandbox.exchangis.errors import Refused, no_permission
from taskcenter_sandbox.exchangis.jobs import whole
from taskcenter_sandbox.exchangis.projects import QUERY, view
from taskcenter_sandbox.exchangis.service import Call, Endpoint, Json, Reply, Services
from taskcenter_sandbox.gateway.envelope import BadRequest

_JOB_FIELDS = frozenset(
    {
        "id",
        "projectId",
        "jobType",
        "engineType",
        "jobName",
        "jobDesc",
        "jobLabels",
        "proxyUser",
        "jobParams",
        "source",
        "executeUser",
        "syncType",
        "createTime",
        "createUser",
        "modifyTime",
        "modifyUser",
        "sync_type",
        "alarmUser",
        "alarmLevel",
    }
)


def list_jobs(services: Services, call: Call) -> Json:
    """List the jobs of a project."""
    page, size = call.needed_number("current"), call.needed_number("size")
    if "name" not in call.query:
        raise BadRequest("name")
    wanted = {"name": call.query["name"], "job_type": call.query.get("jobType")}
    rows, total = services.jobs.page(call.user, call.needed_number("projectId"), wanted, page, size)
    return {"total": total, "result": [services.jobs.view(row) for row in rows]}


def find_jobs(services: Services, call: Call) -> Json:
    """List all jobs of a project with a part of a name."""
    wanted = {"name": call.query.get("jobName") or ""}
    rows, _ = services.jobs.page(call.user, call.needed_number("projectId"), wanted, 1, 1_000_000)
    return {"result": [services.jobs.view(row) for row in rows]}


def create_job(services: Services, call: Call) -> Json:
    """Create a job."""
    _check_writable(services)
    _check_job_fields(services, call)
    return {"result": services.jobs.view(services.jobs.create(call.user, call.body))}


def job(services: Services, call: Call) -> Json:
    """Show a job and what it moves."""
    return {"result": services.jobs.view(services.jobs.allowed(call.user, call.id(), QUERY))}


def update_job(services: Services, call: Call) -> Json:
    """Change name and description."""
    _check_writable(services)
    _check_job_fields(services, call)
    return {"result": services.jobs.view(services.jobs.update(call.user, call.id(), call.body))}


def update_content(services: Services, call: Call) -> Json:
    """Change what it moves."""
    _check_writable(services)
    _check_job_fields(services, call)
    return {"result": services.jobs.view(services.jobs.set_content(call.user, call.id(), call.body))}


def update_config(services: Services, call: Call) -> Json:
    """Change who executes it, and its parameters."""
    _check_writable(services)
    _check_job_fields(services, call)
    return {"result": services.jobs.view(services.jobs.configure(call.user, call.id(), call.body))}


def copy_job(services: Services, call: Call) -> Json:
    """Copy a job under its own name."""
    _check_writable(services)
    return {"result": services.jobs.view(services.jobs.copy(call.user, call.id()))}


def delete_job(services: Services, call: Call) -> Json:
    """Delete a job."""
    _check_writable(services)
    services.jobs.delete(call.user, call.id())
    return {}


def engine_types(services: Services, call: Call) -> Json:  # noqa: ARG001 # the common signature
    """List the engines: on 1.1.7 and later DATAX alone, though SQOOP can be used."""
    return {"result": ["DATAX"] if services.settings.version.is_late else list(types.ENGINES)}


def engine_ui(services: Services, call: Call) -> Json:  # noqa: ARG001 # the common signature
    """List what can be set for an engine."""
    return {"ui": engine_elements(call.path["engine"].upper())}


def list_projects(services: Services, call: Call) -> Json:
    """List projects; what is asked for stands in the query."""
    page, size = call.number("current") or 1, call.number("size") or 10
    rows, total = services.projects.page(call.user, call.query.get("name", ""), page, size)
    return {"total": total, "list": [view(row, services.settings.version) for row in rows]}


def project(services: Services, call: Call) -> Json:
    """Show a project."""
    return {"item": view(services.projects.allowed(call.user, call.id(), QUERY), services.settings.version)}


def create_project(services: Services, call: Call) -> Json:
    """Create a project."""
    _check_writable(services)
    project_id = services.projects.create(call.user, call.body)
    row = services.projects.allowed(call.user, project_id, QUERY)
    item = view(row, services.settings.version)
    return {"projectId": item["id"], "item": item}


def update_project(services: Services, call: Call) -> Json:
    """Change a project, whose id is in the body."""
    _check_writable(services)
    return {"projectId": services.projects.update(call.user, call.body)}


def delete_project(services: Services, call: Call) -> Json:
    """Delete a project without jobs."""
    _check_writable(services)
    services.projects.delete(call.user, call.id())
    return {}


def check_project(services: Services, call: Call) -> Reply:
    """Tell whether a name is taken."""
    if services.projects.exists(call.path["name"]):
        raise Refused("The project name already exists(工程名称已存在)")
    return Reply({})


def execute_as(services: Services, call: Call) -> Reply:
    """Run a job for DSS, as the user of the body."""
    name = "execUser" if services.settings.version.is_late else "submitUser"
    user = str(call.body.get(name) or "")
    if not user:
        raise Refused(f"Required params '{name}' is missing")
    row = services.jobs.get(whole(call.path["id"], "id"))
    if call.user != row["create_user"]:
        services.jobs.allowed(call.user, row["id"], "execute")
    execution_id = services.executions.execute(row, services.projects.get(row["project_id"]), user)
    return Reply({"jobExecutionId": execution_id}, "Submitted succeed(提交成功)！")


def _check_job_fields(services: Services, call: Call) -> None:
    call.check_fields(_JOB_FIELDS | {services.jobs.content_field})


def _check_writable(services: Services) -> None:
    if services.faults.amount("read-only"):
        raise no_permission("operate here")


def endpoints(services: Services) -> list[Endpoint]:
    """The endpoints of the version."""
    found = [
        Endpoint("GET", "/job", list_jobs),
        Endpoint("GET", "/job/getJob/list", find_jobs),
        Endpoint("GET", "/job/engineType", engine_types),
        Endpoint("POST", "/job", create_job),
        Endpoint("GET", "/job/{id}", job),
        Endpoint("PUT", "/job/{id}", update_job),
        Endpoint("DELETE", "/job/{id}", delete_job),
        Endpoint("POST", "/job/{id}/copy", copy_job),
        Endpoint("PUT", "/job/{id}/config", update_config),
        Endpoint("PUT", "/job/{id}/content", update_content),
        Endpoint("POST", "/projects", list_projects),
        Endpoint("GET", "/projects/{id}", project),
        Endpoint("DELETE", "/projects/{id}", delete_project),
        Endpoint("POST", "/createProject", create_project),
        Endpoint("PUT", "/updateProject", update_project),
        Endpoint("POST", "/check/{name}", check_project),
        Endpoint("POST", "/appJob/execute/{id}", execute_as),
    ]
    if services.settings.version.is_late:
        found.insert(0, Endpoint("GET", "/job/engine/{engine}/settings/ui", engine_ui))
    return found
