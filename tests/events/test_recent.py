"""What came since an ingest, read alone, is what an ingest of everything would have added."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from recsys import results
from recsys.artifacts import Manifest
from recsys.events import recent, tables
from recsys.events.interactions import Interactions
from recsys.events.tables import Tables
from recsys.settings import Settings, load

DAY, NOW = date(2024, 1, 31), datetime(2024, 3, 1, tzinfo=UTC)
START = pd.Timestamp("2024-01-01", tz="UTC")
ITEMS = pd.DataFrame({"item_id": ["mug", "pan", "rug"], "title": ["Mug", "Pan", "Rug"]})


def source(folder: Path, events: pd.DataFrame, items: pd.DataFrame = ITEMS) -> Settings:
    folder.mkdir(exist_ok=True)
    events.to_parquet(folder / "events.parquet")
    items.to_parquet(folder / "items.parquet")
    files = [f"source.{name}={folder / name}.parquet" for name in ("events", "items")]
    return load(["source.kind=files", f"store={folder / 'store'}", *files])


def table(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    """Events (user, item, action, hours from the start, value)."""
    made = pd.DataFrame(rows, columns=["user_id", "item_id", "action", "hour", "value"])
    return made.assign(occurred_at=START + pd.to_timedelta(made.pop("hour"), "h"))


def ingest(settings: Settings) -> Manifest:
    return results.run("ingest", settings, DAY, {})


def of_user(known: Tables, history: Interactions, row: int) -> list[tuple[str, float, float]]:
    own = np.flatnonzero(history.user == row)
    return [
        (known.item_ids[history.item[at]], round(float(history.weight[at]), 6), round(history.day[at], 6)) for at in own
    ]


BEFORE = table(("ann", "mug", "rate", 1, 5), ("bob", "rug", "rate", 2, 1), ("ann", "pan", "buy", 3, np.nan))


def test_a_rating_that_came_since_is_on_the_scale_of_all_before(tmp_path: Path) -> None:
    hundred = table(*[(f"u{row}", "mug", "rate", row, 100.0 - row % 60) for row in range(60)])
    ingested = ingest(source(tmp_path, hundred))
    settings = source(tmp_path, pd.concat([hundred, table(("u0", "rug", "rate", 100, 4))]))
    came = recent.since(ingested, settings, DAY, NOW)
    assert came.interactions.weight.tolist() == [-1.0]


def test_what_is_new_to_the_catalogue_is_known_and_what_the_models_lack_is_left_out(tmp_path: Path) -> None:
    ingested = ingest(source(tmp_path, BEFORE))
    more = pd.concat([ITEMS, pd.DataFrame({"item_id": ["new"], "title": ["New"]})])
    new = table(("ann", "new", "buy", 9, np.nan), ("ann", "rug", "buy", 10, np.nan))
    came = recent.since(ingested, source(tmp_path, pd.concat([BEFORE, new]), more), DAY, NOW)
    assert came.item_ids.tolist() == ["mug", "new", "pan", "rug"]
    before = tables.read(ingested)
    history = recent.joined(before, came, ["ann", "nobody"])
    assert [item for item, _, _ in of_user(before, history, 0)] == ["mug", "pan", "rug"]
    assert of_user(before, history, 1) == []


def test_bad_events_and_those_of_the_future_are_left_out(tmp_path: Path) -> None:
    ingested = ingest(source(tmp_path, BEFORE))
    new = table(
        ("ann", "gone", "buy", 9, np.nan), ("ann", "rug", "buy", 9999, np.nan), ("bob", "mug", "buy", 9, np.nan)
    )
    came = recent.since(ingested, source(tmp_path, pd.concat([BEFORE, new])), DAY, NOW)
    assert came.user_ids.tolist() == ["bob"]


def test_without_anything_new_there_is_nobody(tmp_path: Path) -> None:
    settings = source(tmp_path, BEFORE)
    came = recent.since(ingest(settings), settings, DAY, NOW)
    assert (len(came.user_ids), len(came.interactions.user), len(came.item_ids)) == (0, 0, 3)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cat"]),
        st.sampled_from(["mug", "pan", "rug"]),
        st.sampled_from(["buy", "like", "rate"]),
        st.integers(0, 40),
        st.integers(1, 5),
    ),
    min_size=3,
    max_size=25,
    unique_by=lambda row: (row[0], row[3]),
)


@trying(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, cut=st.integers(1, 40))
def test_histories_are_those_of_an_ingest_of_everything(
    events: list[tuple[str, str, str, int, int]], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = table(*[(*row[:3], float(row[3]), float(row[4])) for row in (*events, ("zoe", "mug", "buy", 0, 5))])
    folder = tmp_path_factory.mktemp("cut")
    early = whole[whole["occurred_at"] < START + pd.Timedelta(cut, "h")]
    ingested = ingest(source(folder, early))
    settings = source(folder, whole)
    came, full = recent.since(ingested, settings, DAY, NOW), tables.read(ingest(settings))
    users, before = full.user_ids.tolist(), tables.read(ingested)
    joined = recent.joined(before, came, users)
    for row in range(len(users)):
        assert of_user(before, joined, row) == of_user(full, full.interactions, row)
