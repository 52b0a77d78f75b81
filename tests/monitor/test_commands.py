from datetime import date

import psycopg2
import pytest
from typer.testing import CliRunner

from recsys.cli import app
from recsys.monitor import record
from recsys.monitor.measures import Measure

MEASURES = [
    Measure("events", 360),
    Measure("lag_days", 4, bound=2, over=True),
    Measure("quality", 0.1, "warm/recsys/all", 0.09, 0.11),
]


@pytest.fixture(autouse=True)
def _recorded(watched: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", watched)
    with psycopg2.connect(watched) as db, db.cursor() as cursor:
        cursor.execute("DELETE FROM recsys.monitor")
        record.replace(cursor, date(2026, 1, 5), MEASURES)


def lines(*arguments: str) -> list[list[str]]:
    told = CliRunner().invoke(app, ["monitor", *arguments])
    assert told.exit_code == 0, told.output
    return [line.split() for line in told.output.splitlines()]


def test_the_last_day_is_shown_with_what_is_over_its_bound() -> None:
    assert lines()[0] == ["as", "of", "2026-01-05"]
    assert lines()[2:] == [
        ["events", "360"],
        ["lag_days", "4", "2", "over"],
        ["quality", "warm/recsys/all", "0.1", "0.09", "to", "0.11"],
    ]
    assert lines("--over")[2:] == [["lag_days", "4", "2", "over"]]


def test_a_day_that_was_not_watched_shows_nothing() -> None:
    assert lines("--as-of", "2026-01-04") == [["nothing", "is", "recorded", "of", "2026-01-04"]]
