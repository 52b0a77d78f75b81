"""A serving store with three publications, the second of which is live, and feedback that is made by hand or drawn."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg2
import pytest
from psycopg2.extras import execute_values

from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from tests.publish.conftest import Write, ask, serving, store, write

__all__ = ["ask", "serving", "store", "write"]

LIMITS = DatabaseSettings(min_overlap=0, min_coverage=0)
FEEDBACK = """
    CREATE TABLE IF NOT EXISTS recsys.feedback (
        pub_id bigint, user_id text, item_id text, action text, occurred_at timestamptz, position int, signal text,
        audience text, experiment text, arm text, value double precision, received_at timestamptz DEFAULT now(),
        PRIMARY KEY (pub_id, user_id, item_id, action, occurred_at)
    );
    GRANT SELECT, INSERT, DELETE ON recsys.feedback TO serving_publisher
"""
Row = tuple[str, str, str, datetime]
"""User, item, action, when."""


@dataclass(frozen=True)
class Shop:
    """The store, its publications, and a way to make feedback."""

    dsn: str
    live: int
    other: int
    """Publication that is not live, of a later number."""

    def happen(self, rows: Sequence[Row], value: float | None = None) -> None:
        """Writes feedback of what users did."""
        made = [(1, user, item, action, when, "user", value) for user, item, action, when in rows]
        with closing(psycopg2.connect(self.dsn)) as db, db, db.cursor() as work:
            execute_values(
                work,
                "INSERT INTO recsys.feedback (pub_id, user_id, item_id, action, occurred_at,"
                " audience, value) VALUES %s",
                made,
                page_size=5000,
            )

    def passed(self, days: float) -> None:
        """Lets an experiment have begun so many days earlier."""
        with closing(psycopg2.connect(self.dsn)) as db, db, db.cursor() as work:
            work.execute("UPDATE recsys.experiment SET started_at = started_at - %s * interval '1 day'", (days,))
            work.execute("UPDATE recsys.experiment_step SET began_at = began_at - %s * interval '1 day'", (days,))

    def day(
        self, rng: np.random.Generator, users: int, rate: float, effect: float, shown: int = 5, lost: float = 0.0
    ) -> None:
        """A last hour in which every user sees something and clicks with a rate that is (1 + effect) in the arms.

        A share of the arms' users is `lost`.
        """
        with closing(psycopg2.connect(self.dsn)) as db, db, db.cursor() as work:
            work.execute(
                "SELECT 'u' || number, EXISTS (SELECT FROM recsys.arm"
                " WHERE recsys.bucket(key, 'u' || number) >= bucket_from"
                " AND recsys.bucket(key, 'u' || number) < bucket_to)"
                " FROM generate_series(0, %s - 1) AS number",
                (users,),
            )
            held = work.fetchall()
        now, rows = datetime.now(UTC) - timedelta(seconds=1), list[Row]()
        for user, treated in held:
            if treated and rng.random() < lost:
                continue
            clicks = rng.random(shown) < rate * (1 + effect * treated)
            for place in range(shown):
                rows.append((user, f"i{place}", "impression", now - timedelta(milliseconds=place)))
                if clicks[place]:
                    rows.append((user, f"i{place}", "click", now - timedelta(milliseconds=place)))
        self.happen(rows)


def lists(item: str) -> dict[str, list[tuple[str, float]]]:
    return {f"u{number}": [(item, 1.0)] for number in range(20)}


@pytest.fixture
def shop(store: str, write: Write) -> Shop:
    """Users' lists are `a` in the publication that is live, and `b` in the other one."""
    with closing(psycopg2.connect(store)) as db, db, db.cursor() as work:
        work.execute(FEEDBACK)
    first = publish(store, write(lists("a"), "2026-01-10"), LIMITS).pub_id
    other = publish(store, write(lists("b"), "2026-01-10"), LIMITS).pub_id
    rollback(store, first)
    assert first is not None
    assert other is not None
    return Shop(store, first, other)
