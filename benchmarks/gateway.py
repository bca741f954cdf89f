"""What a call through the api-server's gateway costs, beside the same call made directly and beside a call of Airflow's own.

    python benchmarks/gateway.py            9 s for each call and number of clients, downloads of 100 MB
    python benchmarks/gateway.py --quick    1 s, downloads of 2 MB; that it runs

On PostgreSQL, one api-server with one worker. The downloads are of a result set of the local Linkis, which writes its CSV
while it sends it and so is the slowest part, and of a file that a plain server sends as fast as it can.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import requests

import cluster
import machine
from downloads import Download, download, peak_growth
from file_server import file_server
from http_load import Load, load
from tables import render
from taskcenter_sandbox.waiting import wait_until

CLIENTS = (1, 4, 16)
ROUNDS = 3
ROW_BYTES = 101
"""Of the result set's CSV, on average."""
SLOWER_AT_MOST, MEMORY_AT_MOST_MB = 1.2, 32.0
MB = 1_000_000
REST = "/api/rest_j/v1"
THROUGH, DIRECT, AIRFLOW = "status through the gateway", "status directly", "GET /api/v2/dags/{id}"
LINKIS, PLAIN = "the local Linkis' result set", "a plain server's file"
TOKEN = {"Token-User": "hadoop", "Token-Code": "SANDBOX-TOKEN"}
FILES_CONNECTION = "linkis_files"
DAG = """\
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("peer", schedule=None):
    EmptyOperator(task_id="run")
"""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short and small: only that it runs")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    options = parser.parse_args(arguments)
    seconds, megabytes, times = (1.0, 2, 1) if options.quick else (9.0, 100, 5)
    bullet = "- " if options.markdown else ""
    about = f"{seconds:g} s for each call and number of clients, {times} downloads of {megabytes} MB each way, in turns"
    for line in (f"{about}; load {machine.load():.1f}", *machine.describe()):
        print(bullet + line)
    print()
    with (
        file_server(megabytes * MB) as (file_url, file_port),
        cluster.airflow(
            {"peer.py": DAG},
            only=["api-server", "dag-processor"],
            options={"gateway_linkis_conn_id": "linkis_default"},
            connections={FILES_CONNECTION: {"conn_type": "linkis", "port": file_port, "extra": {"auth": "token"}}},
        ) as (airflow, _),
    ):
        airflow.client.wait_for_dags(["peer"])
        airflow.stop_component("dag-processor")
        client = cluster.session(airflow)
        url = airflow.settings.url
        linkis = f"http://127.0.0.1:{cluster.linkis_port(airflow)}"
        job = finished_job(client, url, megabytes * MB // ROW_BYTES)
        status = f"{REST}/entrance/{job['execID']}/status"
        login = {"Authorization": str(client.headers["Authorization"])}
        targets = {
            THROUGH: (url + status, login),
            DIRECT: (linkis + status, TOKEN),
            AIRFLOW: (f"{url}/api/v2/dags/peer", login),
        }
        calls_report(measure_calls(targets, seconds), markdown=options.markdown)
        path = f"{REST}/filesystem/resultsetToExcel?{urlencode(job['result'])}"
        pids = airflow.pids()
        sources = {
            LINKIS: ((url + path, login), (linkis + path, TOKEN)),
            PLAIN: ((url + path, {**login, "X-Airflow-Connection": FILES_CONNECTION}), (file_url + path, {})),
        }
        downloads_report(
            {name: measure_downloads(*ways, pids, times) for name, ways in sources.items()}, markdown=options.markdown
        )
    return 0


def finished_job(client: requests.Session, url: str, rows: int) -> dict[str, Any]:
    """Run a job through the gateway: its ``execID``, and as ``result`` the query that downloads its rows."""
    code = (
        "SELECT i AS id, 'customer-' || i AS name, i * 0.25 AS amount, "
        "'a remark of some length, as people write them, number ' || i % 977 AS remark, "
        f"DATE '2026-01-01' + CAST(i % 365 AS INTEGER) AS day FROM generate_series(1, {rows}) AS numbers(i)"
    )
    body = {
        "executionContent": {"code": code, "runType": "psql"},
        "labels": {"engineType": "jdbc-4", "userCreator": "hadoop-benchmark"},
    }

    def answer(reply: requests.Response) -> dict[str, Any]:
        data = reply.json()
        if data["status"] != 0:
            raise RuntimeError(f"{reply.url}: {data['message']}")
        return dict(data["data"])

    submitted = answer(client.post(f"{url}{REST}/entrance/submit", json=body, timeout=60))

    def ended() -> dict[str, Any] | None:
        task = answer(client.get(f"{url}{REST}/jobhistory/{submitted['taskID']}/get", timeout=60))["task"]
        return dict(task) if task["status"] in ("Succeed", "Failed", "Cancelled", "Timeout") else None

    task = wait_until(ended, what="the job to end", timeout_seconds=300)
    if task["status"] != "Succeed":
        raise RuntimeError(f"the job is {task['status']}: {task['errDesc']}")
    where = {"path": task["resultLocation"]}
    tree = answer(client.get(f"{url}{REST}/filesystem/getDirFileTrees", params=where, timeout=60))["dirFileTrees"]
    result = {"path": tree["children"][0]["path"], "outputFileType": "csv", "limit": rows}
    return {"execID": submitted["execID"], "result": result}


def measure_calls(targets: Mapping[str, tuple[str, Mapping[str, str]]], seconds: float) -> dict[tuple[str, int], Load]:
    """Each call with each number of clients, in turns."""
    found: dict[tuple[str, int], Load] = {}
    for clients in CLIENTS:
        for name, (url, headers) in targets.items():
            asyncio.run(load(url, headers, clients, seconds / 10))  # warms up
            found[name, clients] = Load()
        for _ in range(ROUNDS):
            for name, (url, headers) in targets.items():
                found[name, clients] += asyncio.run(load(url, headers, clients, seconds / ROUNDS))
    return found


def calls_report(measured: Mapping[tuple[str, int], Load], *, markdown: bool) -> None:
    """Print what was measured, and what was to be reached."""
    rows = [
        [
            name,
            str(clients),
            f"{each.rate:.0f}",
            f"{each.quantile(0.5) * 1000:.1f}",
            f"{each.quantile(0.99) * 1000:.1f}",
        ]
        for (name, clients), each in measured.items()
    ]
    print(render(("call", "clients", "requests/s", "p50 ms", "p99 ms"), rows, markdown=markdown))
    print()
    verdicts = []
    for clients in CLIENTS:
        share = measured[THROUGH, clients].rate / measured[AIRFLOW, clients].rate
        verdicts.append(
            [f"requests/s of {AIRFLOW}'s, {clients} clients", ">= 1.00", f"{share:.2f}", _verdict(share >= 1)]
        )
    print(render(("what is to be reached", "bar", "measured", ""), verdicts, markdown=markdown))
    print()


def measure_downloads(
    through: tuple[str, Mapping[str, str]], direct: tuple[str, Mapping[str, str]], pids: Sequence[int], times: int
) -> tuple[list[Download], list[Download], float]:
    """Downloads through the gateway and directly, in turns, and by how many bytes the api-server grew meanwhile."""
    ways: tuple[list[Download], list[Download]] = ([], [])
    with peak_growth(pids) as growth:
        download(*through)  # warms up; what it takes counts, since it is not given back
        for _ in range(times):
            ways[0].append(download(*through))
            ways[1].append(download(*direct))
    sizes = {each.size for way in ways for each in way}
    if len(sizes) != 1:
        raise RuntimeError(f"the downloads differ: {sizes} bytes")
    return *ways, growth[0]


def downloads_report(measured: Mapping[str, tuple[list[Download], list[Download], float]], *, markdown: bool) -> None:
    """Print what was measured, and what was to be reached."""
    rows, verdicts = [], []
    for name, (through, direct, growth) in measured.items():
        medians = [statistics.median(each.seconds for each in way) for way in (through, direct)]
        ratio = medians[0] / medians[1]
        size = through[0].size
        rows.append(
            [
                name,
                f"{size / MB:.0f}",
                *(f"{seconds:.2f}" for seconds in medians),
                *(f"{size / MB / seconds:.0f}" for seconds in medians),
                f"{growth / 2**20:.1f}",
            ]
        )
        if name == LINKIS:
            verdicts.append(
                [
                    "download, time of the direct one's",
                    f"<= {SLOWER_AT_MOST:.2f}",
                    f"{ratio:.2f}",
                    _verdict(ratio <= SLOWER_AT_MOST),
                ]
            )
        grown = growth / 2**20
        verdicts.append(
            [f"{name}: growth, MB", f"<= {MEMORY_AT_MOST_MB:.0f}", f"{grown:.1f}", _verdict(grown <= MEMORY_AT_MOST_MB)]
        )
    header = (
        "download of",
        "MB",
        "through, s",
        "directly, s",
        "through, MB/s",
        "directly, MB/s",
        "api-server grew, MB",
    )
    print(render(header, rows, markdown=markdown))
    print()
    print(render(("what is to be reached", "bar", "measured", ""), verdicts, markdown=markdown))


def _verdict(reached: bool) -> str:
    return "reached" if reached else "SHORT"


if __name__ == "__main__":
    sys.exit(cluster.run(main))
