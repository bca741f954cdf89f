"""What the DAG files of the plan bundle do: read their shard's Variable, and build the DAGs that are asked for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.sdk import Variable, get_parsing_context

from taskcenter_plugin.plans import bundle
from taskcenter_plugin.plans.document import BrokenDocument, PlanDocument, ShardEntry, load_shard, variable_of

if TYPE_CHECKING:
    from airflow.sdk import DAG

log = logging.getLogger(__name__)


def load(shard: int) -> dict[str, DAG]:
    """The DAGs of a shard, by ``dag_id``: all live ones in the DAG processor, the one that is run on a worker.

    A plan that cannot be built is left out and logged; the others of its shard live on.

    :raises BrokenDocument: the shard's Variable has been damaged; ``airflow taskcenter plans sync`` writes it anew.
    """
    text = Variable.get(variable_of(shard), default=None)
    if text is None:
        return {}
    try:
        entries = load_shard(text)
    except BrokenDocument as error:
        raise BrokenDocument(
            f"Variable {variable_of(shard)} does not hold plans ({error}). `airflow taskcenter plans sync` writes it anew."
        ) from error
    wanted = get_parsing_context().dag_id
    if wanted is not None:
        return {wanted: _build(entries[wanted], bundle.requested_version)} if wanted in entries else {}
    return _build_all(entries)


def _build(entry: ShardEntry, version: int | None) -> DAG:
    from taskcenter_plugin.plans.dags import build_dag

    return build_dag(PlanDocument.load(entry.at(version).data))


def _build_all(entries: dict[str, ShardEntry]) -> dict[str, DAG]:
    dags = {}
    for dag_id, entry in entries.items():
        newest = entry.revisions[0].number
        if not entry.live or (bundle.current_version is not None and newest > bundle.current_version):
            # A plan that changed after the bundle was looked at is registered already, and comes with the next look: under this
            # look's version its runs would start on what it was before.
            continue
        try:
            dags[dag_id] = _build(entry, None)
        except Exception as error:
            log.exception("The DAG %s of a plan cannot be built: %s", dag_id, error)
    return dags
