import time
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from recsys.publish import roles, space
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings

LIMITS = DatabaseSettings(min_overlap=0)
Ask = Callable[..., list[tuple[Any, ...]]]
Write = Any
SHOWN = """
    INSERT INTO recsys.feedback (pub_id, user_id, item_id, action, occurred_at, audience)
    SELECT 1, 'u' || number, 'a', 'impression', now(), 'user' FROM generate_series(1, 40) AS number
"""


def table(store: str, name: str, settled: Callable[[space.Table], bool]) -> space.Table:
    """A table once its counts are as awaited, since Postgres tells of rows a little later."""
    until = time.monotonic() + 30
    while True:
        with psycopg2.connect(store) as db, db.cursor() as work:
            found = {each.name: each for each in space.tables(work)}[name]
        if settled(found) or time.monotonic() > until:
            return found
        time.sleep(0.1)


def test_rows_that_were_deleted_are_dead_until_they_are_vacuumed(store: str) -> None:
    with psycopg2.connect(store) as db, db.cursor() as work:
        work.execute(SHOWN)
    with psycopg2.connect(store) as db, db.cursor() as work:
        work.execute("DELETE FROM recsys.feedback WHERE user_id < 'u2'")
    found = table(store, "feedback", lambda now: now.dead == 11)
    assert (found.live, found.dead, found.vacuumed) == (29, 11, None)
    assert str(found) == "feedback 11 dead rows of 40 (last vacuum: never)"
    db = psycopg2.connect(store)
    db.autocommit = True
    with db.cursor() as work:
        work.execute("VACUUM recsys.feedback")
    db.close()
    found = table(store, "feedback", lambda now: now.dead == 0)
    assert (found.dead, found.vacuumed is None) == (0, False)


def test_tables_of_all_publications_count_as_one(store: str, write: Write) -> None:
    for day in ("2026-01-09", "2026-01-10"):
        publish(store, write({"u1": [("a", 1.0)], "u2": [("b", 1.0)]}, day), LIMITS)
    assert table(store, "recommendation_list", lambda now: now.live == 4).live == 4


def test_a_publisher_frees_the_space_of_what_it_deletes_where_postgres_has_a_right_for_that(store: str) -> None:
    db = psycopg2.connect(store)
    roles.act_as_publisher(db)
    if db.server_version < roles.VACUUM_VERSION:
        pytest.skip("left to autovacuum before Postgres 17")
    db.autocommit = True
    with db.cursor() as work:
        for name in ("feedback", "feedback_quarantine", "overlay_list"):
            work.execute(f"VACUUM recsys.{name}")
        assert db.notices == []
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            work.execute("DROP TABLE recsys.feedback")
    db.close()


def test_dead_rows_of_feedback_are_removed_at_a_fiftieth_of_the_table(ask: Ask) -> None:
    assert ask("SELECT reloptions FROM pg_class WHERE oid = 'recsys.feedback'::regclass") == [
        (["autovacuum_vacuum_scale_factor=0.02"],)
    ]
