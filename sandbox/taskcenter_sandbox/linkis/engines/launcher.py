"""Sets the limits of a job, then becomes its program: ``launcher.py LIMITS PROGRAM ARGUMENT...``.

A program of its own, because setting limits between fork and exec is not safe in a server with threads. ``LIMITS`` is a
JSON object of names in Python's ``resource`` and numbers. Runs isolated, without the packages of the server.
"""

import json
import os
import resource
import sys


def main() -> None:
    """Never returns."""
    for name, value in json.loads(sys.argv[1]).items():
        limit = getattr(resource, name)
        _, hard = resource.getrlimit(limit)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bound, bound))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 # running what it is given is what it is for


if __name__ == "__main__":
    main()
