"""What jobs tell OpenLineage, whichever system they run on: data sets in and out, and columns.

The OpenLineage provider is imported only when it asks, and by name: neither is needed to use or to check this package.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

from taskcenter.core.errors import RemoteError

log = logging.getLogger(__name__)


class Dataset(NamedTuple):
    """A data set by OpenLineage's naming: where it is, and its name there."""

    namespace: str
    name: str


class Column(NamedTuple):
    """A column of a data set."""

    dataset: Dataset
    name: str


@dataclass
class Lineage:
    """What a job read and wrote.

    :ivar inputs: what it read, each once.
    :ivar outputs: what it wrote, each with its columns and those that each was made of, as far as that is known.
    :ivar sql: the statements, where it ran some.
    """

    inputs: dict[Dataset, None] = field(default_factory=dict)
    outputs: dict[Dataset, dict[str, dict[Column, None]]] = field(default_factory=dict)
    sql: str | None = None

    def read(self, dataset: Dataset) -> None:
        """Add an input."""
        self.inputs.setdefault(dataset)

    def wrote(self, dataset: Dataset, columns: Mapping[str, Iterable[Column]] | None = None) -> None:
        """Add an output, or further origins of its columns."""
        known = self.outputs.setdefault(dataset, {})
        for name, origins in (columns or {}).items():
            known.setdefault(name, {}).update(dict.fromkeys(origins))


def tell(job: str, read: Callable[[], Lineage]) -> Any:
    """The lineage as the OpenLineage provider takes it.

    :param job: for the log.
    :return: an ``OperatorLineage``; None where the lineage cannot be told, which is no reason for a task to fail.
    """
    try:
        return as_openlineage(read())
    except (RemoteError, ImportError) as error:
        log.warning("The lineage of job %s could not be told: %s", job, error)
        return None


def as_openlineage(lineage: Lineage) -> Any:
    """As the OpenLineage provider takes it.

    :return: an ``OperatorLineage``.
    :raises ImportError: the OpenLineage provider is not installed.
    """
    extractors = import_module("airflow.providers.openlineage.extractors")
    events = import_module("openlineage.client.event_v2")
    facets = {}
    if lineage.sql is not None:
        facets["sql"] = import_module("openlineage.client.facet_v2").sql_job.SQLJobFacet(query=lineage.sql)
    return extractors.OperatorLineage(
        inputs=[events.InputDataset(namespace=each.namespace, name=each.name) for each in lineage.inputs],
        outputs=[
            events.OutputDataset(namespace=each.namespace, name=each.name, facets=_column_facets(columns))
            for each, columns in lineage.outputs.items()
        ],
        job_facets=facets,
    )


def _column_facets(columns: Mapping[str, Iterable[Column]]) -> dict[str, Any]:
    """Where each column of an output comes from."""
    if not columns:
        return {}
    facets = import_module("openlineage.client.facet_v2").column_lineage_dataset
    fields = {name: facets.Fields(inputFields=_input_fields(facets, list(found))) for name, found in columns.items()}
    return {"columnLineage": facets.ColumnLineageDatasetFacet(fields=fields)}


def _input_fields(facets: Any, columns: Sequence[Column]) -> list[Any]:
    return [
        facets.InputField(namespace=column.dataset.namespace, name=column.dataset.name, field=column.name)
        for column in columns
    ]
