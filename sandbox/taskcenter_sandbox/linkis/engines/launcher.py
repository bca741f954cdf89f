"""Sets the limits of a job, then becomes its program: ``launcher.py LIMITS PROGRAM ARGUMENT...``.

A program of its own, because setting limits between fork and exec is not safe in a server with threads. ``LIMITS`` is a
JSON object of names in Python's ``resource`` and numbers. Runs isolated, without the packages of the server.
"""

import json
import os
import resource
import sys

_SPARE_CPU_SECONDS = 5


def main() -> None:
    """Never returns."""
    for name, value in json.loads(sys.argv[1]).items():
        limit = getattr(resource, name)
        _, hard = resource.getrlimit(limit)
        # At the hard limit of processor time comes SIGKILL, at the soft one SIGXCPU, which says what is wrong.
        highest = value + (_SPARE_CPU_SECONDS if name == "RLIMIT_CPU" else 0)
        bound = highest if hard == resource.RLIM_INFINITY else min(highest, hard)
        resource.setrlimit(limit, (min(value, bound), bound))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 # running what it is given is what it is for


if __name__ == "__main__":
    main()
