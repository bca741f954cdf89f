"""Python and shell: a subprocess in a process group of its own, bounded, killed as a whole."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from taskcenter_sandbox.linkis.dolphin import TooLarge
from taskcenter_sandbox.linkis.engines.base import CodeFailed, Task
from taskcenter_sandbox.linkis.engines.listener import Listener
from taskcenter_sandbox.linkis.engines.marks import VARIABLE, kill_marked
from taskcenter_sandbox.linkis.settings import JobLimits

RUN_TYPES = {"shell": "shell", "sh": "shell", "python": "python", "py": "python"}

KILL_GRACE_SECONDS = 2.0

_ERROR_CODES = (
    ("'NoneType' object", 43001),
    ("SyntaxError", 43003),
    (r"name '(\S+)' is not defined", 43004),
    ("unexpected indent", 43009),
    (r"AttributeError: '(\S+)' object has no attribute '(\S+)'", 43016),
    ("KeyError: (.*)", 43017),
    (r"FileNotFoundError.*No such file or directory\: '(\S+)'", 43018),
    ("IndexError", 43013),
    (r"No module named (\S+)", 46004),
    ("MemoryError", 13001),
)
"""Numbers that Linkis' table of error codes has for errors of Python."""

_HERE = Path(__file__).parent
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
"""What a job sees of the server's environment: no secrets."""


class ProcessRun:
    """One run of a Python or shell job; what it prints is both log and text result.

    :param mark: begins the mark of its processes.
    """

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._process: subprocess.Popen[bytes] | None = None
        self._listener: Listener | None = None
        self._killed = False
        self._lock = threading.Lock()

    def run(self, task: Task) -> None:
        """Run the code to its end.

        :raises CodeFailed: it ended with another code than 0, or was killed, or wrote too much.
        """
        mark = f"{self._mark}{task.id};"
        with tempfile.TemporaryDirectory(prefix="linkis-job-", ignore_cleanup_errors=True) as directory:
            ours, theirs = socket.socketpair()
            with ours, theirs:
                process = self._start(task, Path(directory), theirs.fileno(), mark)
                theirs.close()
                listener = self._listener = Listener(task, process, ours)
                try:
                    listener.listen()
                except TooLarge as error:
                    raise CodeFailed(str(error)) from error
                finally:
                    # Nothing of a job outlives it: neither members of its group nor those who have left it.
                    _signal_group(process.pid, signal.SIGKILL)
                    process.wait()
                    kill_marked(mark)
                    listener.finish(whole=process.returncode == 0)
        if listener.error is not None:
            raise CodeFailed(listener.error, _error_code(listener.error), logged=True)
        if process.returncode != 0:
            raise CodeFailed(_ending(process.returncode, listener.last_complaint))

    def kill(self) -> None:
        """SIGTERM to the whole group, SIGKILL if that does not help."""
        with self._lock:
            self._killed = True
            process = self._process
        if process is None:
            return
        _signal_group(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(KILL_GRACE_SECONDS)
        _signal_group(process.pid, signal.SIGKILL)

    def progress(self) -> float:
        """What the job has told."""
        return self._listener.progress if self._listener else 0.0

    def steps(self) -> tuple[int, int]:
        """Only one."""
        return 0, 1

    def _start(self, task: Task, directory: Path, channel: int, mark: str) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with self._lock:
            if self._killed:
                raise CodeFailed("Job is killed by user!")
            self._process = subprocess.Popen(  # noqa: S603 # running what it is sent is what this server is for
                [
                    *(sys.executable, "-I", "-S", str(_HERE / "launcher.py"), _limits(task.limits)),
                    *_command(task, directory, channel),
                ],
                cwd=directory,
                env={**environment, "HOME": str(directory), VARIABLE: mark},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(channel,),
                start_new_session=True,
            )
            return self._process


def _command(task: Task, directory: Path, channel: int) -> list[str]:
    """The program to run; scripts are named without their directory, because their names get into error texts."""
    python = RUN_TYPES[task.run_type] == "python"
    script = directory / ("job.py" if python else "job.sh")
    script.write_text(task.code, encoding="utf-8")
    if python:
        runner = str(_HERE / "python_runner.py")
        return [sys.executable, "-I", "-u", "-X", "utf8", runner, script.name, str(channel)]
    return [shutil.which("bash") or "/bin/sh", script.name]


def _limits(limits: JobLimits) -> str:
    return json.dumps(
        {"RLIMIT_CPU": limits.cpu_seconds, "RLIMIT_AS": limits.memory, "RLIMIT_FSIZE": limits.file, "RLIMIT_CORE": 0}
    )


def _error_code(error: str) -> int | None:
    return next((code for pattern, code in _ERROR_CODES if re.search(pattern, error)), None)


def _signal_group(leader: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _ending(code: int, complaint: str) -> str:
    if code == -signal.SIGXCPU:
        return "the job was stopped: it used more processor time than a job may"
    ending = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"the process ended with {ending}{f': {complaint}' if complaint else ''}"
