"""What stages read and write, as OpenLineage names it: an extractor for `[openlineage] extractors`.

Needs apache-airflow-providers-openlineage, and is imported by it alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attr
from airflow.providers.openlineage.extractors.base import BaseExtractor, OperatorLineage
from openlineage.client.event_v2 import InputDataset, OutputDataset
from openlineage.client.facet_v2 import RunFacet, dataset_version_dataset, output_statistics_output_dataset

from recsys.artifacts import Manifest
from recsys.settings import SourceSettings
from recsys.stages import stage_of

Lineage = OperatorLineage[Any, Any]


@attr.define
class StageRunFacet(RunFacet):
    """Rows by name, such as events and quarantined, and the fingerprint of a result."""

    stage: str
    fingerprint: str
    rows: dict[str, int]
    cached: bool


class StageLineage(BaseExtractor):
    """Datasets of a task that ran a stage; tasks that ran none have none."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        """Tasks that are functions."""
        return ["_PythonDecoratedOperator"]

    def _execute_extraction(self) -> Lineage | None:
        return None

    def extract_on_complete(self, task_instance: Any) -> Lineage | None:  # noqa: ARG002
        """What the stage read and wrote, with versions and row counts."""
        ran = getattr(self.operator, "ran", None)
        if ran is None:
            return None
        source, given, made = ran
        facet = StageRunFacet(made.stage, made.fingerprint, dict(made.rows), made.cached)
        inputs = [_input(manifest) for several in given.values() for manifest in several if _in_store(manifest)]
        if not stage_of(made.stage).needs:
            inputs = list(_read(source, made))
        return OperatorLineage(inputs=inputs, outputs=list(_written(made)), run_facets={"recsys_stage": facet})


def _read(source: SourceSettings, made: Manifest) -> Iterable[InputDataset]:
    """The tables of the source; the version of its content stands where the stage took one."""
    digest = made.facts.get("dataset_digest", "")
    tables = {name: getattr(source, name) for name in ("events", "items", "users", "follows")}
    named = {name: uri for name, uri in tables.items() if uri} if source.kind != "movielens" else {"events": "ratings"}
    for uri in named.values():
        yield InputDataset(*_name(source.kind, uri), facets=_version(digest))


def _written(made: Manifest) -> Iterable[OutputDataset]:
    if _in_store(made):
        yield OutputDataset(*_name("store", made.uri), facets=_version(made.fingerprint))
    elif made.stage == "publish":
        count = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(made.rows.get("recommendations"))
        version = _version(made.facts.get("publication", ""))
        yield OutputDataset("recsys", "publication", facets=version, outputFacets={"outputStatistics": count})


def _input(made: Manifest) -> InputDataset:
    return InputDataset(*_name("store", made.uri), facets=_version(made.fingerprint))


def _in_store(made: Manifest) -> bool:
    return stage_of(made.stage).stored


def _version(version: str) -> dict[str, Any]:
    return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(version)} if version else {}


def _name(kind: str, uri: str) -> tuple[str, str]:
    """Namespace and name as OpenLineage has them: the bucket, or `file`; of what is no file, the kind of the source.

    >>> _name("files", "s3://events/2026/01.parquet")
    ('s3://events', '2026/01.parquet')
    >>> _name("files", "s3://key:secret@events/a@b/01.parquet")
    ('s3://events', 'a@b/01.parquet')
    >>> _name("files", "/data/events.parquet")
    ('file', '/data/events.parquet')
    """
    scheme, found, rest = uri.partition("://")
    if found and scheme != "file":
        place, _, path = rest.partition("/")
        return f"{scheme}://{place.rpartition('@')[2]}", path
    return ("file", rest or uri) if kind in ("files", "store") else (kind, uri)
