"""Python and shell: a subprocess in a process group of its own, bounded, killed as a whole."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from taskcenter_sandbox.linkis.dolphin import ResultWriter
from taskcenter_sandbox.linkis.engines.base import CodeFailed, Task
from taskcenter_sandbox.linkis.engines.marked import MARK, kill_marked

CPU_SECONDS = 600
WALL_SECONDS = 24 * 3600.0
MEMORY_BYTES = 4 << 30
FILE_BYTES = 4 << 30
KILL_GRACE_SECONDS = 2.0
LAST_OUTPUT_SECONDS = 1.0
OUTPUT_CHARACTERS = 64 << 20
MAX_LINE_BYTES = 1 << 20
"""Longer lines of output are broken."""

_RUNNER = Path(__file__).with_name("python_runner.py")
_PR_SET_PDEATHSIG = 1
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""What a job sees of the server's environment: no secrets."""


class ProcessRun:
    """One run of a Python or shell job; its output is both log and text result.

    :param mark: by what its processes are known, wherever they go.
    """

    def __init__(self, mark: str) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._lock = threading.Lock()
        self._error: str | None = None
        self._aborted: str | None = None
        self._written = 0
        self._mark = mark

    def run(self, task: Task) -> None:
        """Run the code to its end.

        :raises CodeFailed: it ended with another code than 0, or was killed.
        """
        with tempfile.TemporaryDirectory(prefix="linkis-job-") as directory:
            python = task.run_type != "shell"
            name = Path(directory) / ("job.py" if python else "job.sh")
            name.write_text(task.code, encoding="utf-8")
            messages_in, messages_out = os.pipe()
            shell = shutil.which("bash") or "/bin/sh"
            command = (
                [sys.executable, "-u", str(_RUNNER), str(name), str(messages_out)] if python else [shell, str(name)]
            )
            try:
                self._start(command, directory, messages_out)
            finally:
                os.close(messages_out)
            code = self._follow(task, messages_in)
        if self._aborted is not None:
            raise CodeFailed(self._aborted)
        if code != 0:
            raise CodeFailed(self._error or f"the process ended with {_ending(code)}")

    def kill(self) -> None:
        """SIGTERM to the whole group, SIGKILL if that does not help."""
        with self._lock:
            self._killed = True
            process = self._process
        if process is None:
            return
        if process.poll() is None:
            _signal_group(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(KILL_GRACE_SECONDS)
            # The group may have members left that ignore SIGTERM, even when its leader has gone.
            _signal_group(process.pid, signal.SIGKILL)
        kill_marked(self._mark)

    def _start(self, command: list[str], directory: str, messages: int) -> None:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with self._lock:
            if self._killed:
                raise CodeFailed("the job was killed before it began")
            self._process = subprocess.Popen(  # noqa: S603 # running what it is sent is what this server is for
                command,
                cwd=directory,
                env={**environment, MARK: self._mark, "HOME": directory, "PYTHONIOENCODING": "utf-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(messages,),
                start_new_session=True,
                preexec_fn=_bound,  # it only sets limits
            )

    def _follow(self, task: Task, messages: int) -> int:
        process = self._process
        assert process is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
        timer = threading.Timer(WALL_SECONDS, self.kill)
        timer.daemon = True
        timer.start()
        output = _Output(task, self)
        with output, os.fdopen(messages, "rb") as pipe:
            readers = [
                self._reader(process.stdout, output.write, MAX_LINE_BYTES),
                self._reader(process.stderr, lambda line: self._complain(task, line), MAX_LINE_BYTES),
                self._reader(pipe, _Messages(task, self), -1),
            ]
            code = process.wait()
            # Children of the job that keep its output open would keep us here for ever.
            _signal_group(process.pid, signal.SIGKILL)
            for reader in readers:
                reader.join(LAST_OUTPUT_SECONDS)
            if any(reader.is_alive() for reader in readers):
                # What has left the group keeps the output open.
                kill_marked(self._mark)
                for reader in readers:
                    reader.join(LAST_OUTPUT_SECONDS)
        timer.cancel()
        return code

    def _complain(self, task: Task, line: str) -> None:
        if not self.count(line):
            return
        self._error = line.strip() or self._error
        task.log.write(line, "ERROR" if line.startswith(("Traceback", "Error")) else "WARN")

    def _reader(self, stream: IO[bytes], take: Callable[[str], None], longest: int) -> threading.Thread:
        """Read lines in a thread; the end of the stream is told as an empty line to :class:`_Messages` only."""

        def read() -> None:
            try:
                while raw := stream.readline(longest):
                    take(raw.decode("utf-8", errors="replace").rstrip("\n"))
                if isinstance(take, _Messages):
                    take("")
            except Exception as error:  # noqa: BLE001 # a full disk, a message that is none: nobody reads on, so end it
                self.abort(f"what the job wrote could not be kept: {error}")

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def fail(self, text: str) -> None:
        """Keep the reason of a failure."""
        self._error = text

    def abort(self, text: str) -> None:
        """End the job from a thread of its own, and let it fail for this reason."""
        if self._aborted is None:
            self._aborted = text
            threading.Thread(target=self.kill, daemon=True).start()

    def count(self, line: str) -> bool:
        """Whether there is room for one more line of output; if not, the job ends."""
        self._written += len(line) + 1
        if self._written > OUTPUT_CHARACTERS:
            self.abort(f"the job wrote more than {OUTPUT_CHARACTERS:,} characters; write much into a table or a file")
        return self._written <= OUTPUT_CHARACTERS


class _Output:
    """What the job prints: lines of the log, and a text result once there is one."""

    def __init__(self, task: Task, run: ProcessRun) -> None:
        self._task = task
        self._run = run
        self._writer: ResultWriter | None = None

    def write(self, line: str) -> None:
        if not self._run.count(line):
            return
        if self._writer is None:
            self._writer = self._task.text()
        self._writer.write([[line]])
        self._task.log.write(line)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._writer is not None:
            self._writer.__exit__(kind, error, trace)


class _Messages:
    """What the Python runner says: tables and progress."""

    def __init__(self, task: Task, run: ProcessRun) -> None:
        self._task = task
        self._run = run
        self._writer: ResultWriter | None = None

    def __call__(self, line: str) -> None:
        if not line:
            self._finish()
            return
        message = json.loads(line)
        if "progress" in message:
            self._task.progress(float(message["progress"]))
        if "error" in message:
            self._run.fail(str(message["error"]))
        if "table" in message:
            self._finish()
            self._writer = self._task.table(message["table"])
        if "rows" in message and self._writer is not None:
            self._writer.write(message["rows"])

    def _finish(self) -> None:
        if self._writer is not None:
            self._writer.__exit__(None, None, None)
            self._writer = None


def _bound() -> None:
    """In the child, before the program: limits, and death with the server."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
