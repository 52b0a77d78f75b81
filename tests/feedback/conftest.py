"""A serving store in which two users are shown lists, and feedback that is written by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from tests.publish.conftest import Write, ask, serving, store, write

__all__ = ["ask", "serving", "store", "write"]

NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
"""The last midnight."""
TODAY = NOW.date()
LISTS = {"ann": [("a", 3.0), ("b", 2.0), ("c", 1.0)], "bob": [("b", 2.0), ("a", 1.0)]}

Done = tuple[str, str, str, float]
"""User, item, action, and how many days before midnight."""
Report = Callable[[Sequence[Done]], None]


@pytest.fixture
def shown(store: str, write: Write) -> str:
    """A store in which ann and bob have lists, since 50 days."""
    publish(store, write(LISTS), DatabaseSettings(min_overlap=0))
    with psycopg2.connect(store) as db, db.cursor() as cursor:
        cursor.execute("UPDATE recsys.publication SET created_at = now() - interval '50 days'")
    return store


@pytest.fixture
def report(shown: str) -> Report:
    """Records what was done, all of which is accepted."""

    def record(rows: Sequence[Done]) -> None:
        columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
        given = [f"1:{user}" for user in columns[0]], columns[1], columns[2], [moment(days) for days in columns[3]]
        with psycopg2.connect(shown) as db, db.cursor() as cursor:
            cursor.execute("SELECT * FROM record_feedback_batch(%s, %s, %s, %s)", given)
            assert cursor.fetchone() == (len(rows), 0, 0)

    return record


def moment(days: float) -> datetime:
    return NOW - timedelta(days=days)


def day(back: int) -> date:
    return TODAY - timedelta(days=back)
