"""The FastAPI application of the task center; ``paths.py`` leads the documented paths to it.

Mounting an app at ``/api`` would take Airflow's own API away; so the app is mounted under a prefix of its own, and the paths that the
documents name are rewritten on their way in.
"""

from __future__ import annotations

from fastapi import FastAPI

from taskcenter_plugin.job_pages import page
from taskcenter_plugin.job_pages import routes as job_pages
from taskcenter_plugin.routes import contexts, entities, page_files, schedules
from taskcenter_plugin.routes.envelope import product_version, wear_envelope
from taskcenter_plugin.routes.openapi import describe
from taskcenter_plugin.ui import exchangis_jobs, log_routes, me, metrics, plans, runs


def create_app() -> FastAPI:
    """The application, with every route at its documented path."""
    app = FastAPI(
        title="Task center",
        description="Execution plans and their executions (任务管理中心), as Airflow DAGs and DAG runs.",
        version=product_version(),
        redirect_slashes=False,
    )
    rooms = (schedules, contexts, entities, job_pages, runs, log_routes, metrics, plans, me, exchangis_jobs)
    for room in rooms:
        app.include_router(room.router)
    app.router.routes.extend([*page.routes, *page_files.routes])
    wear_envelope(app)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app
