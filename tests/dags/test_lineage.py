"""A day is told to OpenLineage, whose file transport writes down every event."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import recsys_lineage

Event = dict[str, Any]


@pytest.fixture(scope="module")
def completed(days: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Event]:
    """The event of the end of each task that is no shard but the first."""
    file = tmp_path_factory.mktemp("lineage") / "events"
    conf = {"source": "files", "events": "s3://shop/events.parquet", "items": "/data/items.parquet", "shards": 1}
    lived = days(
        {"day": {"conf": conf}},
        AIRFLOW__OPENLINEAGE__TRANSPORT=json.dumps({"type": "file", "log_file_path": str(file), "append": True}),
        AIRFLOW__OPENLINEAGE__EXTRACTORS="recsys_lineage.StageLineage",
    )
    assert lived["day"]["state"] == "success", lived["log"][-5000:]
    events = [json.loads(line) for line in file.read_text().splitlines()]
    return {event["job"]["name"]: event for event in events if event["eventType"] == "COMPLETE"}


def names(datasets: list[Event]) -> list[str]:
    return [f"{one['namespace']} {one['name']}" for one in datasets]


def test_the_source_is_what_the_first_stage_reads(completed: dict[str, Event]) -> None:
    read = completed["recsys_daily.ingest"]["inputs"]
    assert names(read) == ["s3://shop events.parquet", "file /data/items.parquet"]


def test_what_a_stage_wrote_is_what_the_next_one_reads(completed: dict[str, Event]) -> None:
    (written,) = completed["recsys_daily.ingest"]["outputs"]
    assert written["namespace"] == "file"
    assert written["name"].endswith("/store/ingest")
    (read,) = completed["recsys_daily.features"]["inputs"]
    assert (read["name"], read["facets"]["version"]["datasetVersion"]) == (written["name"], "ingest-0")


def test_a_publication_is_told_with_its_rows_and_fingerprint(completed: dict[str, Event]) -> None:
    event = completed["recsys_daily.publish"]
    (written,) = event["outputs"]
    assert names([written]) == ["recsys publication"]
    assert written["facets"]["version"]["datasetVersion"] == "17"
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 8
    facet = event["run"]["facets"]["recsys_stage"]
    assert (facet["stage"], facet["fingerprint"], facet["rows"]) == (
        "publish",
        "publish-0",
        {"recommendations": 8, "inputs": 8},
    )


def test_a_task_that_runs_no_stage_reads_and_writes_nothing(completed: dict[str, Event]) -> None:
    event = completed["recsys_daily.begin"]
    assert (event["inputs"], event["outputs"], "recsys_stage" in event["run"]["facets"]) == ([], [], False)


def test_no_password_of_a_store_is_told() -> None:
    assert recsys_lineage._name("files", "s3://key:secret@shop/events") == ("s3://shop", "events")
