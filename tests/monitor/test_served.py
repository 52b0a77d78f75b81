"""Answers that are not the user's own are counted, though readers' transactions only read."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import date

import psycopg2
import pytest
from psycopg2.extensions import cursor

from recsys.monitor import record
from recsys.monitor.measures import Measure
from recsys.monitor.served import served
from recsys.publish.migrations import migrate

DAY = date(2026, 1, 20)
MEASURES = {"fallbacks", "answers"}


@pytest.fixture
def ask(watched: str) -> Callable[..., None]:
    """Asks once, as an application does that may only read."""

    def once(user_id: str, call: str = "recommend(%s, 3)") -> None:
        with closing(psycopg2.connect(watched)) as db, db, db.cursor() as reading:
            db.set_session(readonly=True)
            reading.execute(f"SELECT * FROM {call}", (user_id,))

    return once


def counted(work: cursor, day: date, settled: tuple[int, int] | None = None) -> dict[tuple[str, str], float]:
    """What is served so far; `settled` is awaited, since Postgres tells of calls a little later."""
    until = time.monotonic() + 30
    while True:
        work.execute("SELECT pg_stat_clear_snapshot()")
        found = {(one.metric, one.part): one.value for one in served(work, day)}
        if settled is None or (found.get(("fallbacks", "")), found.get(("answers", ""))) == settled:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.05)


def test_fallbacks_are_those_since_the_day_recorded_before(work: cursor, ask: Callable[..., None]) -> None:
    ask("a stranger")
    counted(work, DAY, settled=(1, 1))
    record.replace(work, DAY, list(served(work, DAY)))
    for call in ("recommend(%s, 3)", "recommend_list(%s)"):
        ask("another stranger", call)
    found = counted(work, date(2026, 1, 21), settled=(2, 2))
    assert found[("fallbacks", "so far")] == 3


def test_a_counter_that_began_anew_is_taken_as_it_is(work: cursor, ask: Callable[..., None]) -> None:
    ask("a stranger")
    record.replace(work, DAY, [Measure(metric, 1e6, "so far") for metric in MEASURES])
    found = counted(work, date(2026, 1, 21))
    assert 0 < found[("fallbacks", "")] == found[("fallbacks", "so far")] < 1e6


def test_where_postgres_counted_nothing_nothing_is_said(database: str) -> None:
    migrate(database)
    with closing(psycopg2.connect(database)) as db, db.cursor() as fresh:
        assert list(served(fresh, DAY)) == []
