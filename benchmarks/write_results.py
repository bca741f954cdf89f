"""Runs the benchmarks whole and writes RESULTS.md; takes about an hour, and wants an idle machine.

python benchmarks/write_results.py              all of them
python benchmarks/write_results.py quartz.py    only the sections of this one; the others stay
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
SECTIONS = {
    "Waiting for 5000 jobs": ["polling.py"],
    "Waiting for 20,000 jobs": ["polling.py", "--jobs=20000", "--contender=linkis", "--contender=idle"],
    "Waiting for 5000 Flink jobs": ["polling.py", "--contender=http", "--contender=flink", "--contender=idle"],
    "Reading a million rows": ["results.py"],
    "The next fire of a Quartz expression": ["quartz.py"],
    "From a POST to a running task, and many plans": ["plans.py"],
    "A page of plans and of executions": ["lists.py"],
    "Calls and downloads through the gateway": ["gateway.py"],
    "The task center's page in a browser": ["page.py"],
    "Many plans and waiting jobs on a distributed Airflow": ["load.py"],
}
INTRODUCTION = """\
# Results of the benchmarks

Renewed by `python benchmarks/write_results.py`. The bars are those that we set ourselves, and where a figure falls
short of one it says so. CPU time moves by a factor of up to two between moments on the same machine; ratios hold better.

How to read the tables on waiting:

- Every contender's triggers run in Airflow's own `TriggerRunner`, forked by Airflow's own supervisor, on one core. The
  mock server and the supervisor have the other. The measured time begins when all triggers run.
- A job-poll is one job asked for; a request for 30 jobs is 30 job-polls.
- *Airflow alone* is a trigger that only waits for a future. What it costs, Airflow costs: it visits every trigger once a
  second, and greenback, tracing and the task's description take memory. No trigger can be below it.
- Peers sleep for the interval *after* an answer, and all at once; so they poll less often than they should, and their
  core is idle part of the time although they are late.
- One job in five ends during the run. The lag is from its end on the server to its trigger's event.
- dbt's hook speaks plain HTTP here, as the others do; TLS would cost it more.
"""


def page(sections: Mapping[str, str]) -> str:
    """The whole page, from what the benchmarks printed."""
    return "\n".join([INTRODUCTION, *(f"## {title}\n\n{text.strip()}\n" for title, text in sections.items())])


def sections_of(text: str) -> dict[str, str]:
    """The sections of a page as it is."""
    return {title: body for title, _, body in (part.partition("\n") for part in text.split("\n## ")[1:])}


def main(scripts: Sequence[str]) -> None:
    """Run everything, or what belongs to some scripts, then write."""
    results = HERE / "RESULTS.md"
    printed = sections_of(results.read_text(encoding="utf-8"))
    for title, (script, *arguments) in SECTIONS.items():
        if scripts and script not in scripts:
            continue
        command = [sys.executable, str(HERE / script), *arguments, "--markdown"]
        printed[title] = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    ordered = {title: printed[title] for title in SECTIONS if title in printed}
    results.write_text(page(ordered), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
