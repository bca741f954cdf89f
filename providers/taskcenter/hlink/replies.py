"""Reads Hlink's answers (facts on Hlink, "Envelope"): decided by ``success``, never by ``code``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from taskcenter.core.endpoint import Reply
from taskcenter.core.errors import (
    AuthenticationError,
    ErrorContext,
    MalformedReplyError,
    NotFoundError,
    RefusedError,
    RemoteError,
)

UNAUTHORISED, NOT_FOUND, NAME_TAKEN, IN_USE = -7, 404, -11, 423

_HTTP_OK, _HTTP_FOUND, _HTTP_BAD_REQUEST, _HTTP_SERVER_ERROR = 200, 300, 400, 500
_HTTP_NO_ACCESS = (401, 403)

_UNKNOWN = ("作业不存在", "未找到作业信息", "未获取到该作业信息", "信息不存在", "无法检索到集群信息")

IS_RUNNING = "作业正在运行中"
NOT_RUNNING = "作业非运行状态"

_ADVICE: Mapping[str, str] = {
    IS_RUNNING: "The job runs already. Cancel it first, or restart it.",
    NOT_RUNNING: "The job does not run.",
    "集群暂时不可用": "The Flink cluster of the job does not answer Hlink. See whether it is up.",
    "作业取消失败": "The job's Flink cluster did not take it. See whether it is up; the job's log says more.",
    "Flink作业管理器信息获取异常": "The job's Flink cluster does not answer Hlink. See whether it is up.",
    "Flink概要信息获取异常": "The Flink cluster does not answer Hlink. See whether it is up.",
    "集群地址不可用": "Hlink cannot reach a Flink cluster at that address. Give its REST address, such as "
    "http://flink:8081.",
    "集群名称重复": "There is a cluster of that name already.",
    "缺少数据源-源表配置": "An SQL job needs a data source of type source in jobDsVOS.",
    "缺少数据源-目标表配置": "An SQL job needs a data source of type sink, with runSql, in jobDsVOS.",
    "不可以';'结尾": "runSql must not end in a semicolon.",
    "集群中jar缺失": "useJar must be the resUname of a jar that is on the job's cluster; see its list of jars.",
    "该别名已存在": "Another data source has that tableName.",
    "函数名不可重复": "There is a function of that name already.",
    "未检索到保存点路径": "Neither the job (stateSavepointsDir) nor its cluster (state.savepoints.dir) has a directory for "
    "savepoints. Set one of them.",
    "获取作业保存点信息异常": "The savepoint failed on the cluster; the job's log says why.",
    "作业启动异常": "The cluster did not take the job; the job's log says why.",
    "JAR包上传异常": "Hlink takes only files ending in .jar, for a cluster that it knows and that is up.",
}


def parse_data(reply: Reply, context: ErrorContext) -> Any:
    """The ``data`` of an answer that says it went well; None where it has none.

    :raises AuthenticationError: nobody is logged in, or the credentials were refused.
    :raises NotFoundError: Hlink does not know the thing.
    :raises RefusedError: Hlink says no.
    :raises MalformedReplyError: the answer is not Hlink's own.
    """
    context = replace(context, http_status=reply.status, reply=reply.text)
    _check_http(reply, context)
    value = reply.json_object(context)
    success = value.get("success")
    if success is True:
        return value.get("data")
    if success is False:
        raise _refusal(value, context)
    message = "The answer has no success in it. Check that host, port and prefix of the connection lead to Hlink."
    raise MalformedReplyError(message, context)


def parse_text(reply: Reply, context: ErrorContext) -> str:
    """A bare text, which ``/dict/getSnowflakeId`` answers with; an envelope is an error.

    :raises RemoteError: as :func:`parse_data`.
    """
    text = reply.text.strip()
    if reply.status == _HTTP_OK and text and text[0] not in "{<":
        return text.strip('"')
    data = parse_data(reply, context)
    return str(data)


def is_file(status: int, headers: Mapping[str, str]) -> bool:
    """Whether an answer of ``/file/down`` is a file."""
    return status == _HTTP_OK and "content-disposition" in headers


def parse_file(reply: Reply, context: ErrorContext) -> None:
    """What is left of a file that was streamed.

    :raises NotFoundError: there is no such file; Hlink answers 200 and nothing.
    """
    if reply.streamed:
        return
    if reply.status == _HTTP_OK and not reply.body:
        message = "Hlink has no such file, or may not read it. Check the path; it is one on Hlink's own machine."
        raise NotFoundError(message, replace(context, http_status=reply.status))
    parse_data(reply, context)
    raise MalformedReplyError("Hlink says that it went well, and sends no file.", context)


def _check_http(reply: Reply, context: ErrorContext) -> None:
    if reply.status in _HTTP_NO_ACCESS or _HTTP_FOUND <= reply.status < _HTTP_BAD_REQUEST:
        message = (
            f"Hlink answers HTTP {reply.status}, as it does to somebody who is not logged in. Check user and "
            "password, and auth, headers and cookies of the connection."
        )
        raise AuthenticationError(message, context)
    if reply.status >= _HTTP_SERVER_ERROR:
        raise MalformedReplyError("Hlink, or a proxy in front of it, failed. See its log.", context)
    if reply.status == NOT_FOUND:
        message = "The server does not have this path. Check the prefix of the connection."
        raise NotFoundError(message, context)
    if reply.status >= _HTTP_BAD_REQUEST:
        message = f"Hlink could not read the request (HTTP {reply.status}): a value is missing or of the wrong type."
        raise RefusedError(message, context)


def _refusal(value: Mapping[str, Any], context: ErrorContext) -> RemoteError:
    code, message = value.get("code"), str(value.get("msg") or "no message")
    context = replace(context, code=code if isinstance(code, int) else None)
    if code == UNAUTHORISED:
        text = f"Hlink refused: {message} Check user and password, and auth, headers and cookies of the connection."
        return AuthenticationError(text, context)
    if code == NOT_FOUND or any(known in message for known in _UNKNOWN):
        return NotFoundError(f"Hlink does not know it: {message}", context)
    # Its words for a jar are in capitals here and there.
    advice = next((text for words, text in _ADVICE.items() if words.lower() in message.lower()), "")
    return RefusedError(f"Hlink refused: {message} {advice}".rstrip(), context)
