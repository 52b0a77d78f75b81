import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.artifacts import Manifest
from recsys.errors import DataError, TransientError
from recsys.events import tables
from recsys.events.gauge import Gauge
from recsys.events.noise import Crowd
from recsys.events.ratings import Scale
from recsys.events.tables import Actions, Tables
from tests.ingested import number_tables
from tests.raw import times_of

EVENTS = pd.DataFrame(
    {
        "user_id": ["dan", "ann"],
        "item_id": ["rug", "mug"],
        "action": ["buy", "buy"],
        "occurred_at": pd.to_datetime(["1970-01-02", "1970-01-03"], utc=True),
        "value": [float("nan"), float("nan")],
        "domain": ["shop", None],
        "event_id": ["1", "2"],
    }
)
ITEMS = pd.DataFrame(
    {
        "item_id": ["mug", "rug", "sofa"],
        "title": ["Blue mug", "", None],
        "category": ["kitchen", None, "living|room"],
        "available": [True, False, True],
        "domain": ["", "", "house"],
    }
)
USERS = pd.DataFrame({"user_id": ["bob", "ann"], "country": ["France", "Spain"], "note": [None, None]})
FOLLOWS = pd.DataFrame({"follower_id": ["ann", "cat"], "followee_id": ["dan", "ann"], "weight": [2.0, None]})


@pytest.fixture
def known(tmp_path: Path) -> Tables:
    return read(tmp_path, EVENTS)


def read(folder: Path, events: pd.DataFrame) -> Tables:
    for name, table in {"events": events, "items": ITEMS, "users": USERS, "follows": FOLLOWS}.items():
        table.to_parquet(folder / f"{name}.parquet")
    number_tables(folder)
    return tables.read(manifest(folder))


def manifest(folder: Path) -> Manifest:
    return Manifest("ingest", "1970-01-31", "mark", folder.as_uri())


def test_users_are_those_of_every_table_sorted(known: Tables) -> None:
    assert known.user_ids.tolist() == ["ann", "bob", "cat", "dan"]


def test_an_item_without_a_title_is_called_by_its_id(known: Tables) -> None:
    assert known.item_ids.tolist() == ["mug", "rug", "sofa"]
    assert known.titles == ["Blue mug", "rug", "sofa"]
    assert known.categories == ["kitchen", "", "living|room"]
    assert known.available.tolist() == [True, False, True]


def test_events_point_at_rows_of_users_and_items(known: Tables) -> None:
    assert known.interactions.user.tolist() == [0, 3]
    assert known.interactions.item.tolist() == [0, 1]
    assert known.interactions.day.tolist() == [2, 1]


def test_the_graph_holds_links_from_follower_to_followee_and_a_missing_weight_is_1(known: Tables) -> None:
    assert known.side.graph.toarray().tolist() == [[0, 0, 0, 2], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_attributes_are_one_column_a_value_and_users_outside_the_table_have_none(known: Tables) -> None:
    assert list(known.side.values) == ["country=France", "country=Spain"]
    assert known.side.attributes.toarray().tolist() == [[0, 1], [1, 0], [0, 0], [0, 0]]


def test_an_item_is_of_the_domain_of_its_row_else_of_its_events(known: Tables) -> None:
    assert [known.side.domains[number] for number in known.side.domain] == ["", "shop", "house"]


def test_what_is_read_is_what_was_written_array_by_array(known: Tables, tmp_path: Path) -> None:
    repeated = replace(known.interactions, repeatable=np.array([True, False]), grade=np.array([1, 0.5], np.float32))
    again = tmp_path / "again"
    again.mkdir()
    gauge, acted = Gauge(Scale(3.5, 1.5), Crowd(60.0, 2.5)), Actions(np.array([1, 0], np.int16), ["buy", "view"])
    tables.write(replace(known, interactions=repeated), acted, gauge, again)
    found, done = tables.read(manifest(again)).interactions, tables.read_actions(manifest(again))
    assert tables.read_gauge(manifest(again)) == gauge
    assert (done.place.tolist(), done.names) == ([1, 0], ["buy", "view"])
    for column in ("user", "item", "weight", "day", "repeatable", "grade"):
        assert getattr(found, column).tolist() == getattr(repeated, column).tolist()
        assert getattr(found, column).dtype == getattr(repeated, column).dtype
    assert (found.n_users, found.n_items) == (4, 3)
    assert known.interactions.repeatable is None
    assert known.interactions.grade is None


def test_events_that_are_mapped_from_the_disk_cannot_be_changed(known: Tables) -> None:
    for column in ("user", "item", "weight", "day"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(known.interactions, column)[0] = 0


def test_tables_of_a_day_with_a_forgotten_user_are_refused(known: Tables, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest(tmp_path).to_dict()))
    (tmp_path / "numbered" / "names.json").unlink()
    with pytest.raises(DataError, match="forgotten since"):
        tables.read(manifest(tmp_path))


def test_a_store_that_is_away_forgot_nobody_and_another_try_may_help(known: Tables, tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="damaged or gone"):
        tables.read(manifest(tmp_path / "away"))


def test_what_an_earlier_version_ingested_has_no_gauge_and_says_what_to_do(known: Tables, tmp_path: Path) -> None:
    names = tmp_path / "numbered" / "names.json"
    names.write_text(
        json.dumps({name: said for name, said in json.loads(names.read_text()).items() if name != "gauge"})
    )
    with pytest.raises(DataError, match="run the daily job"):
        tables.read_gauge(manifest(tmp_path))


def test_a_day_ends_at_the_next_midnight() -> None:
    assert tables.end_of(date(1970, 1, 1)) == 1.0
    assert tables.end_of(date(2024, 2, 29)) == 19783.0


def test_a_run_asks_when_its_day_is_over_or_without_times_after_all_that_happened(tmp_path: Path) -> None:
    day, dated = date(1970, 1, 31), read(tmp_path, EVENTS)
    assert dated.request_time(day) == tables.end_of(day)
    listens = EVENTS.assign(action="listen", occurred_at=times_of(EVENTS[["user_id"]], date(1970, 1, 5)))
    undated = read(tmp_path, listens)
    assert undated.request_time(day) == undated.interactions.day.max() < 5


def test_events_are_timed_unless_an_order_stands_in_for_those_that_count(known: Tables, tmp_path: Path) -> None:
    listens = EVENTS.assign(action="listen", occurred_at=times_of(EVENTS[["user_id"]], date(1970, 1, 31)))
    tags = EVENTS.assign(action="tag", event_id=["3", "4"])
    assert known.timed
    assert not read(tmp_path, pd.concat([listens, tags])).timed
