"""The options of section ``[taskcenter]`` in Airflow's configuration: names, defaults and what they mean, once.

Airflow reads this while it builds its own configuration, so nothing of Airflow is imported before it is asked.
"""

from __future__ import annotations

from typing import Any

SECTION = "taskcenter"

DEPLOYMENT_ID = "deployment_id"
POLL_INTERVAL_SECONDS = "poll_interval_seconds"
LOG_REQUESTS_PER_SECOND = "log_requests_per_second"
MISSED_FIRES = "missed_fires"
MISSED_FIRE_SECONDS = "missed_fire_seconds"
DEPEND_ON_SUCCESS_ONLY = "depend_on_success_only"
MAX_ACTIVE_RUNS = "max_active_runs"
MAX_STEPS = "max_steps"
PLAN_CACHE = "plan_cache"
SYNC_SECONDS = "sync_seconds"
LOG_SPOOL_MEGABYTES = "log_spool_megabytes"
LOG_SPOOL_PATH = "log_spool_path"
SCREENSHOT_HOSTS = "screenshot_hosts"
SCREENSHOT_PATH = "screenshot_path"
SCREENSHOT_BROWSER = "screenshot_browser"
SCREENSHOT_SANDBOX = "screenshot_sandbox"
GATEWAY_CONN_ID = "gateway_{}_conn_id"
GATEWAY_RIGHTS = "gateway_{}_rights"
GATEWAY_EXECUTE_USER = "gateway_{}_execute_user"
GATEWAY_UPLOAD_MEGABYTES = "gateway_upload_megabytes"

_GATEWAY_SYSTEMS = {"linkis": "Linkis", "exchangis": "Exchangis", "hlink": "Hlink"}
_WITH_USERS = ("linkis", "exchangis")


def _gateway_options(name: str, title: str) -> dict[str, dict[str, Any]]:
    """The options of one system's view on the api-server."""
    options: dict[str, dict[str, Any]] = {
        GATEWAY_CONN_ID.format(name): {
            "description": (
                f"The connection through which the api-server serves the documented REST paths of {title}. Empty: it does "
                "not serve them."
            ),
            "version_added": "0.1.0",
            "type": "string",
            "example": f"{name}_default",
            "default": "",
        },
        GATEWAY_RIGHTS.format(name): {
            "description": (
                f"What a user must be allowed in Airflow to read, run or change on {title} through the api-server: "
                "`dag.read`, `dag.run` or `dag.edit` (of any DAG), `connection.read` or `connection.edit`, `view:NAME` (a "
                "custom view of the auth manager, with the request's verb), `nobody`."
            ),
            "version_added": "0.1.0",
            "type": "string",
            "example": "read=dag.read run=dag.run change=nobody",
            "default": "read=dag.read run=dag.run change=connection.edit",
        },
    }
    if name in _WITH_USERS:
        options[GATEWAY_EXECUTE_USER.format(name)] = {
            "description": (
                f"As whom requests reach {title}: `connection`, the connection's user; `airflow`, the Airflow user who asks, "
                "which takes a connection that logs in with a token."
            ),
            "version_added": "0.1.0",
            "type": "string",
            "example": "airflow",
            "default": "connection",
        }
    return options


OPTIONS: dict[str, dict[str, Any]] = {
    DEPLOYMENT_ID: {
        "description": (
            "Names this Airflow among others that run jobs as the same user on the same systems. It is part of the "
            "tag by which a lost job is found again; two deployments with the same DAGs need different names."
        ),
        "version_added": "0.1.0",
        "type": "string",
        "example": "prod-beijing",
        "default": "airflow",
    },
    POLL_INTERVAL_SECONDS: {
        "description": "How often the state of a waiting job is asked for, where a task does not say.",
        "version_added": "0.1.0",
        "type": "float",
        "example": "10",
        "default": "5",
    },
    LOG_REQUESTS_PER_SECOND: {
        "description": (
            "How many requests for live logs a triggerer makes per second and connection, over all waiting jobs. With "
            "more jobs each log comes in larger pieces; no line is lost, for the rest is read when the job has ended. "
            "0 turns live logs of deferred tasks off."
        ),
        "version_added": "0.1.0",
        "type": "float",
        "example": "20",
        "default": "10",
    },
    MISSED_FIRES: {
        "description": (
            "What becomes of a plan's fires that were missed while no scheduler ran, or while the plan was disabled: `one` makes "
            "one run for all of them, whose data interval reaches from the first to the last; `all` runs every one."
        ),
        "version_added": "0.1.0",
        "type": "string",
        "example": "all",
        "default": "one",
    },
    MISSED_FIRE_SECONDS: {
        "description": "From which delay on a plan's fire counts as missed; below it, every fire is run, however late.",
        "version_added": "0.1.0",
        "type": "float",
        "example": "300",
        "default": "60",
    },
    DEPEND_ON_SUCCESS_ONLY: {
        "description": "Whether only a plan's successful run starts the plans that depend on it, not also a failed one.",
        "version_added": "0.1.0",
        "type": "boolean",
        "example": "True",
        "default": "False",
    },
    MAX_ACTIVE_RUNS: {
        "description": "How many runs of one plan may run at once; further ones wait, none is lost.",
        "version_added": "0.1.0",
        "type": "integer",
        "example": "1",
        "default": "16",
    },
    PLAN_CACHE: {
        "description": (
            "Whether workers keep the plans that they have read in files, so that the next task asks the api-server for none: in "
            "a directory below `[dag_processor] dag_bundle_storage_path` that is private to their user and holds 256 MiB at most."
        ),
        "version_added": "0.1.0",
        "type": "boolean",
        "example": "False",
        "default": "True",
    },
    MAX_STEPS: {
        "description": (
            "How many steps one plan may have: paragraphs, nodes, data sets, attachments or jobs, each a task of its DAG. A plan "
            "or an entity with more is refused when it is stored."
        ),
        "version_added": "0.1.0",
        "type": "integer",
        "example": "1000",
        "default": "500",
    },
    SYNC_SECONDS: {
        "description": (
            "How long a request to the task center waits for the end of a run (`sync`, `block`); then it answers with "
            "what is there."
        ),
        "version_added": "0.1.0",
        "type": "float",
        "example": "60",
        "default": "300",
    },
    LOG_SPOOL_MEGABYTES: {
        "description": (
            "How much room on its disk each process of the api-server takes for the logs that somebody looks at on the task "
            "center's page. One log may have a quarter of it."
        ),
        "version_added": "0.1.0",
        "type": "integer",
        "example": "4096",
        "default": "2048",
    },
    LOG_SPOOL_PATH: {
        "description": (
            "The directory of those logs, in files without names that are gone with the process. Empty: the system's temporary "
            "directory, which should not be a small one in memory."
        ),
        "version_added": "0.1.0",
        "type": "string",
        "example": "/var/cache/airflow",
        "default": "",
    },
    SCREENSHOT_HOSTS: {
        "description": (
            "The hosts that plans of group SCREENSHOT may load pages and their parts from, separated by commas: `name`, "
            "`name:port` or `*.domain`. Every other host is out of the browser's reach. Empty: there are no screenshots."
        ),
        "version_added": "0.1.0",
        "type": "string",
        "example": "bi.example.com, grafana.example.com:3000",
        "default": "",
    },
    SCREENSHOT_PATH: {
        "description": (
            "Where screenshots are kept: a directory of the workers, or an object storage as `s3://connection@bucket/path`. "
            "Empty: the directory `screenshots` in `AIRFLOW_HOME`."
        ),
        "version_added": "0.1.0",
        "type": "string",
        "example": "/srv/screenshots",
        "default": "",
    },
    SCREENSHOT_BROWSER: {
        "description": (
            "The Chromium that takes screenshots, as a path. Empty: `chromium`, `chromium-browser` or `google-chrome`, "
            "the first that is on the workers' PATH."
        ),
        "version_added": "0.1.0",
        "type": "string",
        "example": "/usr/bin/chromium",
        "default": "",
    },
    SCREENSHOT_SANDBOX: {
        "description": (
            "Whether Chromium runs in its sandbox. It cannot where a container forbids user namespaces, and never does as "
            "root."
        ),
        "version_added": "0.1.0",
        "type": "boolean",
        "example": "False",
        "default": "True",
    },
    **{option: about for system in _GATEWAY_SYSTEMS.items() for option, about in _gateway_options(*system).items()},
    GATEWAY_UPLOAD_MEGABYTES: {
        "description": "How large a file may be that is uploaded to a system through the api-server.",
        "version_added": "0.1.0",
        "type": "integer",
        "example": "100",
        "default": "512",
    },
}
"""By option: what ``airflow config list`` and the documentation show."""


def get_text(option: str) -> str:
    """A text option."""
    from airflow.sdk.configuration import conf

    return str(conf.get(SECTION, option, fallback=OPTIONS[option]["default"]))


def get_number(option: str) -> float:
    """A number option.

    :raises AirflowConfigException: it is not a number.
    """
    from airflow.sdk.configuration import conf

    return float(conf.getfloat(SECTION, option, fallback=float(OPTIONS[option]["default"])))


def get_switch(option: str) -> bool:
    """An option that is on or off.

    :raises AirflowConfigException: it is neither.
    """
    from airflow.sdk.configuration import conf

    default = OPTIONS[option]["default"] == "True"
    return bool(conf.getboolean(SECTION, option, fallback=default))
