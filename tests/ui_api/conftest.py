"""The app of the task center on an empty database, and its users."""

from __future__ import annotations

import pytest

from support.task_center import Client, forget_everything, migrated_airflow


@pytest.fixture(scope="module")
def app():
    with migrated_airflow():
        from taskcenter_plugin.routes.app import create_app

        yield create_app()


@pytest.fixture
def ada(app):
    """An administrator, before anything is stored."""
    forget_everything()
    return Client(app, "ada")


@pytest.fixture
def vera(app):
    """Who may only look."""
    return Client(app, "vera")
