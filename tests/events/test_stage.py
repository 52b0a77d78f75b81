import logging
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from recsys import child, results
from recsys.artifacts import Manifest
from recsys.errors import DataError
from recsys.events import tables
from recsys.settings import EventSettings, Settings, SourceSettings

AS_OF = date(2024, 1, 31)
FILES = ("events.parquet", "items.parquet", "users.parquet", "follows.parquet", "quarantine.parquet")


@pytest.fixture
def settings(tmp_path: Path, events: pd.DataFrame, items: pd.DataFrame) -> Settings:
    events.to_parquet(tmp_path / "e.parquet")
    items.to_parquet(tmp_path / "i.parquet")
    source = SourceSettings(kind="files", events=str(tmp_path / "e.parquet"), items=str(tmp_path / "i.parquet"))
    return Settings(store=str(tmp_path / "store"), source=source)


def ingest(settings: Settings) -> Manifest:
    return results.run("ingest", settings, AS_OF, {})


def test_it_writes_every_table_and_counts_its_rows(settings: Settings) -> None:
    made = ingest(settings)
    assert made.rows["events"] == len(pd.read_parquet(made.path("events.parquet"))) == 4
    assert all(made.path(name).is_file() for name in FILES)
    assert made.facts["source"] == "files"


def test_tables_in_row_numbers_hold_what_the_events_say_under_the_settings(settings: Settings) -> None:
    events = EventSettings(action_weights={"view": 0.4}, repeatable_actions=("view",))
    made = ingest(settings.model_copy(update={"events": events}))
    known = tables.read(made)
    assert known.user_ids.tolist() == ["ann", "bob", "cat"]
    assert known.interactions.weight.tolist() == pytest.approx([1, 1 / 3, 0.4, 1])
    assert known.interactions.user.tolist() == [0, 0, 1, 2]
    assert [known.item_ids[item] for item in known.interactions.item] == ["lamp", "rug", "lamp", "mug"]
    assert known.interactions.repeatable is not None
    assert known.interactions.repeatable.tolist() == [False, False, True, False]
    done = tables.read_actions(made)
    assert [done.names[place] for place in done.place] == ["buy", "rate", "view", "buy"]


def test_events_that_are_doubted_are_counted_by_rule(settings: Settings, events: pd.DataFrame) -> None:
    views = events.iloc[[2]].assign(action="view", occurred_at="2024-01-31T23:59:58Z")
    more = [views.assign(occurred_at=f"2024-01-31T23:59:{second}Z") for second in range(10, 13)]
    pd.concat([events, *more]).to_parquet(settings.source.events)
    made = ingest(settings.model_copy(update={"events": EventSettings(burst_events=2)}))
    assert [made.rows[rule] for rule in ("events in a burst", "accidental clicks", "events of bots")] == [2, 0, 0]


def test_a_rerun_finds_what_is_there(settings: Settings) -> None:
    assert not ingest(settings).cached
    assert ingest(settings).cached


def test_another_run_writes_the_same_bytes(settings: Settings, tmp_path: Path) -> None:
    first, second = ingest(settings), ingest(settings.model_copy(update={"store": str(tmp_path / "other")}))
    for name in FILES:
        assert first.path(name).read_bytes() == second.path(name).read_bytes()


def test_changed_input_is_ingested_anew(settings: Settings, items: pd.DataFrame) -> None:
    before = ingest(settings)
    items.assign(title="New").to_parquet(settings.source.items)
    after = ingest(settings)
    assert after.fingerprint != before.fingerprint
    assert after.facts["dataset_digest"] != before.facts["dataset_digest"]


def test_bad_input_leaves_no_artifact_but_keeps_its_bad_rows(settings: Settings, events: pd.DataFrame) -> None:
    events.assign(user_id=None).to_parquet(settings.source.events)
    with pytest.raises(DataError, match="4 of 4 rows are bad: 4 × null user_id"):
        ingest(settings)
    assert not list(Path(settings.store).glob("ingest/as_of=*/*/manifest.json"))
    (kept,) = Path(settings.store).glob("quarantine/as_of=2024-01-31/*.parquet")
    assert len(pd.read_parquet(kept)) == 4


def test_the_error_of_bad_input_crosses_to_the_parent_process(settings: Settings, events: pd.DataFrame) -> None:
    events.drop(columns="action").to_parquet(settings.source.events)
    overrides = [
        f"store={settings.store}",
        "source.kind=files",
        f"source.events={settings.source.events}",
        f"source.items={settings.source.items}",
    ]
    with pytest.raises(DataError, match="events table lacks a column") as error:
        child.run("ingest", overrides, AS_OF, {})
    assert error.value.expected == "action"


def test_the_log_tells_counts_and_no_content(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ingest(settings)
    assert "ingest: 4 events, 3 items" in caplog.text
    assert "ann" not in caplog.text
