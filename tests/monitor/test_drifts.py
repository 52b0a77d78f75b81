"""A planted turn of what users do is found, and only where it was planted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from recsys.monitor.drifts import drifts
from recsys.monitor.measures import Measure
from recsys.settings import MonitorSettings
from tests.ingested import numbered

ITEMS = ["book-1", "book-2", "film-1", "film-2"]
CATEGORIES = ["Book|Drama", "", "Film|Drama", "Film"]
FILMS_AND_BOOKS = np.array([[0.0, 1.0], [0.1, 0.9], [1.0, 0.0], [0.9, 0.1]])
LAST = date(2026, 3, 31)


def events(newest: list[str], before: list[str], action: str = "play") -> pd.DataFrame:
    """Ten users a day for 35 days, each with one event: items in turn, those `newest` in the last 7 days."""
    rows = []
    for back in range(35):
        for number_ in range(10):
            items = newest if back < 7 else before
            rows.append(
                {
                    "user_id": f"u{(back * 7 + number_) % 50:02}",
                    "item_id": items[(back + number_) % len(items)],
                    "action": action if back < 7 else "play",
                    "value": np.nan,
                    "occurred_at": datetime(2026, 3, 31, number_, tzinfo=UTC) - timedelta(days=back),
                    "event_id": f"{back}-{number_}",
                }
            )
    return pd.DataFrame(rows)


def measured(table: pd.DataFrame, timed: bool = True) -> dict[str, Measure]:
    made = numbered(table, pd.DataFrame({"item_id": ITEMS, "title": ITEMS, "category": CATEGORIES}))
    known = replace(made.tables, timed=timed)
    found = drifts(known, made.actions, FILMS_AND_BOOKS, MonitorSettings(), np.random.default_rng(7))
    return {one.metric: one for one in found}


def test_without_a_turn_there_is_no_drift() -> None:
    found = measured(events(ITEMS, ITEMS))
    assert {name: (one.value, one.over) for name, one in found.items()} == dict.fromkeys(
        ("interest_drift", "psi_actions", "psi_categories"), (0.0, False)
    )


def test_a_turn_from_films_to_books_is_drift_of_interests_and_categories_but_not_of_actions() -> None:
    found = measured(events(ITEMS[:2], ITEMS[2:]))
    assert (found["interest_drift"].over, found["psi_categories"].over, found["psi_actions"].over) == (
        True,
        True,
        False,
    )
    assert 0.7 < found["interest_drift"].value < 1
    assert found["psi_actions"].value == 0


def test_other_actions_on_the_same_items_are_drift_of_actions_alone() -> None:
    found = measured(events(ITEMS, ITEMS, action="like"))
    assert [name for name, one in found.items() if one.over] == ["psi_actions"]


def test_where_an_order_stands_in_for_times_nothing_is_compared() -> None:
    assert measured(events(ITEMS, ITEMS), timed=False) == {}


def test_a_history_of_a_week_has_nothing_to_be_compared_with() -> None:
    table = events(ITEMS, ITEMS)
    week = pd.Timestamp(LAST - timedelta(days=6), tz="UTC")
    assert measured(table[table["occurred_at"] >= week]) == {}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    table = events(ITEMS[1:], ITEMS)
    assert measured(table.sample(frac=1, random_state=seed)) == measured(table)
