"""The stages of a run as a table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from recsys.artifacts import Manifest
from recsys.pages.run import Task, table

INGEST = {
    "events": 90,
    "items": 20,
    "users": 0,
    "follows": 0,
    "duplicate events": 7,
    "events later than as_of": 0,
    "quarantined: no item (events)": 3,
    "items without text": 2,
}


def task(name: str, minute: int | None, rows: dict[str, int] | None = None, **given: Any) -> Task:
    started = None if minute is None else datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    made = None if rows is None else Manifest(name, "2026-01-01", "f", "u", rows, seconds=1.5, peak_memory_mb=300)
    return Task(name, given.get("shard", -1), "success" if rows else "running", 1, started, made, "")


def test_rows_come_in_the_order_in_which_they_began_and_what_waits_is_last() -> None:
    rows = table(
        [
            task("publish", None),
            task("rank", 3, {"users": 1}, shard=1),
            task("rank", 3, {}, shard=0),
            task("begin", 0),
            task("ingest", 1, INGEST),
        ]
    )
    assert [row.name for row in rows] == ["begin", "ingest", "rank[0]", "rank[1]", "publish"]


def test_ingest_was_given_what_it_kept_and_what_it_left_out() -> None:
    (row,) = table([task("ingest", 1, INGEST)])
    assert row.read == {"events": 100, "items": 20}
    assert row.made == {"events": 90, "items": 20}
    assert row.dropped == {"duplicate events": 7, "quarantined: no item (events)": 3, "items without text": 2}


def test_a_later_stage_was_given_what_ingest_kept() -> None:
    rows = table([task("ingest", 1, INGEST), task("interests", 2, {"interests": 3, "events of bots": 4})])
    assert rows[1].read == {"events": 90, "items": 20}
    assert (rows[1].made, rows[1].dropped) == ({"interests": 3}, {"events of bots": 4})
    assert (rows[1].seconds, rows[1].memory_mb, rows[1].cached) == (1.5, 300, False)


def test_a_task_without_a_manifest_says_its_state_alone() -> None:
    (row,) = table([task("ranker", 1)])
    assert (row.name, row.state, row.seconds, row.cached, dict(row.read)) == ("ranker", "running", None, None, {})
