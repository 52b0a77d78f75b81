"""A serving store of the monitor's own, emptied before every test."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pandas as pd
import psycopg2
import pytest
from psycopg2.extensions import cursor

from recsys.artifacts import Manifest
from recsys.publish.migrations import migrate
from recsys.standalone.postgres import Server
from tests.publish.day import AS_OF, Day, make

QUALITY = {
    "protocol": ["warm"],
    "arm": ["recsys"],
    "segment": ["all"],
    "metric": ["ndcg@10"],
    "value": [0.1],
    "low": [0.09],
    "high": [0.11],
    "users": [30],
}


@pytest.fixture(scope="session")
def watched(postgres: Server) -> str:
    """Connection string of a store with its tables."""
    dsn = postgres.create_database("watched", "watched")
    migrate(dsn)
    return dsn


@pytest.fixture
def work(watched: str) -> Iterator[cursor]:
    """A cursor of the store's owner, where nothing is recorded; what a test does is undone."""
    with closing(psycopg2.connect(watched)) as db, db.cursor() as opened:
        opened.execute("DELETE FROM recsys.monitor")
        yield opened
        db.rollback()


@pytest.fixture(scope="session")
def day(shop: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day of the shop with an evaluation and a publication."""
    made = make(shop, tmp_path_factory.mktemp("watched"))
    folder = made.folder / "evaluated"
    folder.mkdir()
    pd.DataFrame(QUALITY).to_parquet(folder / "metrics.parquet")
    evaluated = Manifest("evaluate", str(AS_OF), "evaluate-1", str(folder))
    published = Manifest(
        "publish", str(AS_OF), "publish-1", str(folder), {"users": 30}, {}, {"published": "yes", "publication": "none"}
    )
    loaded = Manifest("load", str(AS_OF), "load-1", str(folder), cpu_seconds=1.5)
    return replace(made, made={**made.made, "load": (loaded,), "evaluate": (evaluated,), "publish": (published,)})


@pytest.fixture
def store(watched: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("RECSYS_DATABASE_URL", watched)
    with psycopg2.connect(watched) as db, db.cursor() as cursor:
        cursor.execute("DELETE FROM recsys.monitor")
    return watched
