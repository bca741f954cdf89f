"""What Airflow's provider manager reads through the ``apache_airflow_provider`` entry point."""

from __future__ import annotations

from typing import Any

from taskcenter.settings import OPTIONS, SECTION

VIEWS = ("taskcenter.linkis.view.VIEW", "taskcenter.exchangis.view.VIEW", "taskcenter.hlink.view.VIEW")
"""The systems whose documented endpoints the task center's gateway serves, see :class:`taskcenter.core.view.View`."""

_TEXT = {"type": ["string", "null"]}


def _gateway_fields(default_prefix: str) -> dict[str, Any]:
    """The form fields of a system behind the Linkis gateway; their names are those of the connection's extra."""
    return {
        "auth": {
            "label": "Log in with",
            "description": "password: user and password, a session cookie. token: login and password are Token-User "
            "and Token-Code.",
            "schema": {"type": "string", "enum": ["password", "token"], "default": "password"},
        },
        "creator": {
            "label": "Default creator",
            "description": "The application that jobs are booked under, where a task does not say. Without '-'.",
            "schema": {**_TEXT, "default": "airflow"},
        },
        "prefix": {
            "label": "Gateway prefix",
            "description": "What stands before every path.",
            "schema": {**_TEXT, "default": default_prefix},
        },
        "job_url": {
            "label": "Job page",
            "description": "Address of a job in the console, with {base_url} and {task_id}.",
            "schema": _TEXT,
        },
        "verify": {
            "label": "Check the TLS certificate",
            "description": "true, false, or the path of a CA bundle.",
            "schema": {**_TEXT, "default": "true"},
        },
        "proxy": {"label": "Proxy", "description": "Address of an HTTP proxy.", "schema": _TEXT},
        "timeout_seconds": {
            "label": "Answer timeout (s)",
            "description": "How long to wait for an answer.",
            "schema": {"type": ["number", "null"], "default": 60},
        },
        "connect_timeout_seconds": {
            "label": "Connect timeout (s)",
            "description": "How long to wait for the connection.",
            "schema": {"type": ["number", "null"], "default": 10},
        },
    }


_EXCHANGIS_FIELDS: dict[str, Any] = {
    "paths": {
        "label": "Paths",
        "description": "real: as the server has them. documented: as the interface document writes them.",
        "schema": {"type": "string", "enum": ["real", "documented"], "default": "real"},
    },
    "labels": {
        "label": "Route label",
        "description": "Chooses among several Exchangis behind one gateway, for example dev.",
        "schema": _TEXT,
    },
    "job_url": {
        "label": "Execution page",
        "description": "Address of an execution's page, with {base_url} and {execution_id}.",
        "schema": _TEXT,
    },
}


def _exchangis_fields() -> dict[str, Any]:
    fields = {**_gateway_fields("/api/rest_j/v1"), **_EXCHANGIS_FIELDS}
    del fields["creator"]
    return fields


_CLUSTER_PATIENCE: dict[str, Any] = {
    "label": "Patience with a cluster (s)",
    "description": "For how long a job's Flink cluster may give no answer before a task that waits for the job fails.",
    "schema": {"type": ["number", "null"], "default": 600},
}


def _flink_fields() -> dict[str, Any]:
    gateway = _gateway_fields("")
    return {
        "auth": {
            "label": "Log in with",
            "description": "none: Flink itself knows no users. basic, bearer: what a proxy in front of it wants; a "
            "bearer's token is the password.",
            "schema": {**_TEXT, "enum": ["none", "basic", "bearer", None]},
        },
        "sql_gateway": {
            "label": "SQL Gateway",
            "description": "Address of the SQL Gateway, for SQL tasks, such as http://flink:8083.",
            "schema": _TEXT,
        },
        "cluster_patience_seconds": _CLUSTER_PATIENCE,
        "job_url": {
            "label": "Job page",
            "description": "Address of a job's page, with {base_url} and {job_id}.",
            "schema": _TEXT,
        },
        **{name: gateway[name] for name in ("prefix", "verify", "proxy", "timeout_seconds", "connect_timeout_seconds")},
    }


_HLINK_FIELDS: dict[str, Any] = {
    "auth": {
        "label": "Log in with",
        "description": "password: a call of the login path. basic: HTTP basic authentication. none: what headers and "
        "cookies of the extra say.",
        "schema": {"type": "string", "enum": ["password", "basic", "none"], "default": "password"},
    },
    "login_path": {
        "label": "Login path",
        "description": "Where to log in; the interface document does not say.",
        "schema": {**_TEXT, "default": "/user/login"},
    },
    "status_dialect": {
        "label": "Job status",
        "description": "What the numbers of jobStatus mean. source: as in the server's code. documented: as in the "
        "interface document.",
        "schema": {"type": "string", "enum": ["source", "documented"], "default": "source"},
    },
    "flink_address": {
        "label": "Flink address",
        "description": "Where to ask Flink, instead of the address that Hlink has of a cluster.",
        "schema": _TEXT,
    },
    "cluster_patience_seconds": _CLUSTER_PATIENCE,
    "job_url": {
        "label": "Job page",
        "description": "Address of a job's page, with {base_url} and {job_id}.",
        "schema": _TEXT,
    },
    "flink_job_url": {
        "label": "Flink's job page",
        "description": "Address of a job's page in Flink, with {address} and {flink_job_id}.",
        "schema": _TEXT,
    },
}


def _hlink_fields() -> dict[str, Any]:
    common = _gateway_fields("")
    return {
        **_HLINK_FIELDS,
        **{name: field for name, field in common.items() if name not in (*_HLINK_FIELDS, "creator")},
    }


def get_provider_info() -> dict[str, Any]:
    """Describe the provider to Airflow: its name, connection types, triggers, links and settings."""
    return {
        "package-name": "airflow-taskcenter",
        "name": "Task center",
        "description": "Run jobs on `Apache Linkis <https://linkis.apache.org/>`__, "
        "`WeBank Exchangis <https://github.com/WeBankFinTech/Exchangis>`__ and "
        "`Apache Flink <https://flink.apache.org/>`__ from Airflow.",
        "integrations": [
            {
                "integration-name": "Apache Linkis",
                "external-doc-url": "https://linkis.apache.org/",
                "tags": ["service"],
            },
            {
                "integration-name": "WeBank Exchangis",
                "external-doc-url": "https://github.com/WeBankFinTech/Exchangis",
                "tags": ["service"],
            },
            {
                "integration-name": "Apache Flink",
                "external-doc-url": "https://flink.apache.org/",
                "tags": ["service"],
            },
        ],
        "hooks": [
            {"integration-name": "Apache Linkis", "python-modules": ["taskcenter.linkis.hook"]},
            {"integration-name": "WeBank Exchangis", "python-modules": ["taskcenter.exchangis.hook"]},
            {"integration-name": "Apache Flink", "python-modules": ["taskcenter.flink.hook", "taskcenter.hlink.hook"]},
        ],
        "operators": [
            {"integration-name": "Apache Linkis", "python-modules": ["taskcenter.linkis.operators"]},
            {
                "integration-name": "WeBank Exchangis",
                "python-modules": ["taskcenter.exchangis.operators", "taskcenter.exchangis.data_source_operators"],
            },
            {
                "integration-name": "Apache Flink",
                "python-modules": [
                    "taskcenter.flink.operators",
                    "taskcenter.flink.sql_operator",
                    "taskcenter.hlink.operators",
                    "taskcenter.hlink.restart_operator",
                    "taskcenter.hlink.savepoint_operator",
                    "taskcenter.hlink.stop_operators",
                ],
            },
        ],
        "sensors": [
            {"integration-name": "Apache Linkis", "python-modules": ["taskcenter.linkis.sensors"]},
            {
                "integration-name": "WeBank Exchangis",
                "python-modules": ["taskcenter.exchangis.sensors", "taskcenter.exchangis.data_source_sensors"],
            },
            {
                "integration-name": "Apache Flink",
                "python-modules": ["taskcenter.flink.sensors", "taskcenter.hlink.sensors"],
            },
        ],
        "triggers": [
            {"integration-name": "Apache Linkis", "python-modules": ["taskcenter.linkis.triggers"]},
            {
                "integration-name": "WeBank Exchangis",
                "python-modules": ["taskcenter.exchangis.triggers", "taskcenter.exchangis.data_source_sensors"],
            },
            {
                "integration-name": "Apache Flink",
                "python-modules": ["taskcenter.flink.triggers", "taskcenter.hlink.triggers"],
            },
        ],
        "connection-types": [
            {
                "connection-type": "linkis",
                "hook-class-name": "taskcenter.linkis.hook.LinkisHook",
                "hook-name": "Apache Linkis",
                "ui-field-behaviour": {
                    "relabeling": {"schema": "Scheme", "login": "User", "password": "Password or token"},
                    "placeholders": {"host": "gateway host", "port": "9001", "schema": "http"},
                },
                "conn-fields": _gateway_fields("/api/rest_j/v1"),
            },
            {
                "connection-type": "exchangis",
                "hook-class-name": "taskcenter.exchangis.hook.ExchangisHook",
                "hook-name": "WeBank Exchangis",
                "ui-field-behaviour": {
                    "relabeling": {"schema": "Scheme", "login": "User", "password": "Password or token"},
                    "placeholders": {"host": "gateway host", "port": "9001", "schema": "http"},
                },
                "conn-fields": _exchangis_fields(),
            },
            {
                "connection-type": "flink_rest",
                "hook-class-name": "taskcenter.flink.hook.FlinkHook",
                "hook-name": "Apache Flink (REST)",
                "ui-field-behaviour": {
                    "relabeling": {"schema": "Scheme", "login": "User", "password": "Password or token"},
                    "placeholders": {"host": "JobManager host", "port": "8081", "schema": "http"},
                },
                "conn-fields": _flink_fields(),
            },
            {
                "connection-type": "hlink",
                "hook-class-name": "taskcenter.hlink.hook.HlinkHook",
                "hook-name": "Hlink",
                "ui-field-behaviour": {
                    "relabeling": {"schema": "Scheme", "login": "User"},
                    "placeholders": {"host": "Hlink host", "port": "8086", "schema": "http"},
                },
                "conn-fields": _hlink_fields(),
            },
        ],
        "extra-links": [
            "taskcenter.jobs.links.JobPageLink",
            "taskcenter.linkis.links.LinkisJobLink",
            "taskcenter.exchangis.links.ExchangisExecutionLink",
            "taskcenter.flink.links.FlinkJobLink",
            "taskcenter.hlink.links.HlinkJobLink",
            "taskcenter.hlink.links.HlinkFlinkLink",
        ],
        "db-managers": ["taskcenter_plugin.database.TaskCenterDBManager"],
        "cli": ["taskcenter_plugin.cli.definition.get_commands"],
        "config": {
            SECTION: {
                "description": "How tasks wait for jobs on remote systems, and how the task center runs plans.",
                "options": {name: {**option, "sensitive": False} for name, option in OPTIONS.items()},
            }
        },
    }
