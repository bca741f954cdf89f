"""Turns a function into an endpoint: who calls, what parameters came, what becomes of errors."""

from __future__ import annotations

import json
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from taskcenter_sandbox.gateway import envelope
from taskcenter_sandbox.gateway.envelope import spring_error
from taskcenter_sandbox.gateway.faults import Faults
from taskcenter_sandbox.gateway.java_numbers import java_long
from taskcenter_sandbox.hlink.answers import BadRequest, Json, Refused, json_response, success, system_error
from taskcenter_sandbox.hlink.clusters import Clusters
from taskcenter_sandbox.hlink.data_sources import DataSources
from taskcenter_sandbox.hlink.dictionaries import Snowflake
from taskcenter_sandbox.hlink.gate import Gate
from taskcenter_sandbox.hlink.job_logs import JobLogs
from taskcenter_sandbox.hlink.jobs import Jobs
from taskcenter_sandbox.hlink.runs import Runs
from taskcenter_sandbox.hlink.settings import Settings
from taskcenter_sandbox.hlink.uploads import Jars, Udfs

_CHUNK = 1 << 20
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_PAGE_SIZE = 10


@dataclass
class Services:
    """What the endpoints work on."""

    settings: Settings
    gate: Gate
    faults: Faults
    clusters: Clusters
    jars: Jars
    udfs: Udfs
    data_sources: DataSources
    jobs: Jobs
    logs: JobLogs
    runs: Runs
    snowflake: Snowflake


@dataclass
class Call:
    """A request as an endpoint's function sees it.

    :param user: who calls.
    :param path: the path's parameters.
    :param params: those of the query and of a form.
    :param body: the JSON body, empty where there is none.
    :param files: uploaded files by their field: where they lie until the end of the call, and the client's name.
    """

    user: str = ""
    path: dict[str, str] = field(default_factory=dict)
    params: dict[str, list[str]] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    files: dict[str, tuple[Path, str]] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A parameter, None without it."""
        found = self.params.get(name)
        return found[0] if found else None

    def number(self, name: str) -> int | None:
        """A number, None without it.

        :raises BadRequest: it is none.
        """
        text = (self.text(name) or "").strip()
        return _long(text, name) if text else None

    def needed_number(self, name: str) -> int:
        """A number that must be there.

        :raises BadRequest: it is not, or is none.
        """
        found = self.number(name)
        if found is None:
            raise BadRequest(name)
        return found

    def numbers(self, name: str) -> list[int]:
        """A list: the parameter repeated, or with commas.

        :raises BadRequest: it is not there, or has something else in it.
        """
        found = [_long(part, name) for text in self.params.get(name, []) for part in text.split(",") if part.strip()]
        if not found:
            raise BadRequest(name)
        return found

    def id(self) -> int:
        """The job's number in the path.

        :raises BadRequest: it is none.
        """
        return _long(self.path["jobId"], "jobId")

    def file(self, name: str) -> tuple[Path, str]:
        """An uploaded file.

        :raises BadRequest: it is not there.
        """
        if name not in self.files:
            raise BadRequest(name)
        return self.files[name]

    def query(self, *numbers: str) -> Json:
        """All parameters of a list, with the page's; an empty one is none.

        :param numbers: which of them are numbers.
        """
        found: Json = {name: values[0] for name, values in self.params.items() if values[0]}
        for name in (*numbers, "curPage", "pageSize"):
            found[name] = self.number(name)
        found["curPage"] = 1 if found["curPage"] is None else found["curPage"]
        found["pageSize"] = _PAGE_SIZE if found["pageSize"] is None else found["pageSize"]
        return found


Function = Callable[[Services, Call], Any]


@dataclass(frozen=True)
class Endpoint:
    """One of Hlink's endpoints.

    :param function: returns the answer's data, or a whole response.
    :param takes_json: whether the body must be a JSON object.
    :param is_open: whether it answers without a login.
    """

    method: str
    path: str
    function: Function
    takes_json: bool = False
    is_open: bool = False

    def route(self, services: Services) -> Route:
        """The route."""

        async def handle(request: Request) -> Response:
            try:
                user = "" if self.is_open else services.gate.user_of(request)
            except Refused as error:
                return json_response(error.answer())
            with tempfile.TemporaryDirectory(dir=services.settings.directory, prefix="upload-") as directory:
                try:
                    call = await _read(request, user, Path(directory), takes_json=self.takes_json)
                except BadRequest:
                    return spring_error(request.url.path, 400, "Bad Request")
                # They ask Flink, or wait for it.
                return await run_in_threadpool(_answer, services, request.url.path, self.function, call)

        return Route(self.path, handle, methods=[self.method])


async def _read(request: Request, user: str, directory: Path, *, takes_json: bool) -> Call:
    call = Call(user, request.path_params)
    for name, value in request.query_params.multi_items():
        call.params.setdefault(name, []).append(value)
    if takes_json:
        call.body = _json_object(await request.body())
    elif request.headers.get("content-type", "").startswith("application/json") and not user:
        # Only the login takes either.
        call.body = _json_object(await request.body())
    elif request.headers.get("content-type", "").startswith(_FORMS):
        try:
            async with request.form() as form:
                for number, (name, part) in enumerate(form.multi_items()):
                    if isinstance(part, UploadFile):
                        call.files[name] = (await _keep(part, directory / str(number)), part.filename or "")
                    else:
                        call.params.setdefault(name, []).append(part)
        except Exception as error:
            # Starlette's HTTPException for a form that is none.
            raise BadRequest(str(error)) from error
    return call


async def _keep(part: UploadFile, path: Path) -> Path:
    with path.open("wb") as file:
        while chunk := await part.read(_CHUNK):
            await run_in_threadpool(file.write, chunk)
    return path


def _json_object(raw: bytes) -> Json:
    try:
        value = json.loads(raw, parse_int=java_long)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if not isinstance(value, dict):
        raise BadRequest("no object")
    return value


def _answer(services: Services, path: str, function: Function, call: Call) -> Response:
    try:
        result = function(services, call)
    except (BadRequest, envelope.BadRequest):
        return spring_error(path, 400, "Bad Request")
    except Refused as error:
        return json_response(error.answer())
    except Exception:  # noqa: BLE001 # the real server's handler does the same
        traceback.print_exc()
        return json_response(system_error().answer())
    return result if isinstance(result, Response) else json_response(success(result))


def _long(text: str, name: str) -> int:
    try:
        return java_long(text.strip())
    except ValueError:
        raise BadRequest(name) from None
