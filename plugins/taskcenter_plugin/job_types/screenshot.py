"""SCREENSHOT: a page as a picture (截图), taken by Chromium without a window."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from airflow.sdk import BaseOperator

from taskcenter_plugin import settings
from taskcenter_plugin.job_types.base import JSON, JobDefinitionError, OneTaskJobType, Param, ParamKind
from taskcenter_plugin.job_types.rendering import NotRendered
from taskcenter_plugin.job_types.screenshot_browser import ScreenshotError, shown
from taskcenter_plugin.job_types.screenshot_hosts import AllowedHosts, listed
from taskcenter_plugin.job_types.screenshot_process import ScreenshotProcess, find_browser
from taskcenter_plugin.secrets import refuse_secrets

if TYPE_CHECKING:
    from airflow.sdk import Context, ObjectStoragePath

NUMBERS = {"width": (1280, 200, 4096), "height": (800, 200, 4096), "timeoutSeconds": (60, 1, 600)}
"""By field: its default, and what it may be."""
URL_LENGTH = 2000
_PNG_SIZE = struct.Struct(">16x2I")


class PlanScreenshotOperator(NotRendered, BaseOperator):
    """Takes a picture of a page and keeps it under ``[taskcenter] screenshot_path``.

    The task returns ``{"path", "width", "height", "bytes", "title", "url"}``: size in pixels, and the address that the page
    had in the end, without its query.

    :param page: ``url``, ``width``, ``height``, ``fullPage``, ``timeoutSeconds``
    """

    template_fields = ("page",)

    def __init__(self, *, page: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.page = page
        self._browser: ScreenshotProcess | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Take it.

        :raises ScreenshotError: there is no picture; the text says why, and what to do.
        """
        hosts = AllowedHosts.parse(settings.screenshot_hosts())
        check_host(self.task_id, self.page["url"], hosts)
        order = {
            **self.page,
            "hosts": hosts.entries,
            "browser": find_browser(settings.screenshot_browser()),
            # Chromium as root refuses to start in its sandbox.
            "sandbox": settings.screenshot_sandbox() and os.geteuid() != 0,
        }
        # A name of our own: nothing of a request is in it.
        name = f"{context['ti'].id}.png"
        self.log.info("Taking a screenshot of %s", shown(self.page["url"]))
        self._browser = ScreenshotProcess(order, self.log.info)
        result: dict[str, Any] = self._browser.run(lambda file, page: _kept(file, name, page))
        self.log.info("Kept %d x %d pixels as %s", result["width"], result["height"], result["path"])
        return result

    def on_kill(self) -> None:
        """Close the browser."""
        if self._browser is not None:
            self._browser.kill()


def _kept(file: Path, name: str, page: Mapping[str, Any]) -> dict[str, Any]:
    """Put a picture where screenshots are kept; it has its name only when it is whole."""
    with file.open("rb") as opened:
        width, height = _PNG_SIZE.unpack(opened.read(_PNG_SIZE.size))
    size = file.stat().st_size
    directory = settings.screenshot_path()
    try:
        path = _stored(file, directory, name)
    except (OSError, ImportError, ValueError) as error:
        raise ScreenshotError(
            f"The screenshot cannot be written to {directory}: {error}. See [taskcenter] screenshot_path."
        ) from error
    return {"path": path, "width": width, "height": height, "bytes": size, **page}


def _stored(file: Path, directory: str, name: str) -> str:
    if "://" in directory:
        from airflow.sdk import ObjectStoragePath

        remote: ObjectStoragePath = ObjectStoragePath(directory) / name
        remote.write_bytes(file.read_bytes())
        return str(remote)
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{name}.part"
    try:
        shutil.copyfile(file, part)
        return str(part.rename(folder / name))
    finally:
        part.unlink(missing_ok=True)


def check_host(where: str, url: str, hosts: AllowedHosts) -> None:
    """See that a page's host is one that screenshots may be taken of.

    :raises JobDefinitionError: it is not.
    """
    if not hosts.entries:
        raise JobDefinitionError(
            f"{where}: no host is set up for screenshots. An administrator can name some in [taskcenter] screenshot_hosts."
        )
    if not hosts.allow(url):
        raise JobDefinitionError(
            f"{where}: screenshots may be taken of {listed(hosts.entries)} only, not of {shown(url)}. An administrator can add "
            "hosts to [taskcenter] screenshot_hosts."
        )


def page_of(definition: JSON) -> dict[str, Any]:
    """What to take a picture of, with all defaults, from a definition that has been checked."""
    address = urlsplit(definition["url"])
    params = definition.get("params") or {}
    query = "&".join(part for part in (address.query, urlencode(params)) if part)
    numbers = {name: definition.get(name, default) for name, (default, _, _) in NUMBERS.items()}
    return {"url": urlunsplit(address._replace(query=query)), "fullPage": definition.get("fullPage", True), **numbers}


class ScreenshotJobType(OneTaskJobType):
    """Definition: ``{"url": "https://bi.example.com/board/7", "params": {"day": "today"}, "width": 1280, ...}`` (截图).

    Also ``height``, ``fullPage`` (the whole page, not only what fits) and ``timeoutSeconds``. The document names neither a
    class nor parameters for this group.
    """

    group: ClassVar[str] = "SCREENSHOT"
    job_classes: ClassVar[tuple[str, ...]] = ("ScreenshotJob",)
    params: ClassVar[tuple[Param, ...] | None] = (
        Param("url", required=True),
        Param("params", ParamKind.OBJECT),
        Param("fullPage", ParamKind.SWITCH, default=True),
        *(Param(name, ParamKind.NUMBER, default=default) for name, (default, _, _) in NUMBERS.items()),
    )

    def check(self, key: str, definition: JSON) -> None:
        """An address of a host that is allowed; sizes within bounds."""
        where = f"{self.group} {key}"
        _check_url(where, definition.get("url"))
        params = definition.get("params") or {}
        if not isinstance(params, dict) or not all(_is_plain(value) for value in params.values()):
            raise JobDefinitionError(f"{where}: params must be an object of texts and numbers, the query of the page")
        if not isinstance(definition.get("fullPage", True), bool):
            raise JobDefinitionError(f"{where}: fullPage must be true or false")
        for name, (default, least, most) in NUMBERS.items():
            value = definition.get(name, default)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise JobDefinitionError(f"{where}: {name} must be a whole number from {least} to {most}")
        url = page_of(definition)["url"]
        refuse_secrets(f"{where}: url", dict(parse_qsl(urlsplit(url).query)))
        if len(url) > URL_LENGTH:
            raise JobDefinitionError(f"{where}: the address is longer than {URL_LENGTH} characters")
        try:
            hosts = AllowedHosts.parse(settings.screenshot_hosts())
        except ValueError as error:
            raise JobDefinitionError(f"{where}: {error}") from error
        check_host(where, url, hosts)

    def task(self, task_id: str, definition: JSON, **options: Any) -> PlanScreenshotOperator:
        """The picture."""
        return PlanScreenshotOperator(task_id=task_id, page=page_of(definition), **options)


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _check_url(where: str, url: object) -> None:
    if not isinstance(url, str) or not url.strip():
        raise JobDefinitionError(
            f"{where}: give url, the address of the page, in the entity's definition or in jobParams"
        )
    if not url.isprintable() or " " in url or "\\" in url:
        raise JobDefinitionError(f"{where}: url must have no spaces, backslashes or control characters")
    try:
        address = urlsplit(url)
        port = address.port
    except ValueError as error:
        raise JobDefinitionError(f"{where}: url is no address: {error}") from error
    if address.scheme not in ("http", "https") or not address.hostname or port == 0:
        raise JobDefinitionError(f"{where}: url must begin with http:// or https:// and name a host")
    if address.username is not None or address.password is not None:
        raise JobDefinitionError(f"{where}: url must not hold a user or a password")
