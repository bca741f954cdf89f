"""Files pass the gateway in pieces: its memory does not grow with them, and nothing stays open when somebody goes away."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

import support.gateway_process
from support.gateway_server import Asker, environment, gateway_server
from support.scripted_server import Answer, ScriptedServer
from taskcenter.jobs.transport import MAX_CONNECTIONS
from taskcenter_sandbox.processes.guarded import GuardedProcess
from taskcenter_sandbox.waiting import wait_until

MIB = 1 << 20
SIZE = 32 * MIB
MAY_GROW = 16 * MIB
"""Half of what a file that is held whole would take."""
DOWNLOAD = "/api/rest_j/v1/filesystem/resultsetToExcel"
CSV = {"Content-Type": "text/csv", "Content-Disposition": "attachment; filename=r.csv"}


class Alone:
    """A gateway in a process of its own."""

    def __init__(self, directory: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, support.gateway_process.__file__, str(port)]
        self._process = GuardedProcess("gateway", command, env=dict(os.environ), directory=directory)
        try:
            wait_until(self._answers, what="the gateway to answer", timeout_seconds=120)
        except BaseException:
            self.stop()
            raise

    def _answers(self) -> bool:
        assert not self._process.ended, self._process.log_tail()
        try:
            return requests.get(f"{self.url}/hlink/none", timeout=5).status_code == 404
        except requests.ConnectionError:
            return False

    def stop(self) -> None:
        self._process.stop()

    def forget_peak(self) -> int:
        """Count the most memory from now on; what it has now, in bytes."""
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5", encoding="ascii")
        return self.peak()

    def peak(self) -> int:
        """The most memory that it has had since, in bytes."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024


@pytest.fixture(scope="module")
def alone(connections, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    if not Path("/proc/self/status").exists():
        pytest.skip("the system does not tell how much memory a process has had")
    options = {"GATEWAY_HLINK_CONN_ID": "hlink_default", "GATEWAY_LINKIS_CONN_ID": "linkis_default"}
    with environment({f"AIRFLOW__TASKCENTER__{name}": value for name, value in options.items()}):
        process = Alone(tmp_path_factory.mktemp("gateway"))
    try:
        ada = Asker(process.url, "ada")
        # What is imported and made with the first requests is no part of a file's way.
        assert ada.ask("POST", "/hlink/ds/udf/upload", files={"jarfile": ("f.txt", b"x" * MIB)}).status_code == 200
        assert ada.ask("GET", "/hlink/file/down", params={"filePath": "/etc/hostname"}).status_code == 200
        yield process
    finally:
        process.stop()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A large file."""
    path = tmp_path_factory.mktemp("files") / "large.jar"
    block = bytes(range(256)) * 4096
    with path.open("wb") as file:
        for number in range(SIZE // len(block)):
            file.write(number.to_bytes(8, "big") + block[8:])
    return path


def digest(pieces) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def test_a_large_download_arrives_whole_in_little_memory(alone, large):
    before = alone.forget_peak()
    query = {"filePath": str(large), "fileName": "large.jar"}
    with Asker(alone.url, "ada").ask("GET", "/hlink/file/down", params=query, stream=True) as answer:
        assert answer.status_code == 200
        received = digest(answer.iter_content(1 << 18))
    assert received == digest([large.read_bytes()])
    assert alone.peak() - before < MAY_GROW


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_upload_arrives_whole_in_little_memory(alone, large, hlink, chunked):
    before = alone.forget_peak()
    name = f"large_{chunked}"
    boundary = "a-boundary"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="jarfile"; filename="large.jar"\r\n\r\n'.encode()
    tail = f"\r\n--{boundary}--\r\n".encode()

    def body() -> Iterator[bytes]:
        yield head
        with large.open("rb") as file:
            while piece := file.read(1 << 18):
                yield piece
        yield tail

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    if not chunked:
        headers["Content-Length"] = str(len(head) + SIZE + len(tail))
    query = {"udfName": name, "udfClass": "x.Y", "udfType": "SCALA"}
    ada = Asker(alone.url, "ada")
    answer = ada.ask("POST", "/hlink/ds/udf/upload", params=query, data=Sized(body(), headers), headers=headers)
    assert answer.json()["success"], answer.text
    (record,) = ada.ask("GET", "/hlink/ds/udf/list", params={"udfName": name}).json()["data"]["records"]
    assert digest([Path(record["udfPath"]).read_bytes()]) == digest([large.read_bytes()])
    assert alone.peak() - before < MAY_GROW


class Sized:
    """A body that is made as it is sent; ``requests`` sends it in chunks unless its length is told."""

    def __init__(self, pieces: Iterator[bytes], headers: dict[str, str]) -> None:
        self._pieces = pieces
        if "Content-Length" in headers:
            self.len = int(headers["Content-Length"])

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces


@pytest.fixture(scope="module")
def endless(_airflow) -> Iterator[tuple[ScriptedServer, str]]:
    """A Linkis whose results never end, and a gateway in front of it."""
    pieces = itertools.repeat(b"x,y\n" * 16384)
    with ScriptedServer(lambda _: Answer(200, headers=CSV, chunks=pieces)) as remote:
        given = {"conn_type": "linkis", "host": "127.0.0.1", "port": remote.port, "login": "u", "password": "of-u"}
        value = json.dumps({**given, "extra": {"auth": "token"}})
        options = {"gateway_linkis_conn_id": "linkis_endless"}
        with environment({"AIRFLOW_CONN_LINKIS_ENDLESS": value}), gateway_server(**options) as url:
            yield remote, url


def begin(url: str) -> socket.socket:
    """Ask for a download and read its beginning."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port), timeout=30)
    token = Asker(url, "ada").headers["Authorization"]
    connection.sendall(f"GET {DOWNLOAD}?path=/r HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
    read = b""
    while len(read) < 1 << 17:
        read += connection.recv(1 << 16)
    assert read.startswith(b"HTTP/1.1 200 ")
    return connection


def test_a_client_that_goes_away_in_the_middle_leaves_no_connection_open(endless):
    remote, url = endless
    connections = [begin(url) for _ in range(4)]
    assert remote.in_flight == 4
    for connection in connections:
        connection.close()
    wait_until(lambda: remote.in_flight == 0, what="the downloads to end", timeout_seconds=30, poll_seconds=0.05)
    # More than there are connections to one server: none of them is still taken.
    for _ in range(MAX_CONNECTIONS + 1):
        begin(url).close()
    wait_until(lambda: remote.in_flight == 0, what="the downloads to end", timeout_seconds=30, poll_seconds=0.05)


def test_a_client_that_stops_reading_stops_the_system_from_sending(endless):
    remote, url = endless
    sent: list[int] = []
    with begin(url):
        wait_until(
            lambda: still(sent, remote.bytes_sent), what="the sending to stop", timeout_seconds=30, poll_seconds=0.5
        )
        assert remote.in_flight == 1
    assert sent[-1] - sent[0] < 64 * MIB


def still(sent: list[int], now: int) -> bool:
    """Whether nothing more has been sent since the last look."""
    sent.append(now)
    return len(sent) > 1 and sent[-1] == sent[-2]


def test_other_requests_are_answered_while_downloads_go_on(endless):
    remote, url = endless
    connections = [begin(url) for _ in range(3)]
    assert Asker(url).ask("GET", DOWNLOAD).status_code == 401
    for connection in connections:
        connection.close()
    wait_until(lambda: remote.in_flight == 0, what="the downloads to end", timeout_seconds=30, poll_seconds=0.05)
