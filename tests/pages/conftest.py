"""A serving store with two publications of two users, and the files that the live one was made from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import psycopg2
import pytest
from psycopg2.extensions import connection

from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from tests.publish.conftest import Write, serving, store, write, write_item_lists

__all__ = ["serving", "store", "write"]

ANN, BOB = "ann", "<script>alert(1)</script>"
TITLE = "<img src=x onerror=alert(2)>"
ITEM_LISTS = {("similar", "a"): [("b", 0.75), ("c", 0.5)], ("next", "b"): [("a", 4.0)]}
METRICS = {"warm ndcg@10": 0.2, "warm ndcg@10_low": 0.1, "warm ndcg@10_high": 0.25}


@dataclass(frozen=True)
class Shown:
    """Where everything lies."""

    dsn: str
    folder: Path
    first: int
    live: int


def make_files(folder: Path) -> None:
    days = pd.to_datetime(["2026-01-03", "2026-01-05", "2026-01-04"], utc=True)
    pd.DataFrame(
        {
            "user_id": [ANN, ANN, BOB],
            "item_id": ["b", "d", "a"],
            "action": ["play", "rate", "buy"],
            "occurred_at": days,
            "value": [None, 4.5, None],
            "domain": "",
            "event_id": ["1", "2", "3"],
        }
    ).to_parquet(folder / "events.parquet")
    pd.DataFrame(
        {
            "item_id": ["a", "b", "c", "d"],
            "title": [TITLE, "Beta", "", "Delta"],
            "category": ["x", "y", "", "z"],
            "available": [True, True, True, False],
        }
    ).to_parquet(folder / "items.parquet")
    (folder / "item_lists").mkdir()
    pd.DataFrame({"item_id": ["a", "b", "c", "d"], "users": [1234, 1, 0, 1]}).to_parquet(
        folder / "item_lists" / "items.parquet"
    )
    donors = [{"donor": "follows", "share": 0.75, "voices": 8}, {"donor": "population", "share": 0.25, "voices": 0}]
    pd.DataFrame(
        {
            "user_id": [ANN],
            "evidence": [1.5],
            "alpha": [0.4],
            "observed": [[0.9, 0.1]],
            "transferred": [[0.6, 0.4]],
            "donors": [donors],
        }
    ).to_parquet(folder / "trace.parquet")
    pd.DataFrame({"interest": [0, 1], "name": ["Space & war", "Love"]}).to_parquet(folder / "interests.parquet")
    rows = [
        ("warm", arm, segment, "ndcg@10", value, value / 2, value * 2, users)
        for arm, value in (("recsys", 0.2), ("popularity", 0.1))
        for segment, users in (("all", 9), ("1-3", 4))
    ]
    pd.DataFrame(rows, columns=["protocol", "arm", "segment", "metric", "value", "low", "high", "users"]).to_parquet(
        folder / "metrics.parquet"
    )


def look_back(folder: Path) -> None:
    """Puts hindsight of two days in front of the evaluation."""
    metrics = pd.read_parquet(folder / "metrics.parquet")
    first = metrics.assign(
        protocol="hindsight", value=metrics["value"] / 4, low=metrics["low"] / 4, high=metrics["high"] / 4, users=5
    )
    pd.concat([first, metrics]).to_parquet(folder / "metrics.parquet")
    days = [
        ("2026-01-07", "popularity", 4, 0.02, 0.0, 0.04),
        ("2026-01-07", "recsys", 4, 0.03, 0.01, 0.05),
        ("2026-01-09", "popularity", 5, 0.03, 0.0, 0.04),
        ("2026-01-09", "recsys", 5, 0.06, 0.02, 0.1),
    ]
    pd.DataFrame(days, columns=["as_of", "arm", "users", "value", "low", "high"]).to_parquet(
        folder / "hindsight.parquet"
    )


@pytest.fixture
def shown(store: str, write: Write, tmp_path: Path) -> Shown:
    """The second of two publications is live; the first was of the day before, for one user."""
    folder = tmp_path / "files"
    folder.mkdir()
    make_files(folder)
    manifest = {
        "metrics": METRICS,
        "inputs": {stage: [str(folder)] for stage in ("ingest", "transfer", "evaluate")}
        | {"item_lists": [str(folder / "item_lists")]},
        "manifests": {"interests": [{"rows": {"users": 4}, "metrics": {"drift_mean": 0.05}}]},
    }
    limits = DatabaseSettings(min_overlap=0, actor="ann of operations")
    first = publish(store, replace(write({ANN: [("a", 1.0)]}, "2026-01-09"), manifest=manifest), limits)
    lists = {ANN: [("a", 0.9), ("c", 0.1)], BOB: [("b", 0.5)]}
    second = replace(
        write(lists), manifest=manifest, trace=folder / "trace.parquet", interests=folder / "interests.parquet"
    )
    made = publish(store, replace(second, item_lists=write_item_lists(folder, ITEM_LISTS)), limits)
    assert first.pub_id is not None
    assert made.pub_id is not None
    return Shown(store, folder, first.pub_id, made.pub_id)


@pytest.fixture
def db(shown: Shown) -> Iterator[connection]:
    """The connection through which the pages look."""
    with closing(psycopg2.connect(shown.dsn)) as opened:
        yield opened
