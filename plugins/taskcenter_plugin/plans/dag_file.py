"""What the DAG files of the plan bundle do: read their shard's Variable, and build the DAGs that are asked for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow.sdk import Variable, get_parsing_context

from taskcenter_plugin import settings
from taskcenter_plugin.plans import bundle, shard_cache
from taskcenter_plugin.plans.document import (
    BrokenDocument,
    PlanDocument,
    Revision,
    ShardEntry,
    find_entry,
    load_shard,
    unpack,
    variable_of,
)
from taskcenter_plugin.plans.versions import is_marked, number_of

if TYPE_CHECKING:
    from airflow.sdk import DAG

log = logging.getLogger(__name__)


def load(shard: int) -> dict[str, DAG]:
    """The DAGs of a shard, by ``dag_id``: all live ones in the DAG processor, the one that is run on a worker.

    A plan that cannot be built is left out and logged; the others of its shard live on.

    :raises BrokenDocument: the shard's Variable has been damaged; ``airflow taskcenter plans sync`` writes it anew.
    """
    wanted = get_parsing_context().dag_id
    try:
        if wanted is None:
            packed = _published(shard)
            return {} if packed is None else _build_all(shard, load_shard(packed))
        revision = _revision(shard, wanted, bundle.requested_version)
        return {} if revision is None else {wanted: _build(revision)}
    except BrokenDocument as error:
        raise BrokenDocument(
            f"Variable {variable_of(shard)} does not hold plans ({error}). `airflow taskcenter plans sync` writes it anew."
        ) from error


def _published(shard: int) -> str | None:
    """A shard as its Variable has it; None without plans."""
    packed: str | None = Variable.get(variable_of(shard), default=None)
    return packed


def _revision(shard: int, dag_id: str, version: str | None) -> Revision | None:
    """What a plan was at a version, the newest without one: from the cache, if that is sure to know; None: there is no such plan."""
    number = None if version is None else number_of(version)
    cacheable = version is not None and is_marked(version) and settings.plan_cache()
    known = shard_cache.read(shard) if cacheable else None
    if known is not None and version in known.versions:
        found = _cached(known.text, dag_id, number)
        if found is not None:
            return found
    packed = _published(shard)
    if packed is None:
        return None
    text = unpack(packed)
    entry = find_entry(text, dag_id)
    if cacheable and version is not None:
        shard_cache.keep(shard, text, version, known)
    return None if entry is None else entry.at(number)


def _cached(text: str, dag_id: str, number: int | None) -> Revision | None:
    try:
        entry = find_entry(text, dag_id)
    except BrokenDocument:
        return None
    revision = None if entry is None else entry.at(number)
    return revision if revision is not None and number is not None and revision.number <= number else None


def _build(revision: Revision) -> DAG:
    from taskcenter_plugin.plans.dags import build_dag

    return build_dag(PlanDocument.load(revision.data))


def _build_all(shard: int, entries: dict[str, ShardEntry]) -> dict[str, DAG]:
    dags = {}
    look = bundle.current_look
    left_out = look.left_out_of(shard) if look is not None else frozenset()
    for dag_id, entry in entries.items():
        newest = entry.revisions[0]
        if not entry.live or dag_id in left_out or (look is not None and not look.knows(newest.number)):
            # A plan that changed after the bundle was looked at is registered already, and comes with the next look: under this
            # look's version its runs would start on what it was before.
            continue
        try:
            dags[dag_id] = _build(newest)
        except Exception as error:
            log.exception("The DAG %s of a plan cannot be built: %s", dag_id, error)
    return dags
