"""A serving store of the monitor's own, emptied before every test."""

from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import cursor

from recsys.publish.migrations import migrate
from recsys.standalone.postgres import Server


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
