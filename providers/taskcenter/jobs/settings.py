"""An Airflow connection, read once into :class:`~taskcenter.core.connection.ConnectionSettings`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from taskcenter.core.connection import AUTH_BEARER, AUTH_NONE, ConnectionSettings
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
    if auth == AUTH_BEARER and not connection.password:
        message = f"Connection {connection.conn_id} lacks the token. Put it into password."
        raise ConfigurationError(message, context)
    if auth not in (AUTH_NONE, AUTH_BEARER) and (not connection.login or not connection.password):
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
        login=connection.login or "",
        password=connection.password or "",
        auth=auth,
        headers=_strings(extra.pop("headers", None) or {}, "headers", context),
        verify=_verify(extra.pop("verify", True), context),
        cert=_file(extra.pop("cert", None), "cert", context),
        proxies={
            scheme: url if "://" in url else f"http://{url}"
            for scheme, url in _strings(proxies, "proxies", context).items()
        },
        trust_env=_flag(extra.pop("trust_env", True)),
        timeout_seconds=_seconds(extra, "timeout_seconds", _DEFAULTS.timeout_seconds, context),
        connect_timeout_seconds=_seconds(extra, "connect_timeout_seconds", _DEFAULTS.connect_timeout_seconds, context),
        extra={name: str(value) for name, value in extra.items() if value not in (None, "")},
    )


def _extra(connection: Connection, context: ErrorContext) -> dict[str, Any]:
    # Not ``extra_dejson``: it takes broken JSON for nothing, and talks to the supervisor, which blocks an event loop.
    try:
        extra = json.loads(connection.extra) if connection.extra else {}
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        message = f"Connection {connection.conn_id}: its extra field is not a JSON object. Write it as {{...}}."
        raise ConfigurationError(message, context)
    return dict(extra)


def _base_url(connection: Connection, context: ErrorContext) -> str:
    host = str(connection.host).strip()
    if "://" not in host:
        is_bare_ipv6 = host.count(":") > 1 and not host.startswith("[")
        host = f"{connection.schema or 'http'}://{f'[{host}]' if is_bare_ipv6 else host}"
    try:
        parts = urlsplit(host)
        port = parts.port or connection.port
        name = parts.hostname or ""
    except ValueError:
        raise _bad_address(context, "they make no valid address") from None
    if parts.scheme not in ("http", "https"):
        raise _bad_address(context, f"the scheme is {parts.scheme!r}, and can be http or https")
    if not name or any(letter.isspace() for letter in host) or parts.query or parts.fragment:
        raise _bad_address(context, "they make no valid address")
    if parts.username is not None or parts.password is not None:
        raise _bad_address(context, "the user and the password belong into login and password")
    if parts.port and connection.port and parts.port != connection.port:
        raise _bad_address(context, f"there are two ports, {parts.port} in host and {connection.port}")
    where = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{where}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _bad_address(context: ErrorContext, why: str) -> ConfigurationError:
    message = (
        f"Connection {context.connection}: scheme, host and port cannot be used: {why}. Set host to a name or an "
        "address, such as linkis.example.com, port to a number, and the scheme (schema) to http or https."
    )
    return ConfigurationError(message, context)


def _prefix(text: str) -> str:
    text = text.strip().strip("/")
    return f"/{text}" if text else ""


def _strings(value: object, name: str, context: ErrorContext) -> dict[str, str]:
    if not isinstance(value, Mapping):
        message = f"Connection {context.connection}: {name} in extra must be a JSON object of texts."
        raise ConfigurationError(message, context)
    return {str(key): str(text) for key, text in value.items() if text}


def _verify(value: object, context: ErrorContext) -> bool | str:
    if isinstance(value, str) and value.strip().lower() not in ("", "true", "false"):
        return str(_file(value, "verify", context))
    return _flag(value)


def _file(value: object, name: str, context: ErrorContext) -> str | None:
    if not value:
        return None
    if not Path(str(value)).exists():
        message = (
            f"Connection {context.connection}: {name} in extra is {value!r}, and there is no such file here. It must be "
            "on every worker and triggerer."
        )
        raise ConfigurationError(message, context)
    return str(value)


def _flag(value: object) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() not in ("false", "0", "no", "off")


def _seconds(extra: dict[str, Any], name: str, default: float, context: ErrorContext) -> float:
    value = extra.pop(name, None)
    if value in (None, ""):
        return default
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        message = f"Connection {context.connection}: {name} in extra is {value!r}, not a number of seconds above 0."
        raise ConfigurationError(message, context)
    return seconds
