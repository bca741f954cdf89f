"""The gateway as a process of its own, whose memory can be looked at: ``python gateway_process.py PORT``."""

from __future__ import annotations

import sys


def main() -> None:
    """Serve until killed; the configuration is that of the environment."""
    import uvicorn
    from airflow.api_fastapi.app import create_auth_manager
    from fastapi import FastAPI

    from taskcenter_plugin.gateway.app import create_app
    from taskcenter_plugin.routes.paths import GATEWAY_MOUNT, DocumentedPaths

    create_auth_manager()
    root = FastAPI()
    root.mount(GATEWAY_MOUNT, create_app())
    root.add_middleware(DocumentedPaths)
    uvicorn.run(root, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
