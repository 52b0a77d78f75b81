"""Folders of public data sets, under the names that their columns and files have."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.quality import data
from recsys.errors import SettingsError


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two users who each read three books in an order that the rows do not have; one follows the other."""
    monkeypatch.setenv("RECSYS_STORE", str(tmp_path / "store"))
    folder = tmp_path / "books"
    folder.mkdir()
    events = {
        "user_id": ["a", "a", "a", "b", "b", "b"],
        "item_id": ["z", "y", "x", "x", "y", "z"],
        "action": "read",
        "timestamp": pd.Series([None] * 6, dtype="Int64"),
        "pos": [2, 1, 0, 0, 1, 2],
    }
    items = {"item_id": ["x", "y", "z"], "title": ["war", "peace", "crime"], "category": ["old|long", "old", ""]}
    pd.DataFrame(events).to_parquet(folder / "events.parquet")
    pd.DataFrame(items).to_parquet(folder / "items.parquet")
    pd.DataFrame({"follower": ["a"], "followee": ["b"]}).to_parquet(folder / "social.parquet")
    return folder


def test_an_order_without_times_is_kept_and_only_the_last_event_is_hidden(given: Path) -> None:
    found = data.folder("books", given)
    assert found.catalogue.leave_last == 1
    assert found.interactions.item.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_social_file_is_the_graph_of_follows(given: Path) -> None:
    assert data.folder("books", given).world.side.graph.toarray().tolist() == [[0, 1], [0, 0]]


def test_with_times_as_many_events_are_hidden_as_by_day(given: Path) -> None:
    events = pd.read_parquet(given / "events.parquet")
    events.assign(timestamp=1_500_000_000 - events["pos"]).to_parquet(given / "events.parquet")
    found = data.folder("books", given)
    assert found.catalogue.leave_last == found.settings.evaluation.leave_last
    assert found.interactions.item.tolist() == [2, 1, 0, 2, 1, 0]


def test_categories_become_features_of_items(given: Path) -> None:
    assert data.folder("books", given).catalogue.categories.toarray().tolist() == [[1, 1], [0, 1], [0, 0]]


def test_a_folder_without_items_is_refused_by_name(given: Path) -> None:
    (given / "items.parquet").unlink()
    with pytest.raises(SettingsError, match="books"):
        data.folder("books", given)
