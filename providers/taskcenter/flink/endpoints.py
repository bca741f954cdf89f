"""Every endpoint of Flink's SQL Gateway that we use, declared once (Flink documentation, "SQL Gateway", "REST Endpoint").

It is a server of its own, whose errors are those of the JobManager.
"""

from __future__ import annotations

from taskcenter.core.endpoint import Endpoint
from taskcenter.core.flink.endpoints import SUBMIT_TIMEOUT_SECONDS
from taskcenter.core.flink.replies import parse_object

GATEWAY_INFO = Endpoint("SQL Gateway", "GET", "/v2/info", parse_object, prefixed=False)
SESSION_OPEN = Endpoint(
    "SQL session", "POST", "/v2/sessions", parse_object, idempotent=False, changes=True, prefixed=False
)
SESSION = Endpoint("SQL session properties", "GET", "/v2/sessions/{session}", parse_object, prefixed=False)
SESSION_CLOSE = Endpoint(
    "SQL session end", "DELETE", "/v2/sessions/{session}", parse_object, changes=True, prefixed=False
)
HEARTBEAT = Endpoint("SQL session heartbeat", "POST", "/v2/sessions/{session}/heartbeat", parse_object, prefixed=False)
STATEMENT = Endpoint(
    "SQL statement",
    "POST",
    "/v2/sessions/{session}/statements",
    parse_object,
    idempotent=False,
    timeout_seconds=SUBMIT_TIMEOUT_SECONDS,
    changes=True,
    prefixed=False,
)
OPERATION = Endpoint(
    "SQL statement status",
    "GET",
    "/v2/sessions/{session}/operations/{operation}/status",
    parse_object,
    prefixed=False,
)
OPERATION_CANCEL = Endpoint(
    "SQL statement cancel",
    "POST",
    "/v2/sessions/{session}/operations/{operation}/cancel",
    parse_object,
    changes=True,
    prefixed=False,
)
RESULT = Endpoint(
    "SQL result",
    "GET",
    "/v2/sessions/{session}/operations/{operation}/result/{token}",
    parse_object,
    prefixed=False,
)
