"""Answers of a Linkis 1.8 gateway, word for word where the facts page quotes them."""

from __future__ import annotations

from typing import Any

from support.scripted_server import Answer, json_answer

PREFIX = "/api/rest_j/v1"

HTTP_OF_STATUS = {-1: 401, 0: 200, 1: 400, 2: 412, 3: 403, 4: 206}
"""HTTP status by the envelope's (facts section 1)."""


def envelope(
    data: Any = None, status: int = 0, message: str = "OK", *, method: str | None = "/api/x", http: int | None = None
) -> Answer:
    """An answer of a service."""
    value = {"method": method, "status": status, "message": message, "data": {} if data is None else data}
    return json_answer(value, HTTP_OF_STATUS[status] if http is None else http)


def refusal(code: int, text: str) -> Answer:
    """An ErrorException of a service: HTTP 400, the code in the message and in ``data.errorMsg``."""
    message = f"error code(错误码): {code}, error message(错误信息): {text}."
    error = {"level": 2, "errCode": code, "desc": text, "ip": "127.0.0.1", "port": 9104, "serviceKind": "linkis"}
    return envelope({"errorMsg": error}, 1, message)


def warning(code: int, text: str, data: dict[str, Any]) -> Answer:
    """A WarnException: HTTP 206, status 4."""
    return envelope(data, 4, f"Warning code(警告码): {code}, Warning message(警告信息): {text}.")


def not_logged_in() -> Answer:
    """An absent or expired session."""
    return envelope({}, -1, "You are not logged in, please login first(您尚未登录，请先登录)!")


def token_refused(token: str, code: int = 15204, user: str = "hadoop") -> Answer:
    """A token that is not taken; the gateway echoes it."""
    message = (
        f"Token Authentication Failed, token: {token}，tokenUser: {user}, reason: errCode: {code} ,"
        "desc: Invalid token ,ip: 127.0.0.1 ,port: 9001 ,serviceKind: linkis-mg-gateway"
    )
    return envelope({}, -1, message, method=None)


def wrong_password() -> Answer:
    """HTTP 400, not 401."""
    return envelope({}, 1, "wrong user name or password(用户名或密码错误)！", method="/api/user/login")


def logged_in(user: str = "hadoop", ticket: str = "ticket-1") -> Answer:
    """A login, with its cookie."""
    answer = envelope(
        {"userName": user, "isAdmin": False, "sessionTimeOut": 7200000, "enableWatermark": False},
        message="login successful(登录成功)！",
        method="/api/user/login",
    )
    cookie = f"linkis_user_session_ticket_id_v1={ticket}; Path=/"
    return Answer(answer.status, answer.body, {**answer.headers, "Set-Cookie": cookie})


def no_instance(http: int = 503, path: str = f"{PREFIX}/entrance/submit") -> Answer:
    """Spring's answer when no service instance is there: an HTTP code in ``status``, a list in ``data``."""
    reason = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}[http]
    value = {"method": path, "status": http, "message": f"{reason}, with request path:{path}", "data": []}
    return json_answer(value, http)


def unknown_job(method: str = "/api/jobhistory/7/get") -> Answer:
    """A job that does not exist, or is another user's."""
    text = (
        "The corresponding job was not found, or there may be no permission to view the job"
        "(没有找到对应的job，也可能是没有查看该job的权限)"
    )
    return envelope({}, 1, text, method=method)


def log_gone() -> Answer:
    """The log of a job that has left the entrance's memory."""
    text = (
        "The job you just executed has ended. This interface no longer provides a query. It is recommended that you "
        "download the log file for viewing.(您刚刚执行的job已经结束，本接口不再提供查询，建议您下载日志文件进行查看)"
    )
    return envelope({}, 1, text)


def operation_failed(text: str) -> Answer:
    """Any other exception of a service."""
    message = f"operation failed(操作失败)s！the reason(原因)：{text}"
    return envelope({"errorMsg": {"serviceKind": "linkis-cg-entrance"}}, 1, message)


def queue_full() -> Answer:
    """No more jobs may wait."""
    return refusal(12001, "The submitted job group airflow_hadoop_spark is full")
