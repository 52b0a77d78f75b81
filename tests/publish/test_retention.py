from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings

TWO = DatabaseSettings(keep_publications=2, lock_timeout_ms=300)
KEPT = "SELECT as_of::text FROM recsys.publication ORDER BY 1"
PARTS = "SELECT count(*) FROM pg_class WHERE relname ~ '^recommendation_list_[0-9]+$'"
Write = Any
Ask = Callable[..., list[tuple[Any, ...]]]


def publish_days(store: str, write: Write, *days: int) -> list[str]:
    return [publish(store, write({"u": [("a", 1.0)]}, f"2026-01-{day:02}"), TWO).published for day in days]


def test_beside_a_new_publication_the_newest_are_kept(store: str, write: Write, ask: Ask) -> None:
    publish_days(store, write, 1, 2, 3, 4)
    assert ask(KEPT) == [("2026-01-02",), ("2026-01-03",), ("2026-01-04",)]
    assert ask(PARTS) == ask("SELECT count(*) FROM recsys.fallback_list") == [(3,)]


def test_the_live_publication_is_kept_however_old(store: str, write: Write, ask: Ask) -> None:
    publish_days(store, write, 2, 3)
    rollback(store)
    publish_days(store, write, 1)
    assert ask(KEPT) == [("2026-01-02",), ("2026-01-03",)]
    assert ask("SELECT DISTINCT as_of::text FROM recommendations") == [("2026-01-02",)]


def test_a_day_older_than_all_that_are_kept_is_not_stored(store: str, write: Write, ask: Ask) -> None:
    assert publish_days(store, write, 2, 3, 1)[-1] == "not kept: later days fill what is kept"
    assert ask(KEPT) == [("2026-01-02",), ("2026-01-03",)]


def test_a_long_running_reader_delays_the_cleaning_and_nothing_else(
    store: str, write: Write, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    publish_days(store, write, 1, 2, 3)
    with psycopg2.connect(store) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT * FROM recommendations")
        assert publish_days(store, write, 4) == ["yes"]
        assert "dropped next time" in caplog.text
        assert ask("SELECT DISTINCT as_of::text FROM recommendations") == [("2026-01-04",)]
    assert ask(PARTS) == [(4,)]
    publish_days(store, write, 5)
    assert ask(PARTS) == [(3,)]
    assert ask(KEPT) == [("2026-01-03",), ("2026-01-04",), ("2026-01-05",)]
