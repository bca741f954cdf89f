"""``python -m taskcenter_sandbox`` is ``taskcenter-sandbox``."""

import sys

from taskcenter_sandbox.cli import main

sys.exit(main())
