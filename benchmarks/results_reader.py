"""Reads one large result set in one way, and measures itself; a process of its own for each way.

Run as ``python results_reader.py WAY TASK_ID URL`` (see ``results.py``, which sets the environment); prints JSON.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

PAGE_ROWS = 5000
"""Our default, and what the server gives where nothing is said."""

USER = PASSWORD = "hadoop"


def ours_rows(task_id: int, url: str) -> int:  # noqa: ARG001
    """Iterate over the rows, values converted, and keep none."""
    with _hook() as hook:
        return sum(1 for _ in hook.result_sets(task_id)[0].rows())


def ours_arrow(task_id: int, url: str) -> int:  # noqa: ARG001
    """All of it as an Arrow table."""
    with _hook() as hook:
        return int(hook.result_sets(task_id)[0].to_arrow().num_rows)


def ours_pandas(task_id: int, url: str) -> int:  # noqa: ARG001
    """All of it as a frame."""
    with _hook() as hook:
        return len(hook.result_sets(task_id)[0].to_pandas())


def sdk_as_it_is(task_id: int, url: str) -> int:
    """What the SDK does by itself with the files of a job: the first page of each."""
    sdk, session, files = _sdk(task_id, url)
    return sum(len(result.to_pandas()) for result in sdk._query_result_set(session, files))


def sdk_rows(task_id: int, url: str) -> int:
    """The SDK's request method, driven page by page; values stay texts, and no row is kept."""
    return sum(1 for page in _sdk_pages(task_id, url) for _ in page.data)


def sdk_pandas(task_id: int, url: str) -> int:
    """The SDK's request method and its frames, page by page, put together."""
    import pandas as pd

    return len(pd.concat([page.to_pandas() for page in _sdk_pages(task_id, url)], ignore_index=True))


def _hook() -> Any:
    from taskcenter.linkis.hook import LinkisHook

    return LinkisHook()


def _sdk(task_id: int, url: str) -> tuple[Any, Any, list[str]]:
    import requests
    from linkis_python_sdk.client import LinkisClient  # type: ignore[import-untyped]
    from linkis_python_sdk.config.config import LinkisConfig  # type: ignore[import-untyped]

    sdk = LinkisClient(LinkisConfig(base_url=f"{url}/api/rest_j/v1", username=USER, password=PASSWORD))
    session = requests.Session()
    sdk._login(session)
    task = sdk._waiting_task_finish(session, task_id)
    return sdk, session, sdk._get_file_dir(session, task)


def _sdk_pages(task_id: int, url: str) -> Iterator[Any]:
    sdk, session, files = _sdk(task_id, url)
    number = 0
    while True:
        number += 1
        page = sdk._query_data_file(
            session, {"charset": "utf8", "path": files[0], "page": number, "pageSize": PAGE_ROWS}
        )
        yield page
        if len(page.data) < PAGE_ROWS:
            return


OURS, SDK = ("airflow.sdk", "taskcenter.linkis.hook"), ("linkis_python_sdk.client",)

WAYS: dict[str, tuple[Callable[[int, str], int], tuple[str, ...]]] = {
    "rows": (ours_rows, OURS),
    "arrow": (ours_arrow, (*OURS, "pyarrow", "pandas")),  # pyarrow imports pandas by itself, late
    "pandas": (ours_pandas, (*OURS, "pandas")),
    "sdk": (sdk_as_it_is, SDK),
    "sdk-rows": (sdk_rows, SDK),
    "sdk-pandas": (sdk_pandas, SDK),
}
"""What reads, and the modules that it needs: importing them is not what is measured."""


def submit(rows: int, seconds: float) -> int:
    """Run a query with so many rows on the server; returns its taskID."""
    code = (
        "SELECT i AS id, 'customer-' || i AS name, i * 0.25 AS amount, i % 3 = 0 AS active, "
        "CASE WHEN i % 10 = 0 THEN NULL ELSE 'a remark of some length, number ' || i % 977 END AS remark, "
        f"DATE '2026-01-01' + CAST(i % 365 AS INTEGER) AS day FROM generate_series(1, {rows}) AS numbers(i)"
    )
    with _hook() as hook:
        task_id = hook.submit(
            {
                "executionContent": {"code": code, "runType": "psql"},
                "params": {"variable": {}, "configuration": {}},
                "labels": {"engineType": "jdbc-4", "userCreator": f"{USER}-benchmark"},
            }
        )["taskID"]
        deadline = time.monotonic() + seconds
        while (task := hook.jobhistory_get(task_id))["status"] != "Succeed":
            if task["status"] in ("Failed", "Cancelled", "Timeout") or time.monotonic() > deadline:
                raise RuntimeError(f"the query is {task['status']}: {task['errDesc']}")
            time.sleep(0.2)
    return int(task_id)


def read(way: str, task_id: int, url: str) -> dict[str, Any]:
    """Read in one way and measure it."""
    reader, modules = WAYS[way]
    for module in modules:
        import_module(module)
    gc.collect()
    memory = psutil.Process().memory_info().rss
    _forget_peak_memory()
    start, cpu = time.perf_counter(), time.process_time()
    rows = reader(task_id, url)
    return {
        "rows": rows,
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "bytes": max(0, _peak_memory() - memory),
    }


def _forget_peak_memory() -> None:
    # Not on Linux, or not allowed: the peak is then that of the process' whole life.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory() -> int:
    """The most memory that was resident, bytes."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        scale = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Run the command line of the module's docstring, or ``submit ROWS SECONDS``."""
    if sys.argv[1] == "submit":
        print(json.dumps(submit(int(sys.argv[2]), float(sys.argv[3]))))
    else:
        print(json.dumps(read(sys.argv[1], int(sys.argv[2]), sys.argv[3])))


if __name__ == "__main__":
    main()
