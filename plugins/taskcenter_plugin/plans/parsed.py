"""What is done right after the DAG processor has written what it has parsed of the plans.

Airflow has nothing to call there, so the sessions of the DAG processor's main process are listened to.
"""

from __future__ import annotations

import logging
from itertools import chain
from typing import Any

from airflow.models.dag import DagModel
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from taskcenter_plugin.plans.bundle import BUNDLE_NAME
from taskcenter_plugin.plans.looks import keep_left_out
from taskcenter_plugin.plans.overtaken import OURS, put_right

log = logging.getLogger(__name__)
_WRITTEN = "taskcenter_written"


def watch() -> None:
    """Look after what this process writes from now on; called again, it changes nothing."""
    if not event.contains(Session, "after_flush", note):
        event.listen(Session, "after_flush", note)
        event.listen(Session, "after_transaction_end", look_after)


def note(session: Session, _context: Any) -> None:
    """Remember the plans whose DAGs are written."""
    if OURS in session.info:
        return
    written = {
        each.dag_id
        for each in chain(session.new, session.dirty)
        if isinstance(each, DagModel) and each.__dict__.get("bundle_name") == BUNDLE_NAME
    }
    if written:
        session.info.setdefault(_WRITTEN, set()).update(written)


def look_after(session: Session, transaction: SessionTransaction) -> None:
    """Once that is committed, do what is to be done."""
    if transaction.parent is not None:
        return
    written = session.info.pop(_WRITTEN, None)
    if written:
        for step in (keep_left_out, put_right):
            try:
                step(written)
            except Exception:  # the parses of all other files must go on
                log.exception("Plans could not be looked after when their file was parsed; the next parse has them")
