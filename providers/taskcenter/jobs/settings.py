"""An Airflow connection, read once into :class:`~taskcenter.core.connection.ConnectionSettings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from taskcenter.core.connection import ConnectionSettings
from taskcenter.core.errors import ConfigurationError, ErrorContext

if TYPE_CHECKING:
    from airflow.sdk import Connection

_DEFAULTS = ConnectionSettings(conn_id="", base_url="")


def read_settings(connection: Connection, *, prefix: str, auths: tuple[str, ...], conn_type: str) -> ConnectionSettings:
    """Read a connection.

    Extra fields: ``auth``, ``prefix``, ``verify``, ``cert``, ``proxies`` (by scheme) or ``proxy``, ``trust_env``,
    ``timeout_seconds``, ``connect_timeout_seconds``, ``headers``; all others are the system's own.

    :param prefix: the system's default prefix.
    :param auths: the ways to log in that the system knows, the default first.
    :param conn_type: the connection type that it should have.
    :raises ConfigurationError: host or user is missing, or a field cannot be understood.
    """
    context = ErrorContext(system=conn_type, connection=connection.conn_id)
    extra = _extra(connection, context)
    if not connection.host:
        message = f"Connection {connection.conn_id} has no host. Set host and port of the {conn_type} server."
        raise ConfigurationError(message, context)
    auth = str(extra.pop("auth", None) or auths[0])
    if auth not in auths:
        message = f"Connection {connection.conn_id} has auth {auth!r}; it can be {' or '.join(auths)}."
        raise ConfigurationError(message, context)
    if not connection.login or not connection.password:
        message = (
            f"Connection {connection.conn_id} lacks the user or the {auth}. Put the user into login and the {auth} "
            "into password."
        )
        raise ConfigurationError(message, context)
    proxy = extra.pop("proxy", None)
    proxies = extra.pop("proxies", None) or ({"http": proxy, "https": proxy} if proxy else {})
    given_prefix = extra.pop("prefix", None)
    return ConnectionSettings(
        conn_id=connection.conn_id,
        base_url=_base_url(connection, context),
        prefix=_prefix(prefix if given_prefix is None else str(given_prefix)),
        login=connection.login,
        password=connection.password,
        auth=auth,
        headers=_strings(extra.pop("headers", None) or {}, "headers", context),
        verify=_verify(extra.pop("verify", True)),
        cert=extra.pop("cert", None) or None,
        proxies=_strings(proxies, "proxies", context),
        trust_env=_flag(extra.pop("trust_env", True)),
        timeout_seconds=_seconds(extra.pop("timeout_seconds", None), _DEFAULTS.timeout_seconds, context),
        connect_timeout_seconds=_seconds(
            extra.pop("connect_timeout_seconds", None), _DEFAULTS.connect_timeout_seconds, context
        ),
        extra={name: str(value) for name, value in extra.items() if value not in (None, "")},
    )


def _extra(connection: Connection, context: ErrorContext) -> dict[str, Any]:
    try:
        return dict(connection.extra_dejson)
    except (ValueError, TypeError) as error:
        message = f"Connection {connection.conn_id}: its extra field is not a JSON object."
        raise ConfigurationError(message, context) from error


def _base_url(connection: Connection, context: ErrorContext) -> str:
    host = str(connection.host)
    url = host if "://" in host else f"{connection.schema or 'http'}://{host}"
    if not url.startswith(("http://", "https://")):
        message = f"Connection {connection.conn_id}: {url} is not an http or https address."
        raise ConfigurationError(message, context)
    return url.rstrip("/") + (f":{connection.port}" if connection.port else "")


def _prefix(text: str) -> str:
    text = text.strip().strip("/")
    return f"/{text}" if text else ""


def _strings(value: object, name: str, context: ErrorContext) -> dict[str, str]:
    if not isinstance(value, Mapping):
        message = f"Connection {context.connection}: {name} in extra must be a JSON object of texts."
        raise ConfigurationError(message, context)
    return {str(key): str(text) for key, text in value.items() if text}


def _verify(value: object) -> bool | str:
    if isinstance(value, str) and value.strip().lower() not in ("", "true", "false"):
        return value
    return _flag(value)


def _flag(value: object) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() not in ("false", "0", "no", "off")


def _seconds(value: object, default: float, context: ErrorContext) -> float:
    if value in (None, ""):
        return default
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        message = f"Connection {context.connection}: {value!r} is not a number of seconds."
        raise ConfigurationError(message, context)
    return seconds
