"""The DAG bundle of the plans: a fixed set of files in this package, whose content lies in Airflow Variables.

It is versioned, so that a run that has started goes on with the plan it started on: see ``versions.py``.
``[dag_processor] dag_bundle_config_list`` must name it, see ``docs/task-center.md``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.dag_processing.bundles.base import BaseDagBundle

from taskcenter_plugin.airflow_internals.compat import bundle_version

if TYPE_CHECKING:
    from airflow.dag_processing.bundles.base import BundleVersion

    from taskcenter_plugin.plans.looks import Look

BUNDLE_NAME = "taskcenter_plans"
FILES = Path(__file__).parent.parent / "plan_files"

current_look: Look | None = None
"""In the DAG processor: the last look. The processes that read the files are forked from it."""
requested_version: str | None = None
"""On a worker: the version that the task's run started with."""


def file_of(shard: int) -> str:
    """The file of a shard, relative to the bundle."""
    return f"shard_{shard:02d}.py"


class PlanBundle(BaseDagBundle):
    """All plans; ``refresh_interval`` is in seconds."""

    supports_versioning = True

    def __init__(self, *, refresh_interval: int = 10, **kwargs: Any) -> None:
        super().__init__(refresh_interval=refresh_interval, **kwargs)

    @property
    def path(self) -> Path:
        """Where the files are; the same for every version."""
        return FILES

    def initialize(self) -> None:
        """Note which version this process is to build."""
        global requested_version
        if self.version is not None:
            requested_version = str(self.version)
        super().initialize()

    def refresh(self) -> None:
        """Mend what listeners or hands have left undone; only the DAG processor's main process gets here, which has the database."""
        from taskcenter_plugin.plans.parsed import watch
        from taskcenter_plugin.plans.upkeep import keep_up

        watch()
        keep_up()

    def get_current_version(self) -> str | BundleVersion | None:
        """The version of the plans as they are now."""
        from taskcenter_plugin.plans.looks import look_at_plans

        global current_look
        current_look = look_at_plans()
        return bundle_version(current_look.version)
