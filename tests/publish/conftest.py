"""A serving store with its tables, and drafts written by hand."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.publish.draft import Draft
from recsys.publish.migrations import migrate
from recsys.standalone.postgres import Server
from tests.publish.day import Day, make

Entries = Sequence[tuple[str, float]]
Write = Callable[..., Draft]
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def serving(postgres: Server) -> str:
    """Connection string of the one database in which the stores of all tests lie, one after another."""
    dsn = postgres.create_database("serving", "serving")
    with closing(psycopg2.connect(dsn)) as db, db, db.cursor() as cursor:  # a disk of tests need not be waited for
        cursor.execute("ALTER DATABASE serving SET synchronous_commit = off")
    return dsn


@pytest.fixture
def store(serving: str) -> str:
    """Connection string of a store that holds nothing yet."""
    with closing(psycopg2.connect(serving)) as db, db, db.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = current_user"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        cursor.execute("DROP SCHEMA IF EXISTS recsys CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        cursor.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
    migrate(serving)
    return serving


@pytest.fixture
def ask(store: str) -> Ask:
    """Rows of a query, as the owner sees them."""

    def rows(query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg2.connect(store) as db, db.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    return rows


def write_lists(file: Path, key: str, lists: Mapping[str, Entries]) -> None:
    columns = {
        key: list(lists),
        "item_ids": [[item for item, _ in entries] for entries in lists.values()],
        "scores": pa.array([[score for _, score in entries] for entries in lists.values()], pa.list_(pa.float32())),
        "reasons": [[f"because of {item}" for item, _ in entries] for entries in lists.values()],
        "terms": [[f"signal {score:+.2f}; rest +0.00" for _, score in entries] for entries in lists.values()],
    }
    pq.write_table(pa.table(columns), file)


def write_item_lists(folder: Path, lists: Mapping[tuple[str, str], Entries]) -> Path:
    """The file of lists without a user, by kind and key."""
    columns = {
        "kind": [kind for kind, _ in lists],
        "key": [key for _, key in lists],
        "item_ids": [[item for item, _ in entries] for entries in lists.values()],
        "scores": pa.array([[score for _, score in entries] for entries in lists.values()], pa.list_(pa.float32())),
    }
    pq.write_table(pa.table(columns), folder / "item_lists.parquet")
    return folder / "item_lists.parquet"


def make_draft(
    folder: Path, lists: Mapping[str, Entries], day: str = "2026-01-10", items: Sequence[str] = ("a", "b", "c")
) -> Draft:
    """A draft of the lists given, each in a file; the catalogue holds the items, and d, which is unavailable."""
    folder.mkdir()
    known, available = [*items, "d"], [True] * len(items) + [False]
    catalogue = {
        "item_id": known,
        "title": known,
        "available": available,
        "category": [f"kind {item}|all" for item in known],
    }
    pq.write_table(pa.table(catalogue), folder / "items.parquet")
    write_lists(folder / "fallback.parquet", "audience", {"population": [("c", 0.5), ("b", 0.25)]})
    files = []
    for number, user in enumerate(lists):
        files.append(folder / f"lists-{number}.parquet")
        write_lists(files[-1], "user_id", {user: lists[user]})
    return Draft(
        date.fromisoformat(day),
        "model-1",
        folder.name,
        tuple(files),
        folder / "fallback.parquet",
        folder / "items.parquet",
        {"metrics": {"ndcg@10": 0.1}},
    )


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Drafts, each in a folder of its own."""
    numbers = itertools.count()
    return lambda *given, **named: make_draft(tmp_path / str(next(numbers)), *given, **named)


@pytest.fixture(scope="session")
def day(shop: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A whole day of the shop; tests must not change it, but a copy."""
    return make(shop, tmp_path_factory.mktemp("day"))


@pytest.fixture
def mine(day: Day, tmp_path: Path) -> Day:
    """The same day in a store of the test's own."""
    return day.copied(tmp_path / "mine")
