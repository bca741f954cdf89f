"""What plans of the tests of the page run, and when."""

from __future__ import annotations

ROWS = "SELECT n, n * n AS square, CASE WHEN n = 2 THEN NULL ELSE 'word ' || n END AS word FROM range(1, 251) AS t (n)"
"""250 rows, with a NULL."""
TALKS = """
import pathlib, time
for number in range(1, 3001):
    print(f"line {number} of 3000", flush=False)
while not pathlib.Path("FILE").exists():
    print("still at work", flush=True)
    time.sleep(0.2)
print("that was all")
"""
"""Python that goes on until there is a FILE."""
LOOKS = """
import pathlib
if not pathlib.Path("FILE").exists():
    raise RuntimeError("the file has not come yet")
print("the file is there")
"""
"""Python that fails unless there is a FILE."""
PYTHON = {"runType": "python", "engineType": "python-python3"}
SHELL = {"runType": "shell", "engineType": "shell-1"}
DAILY = {"triggerType": "CRON_JOB", "cronDesc": "0 30 6 * * ?", "cronType": "DAILY", "timeZone": "Asia/Shanghai"}
