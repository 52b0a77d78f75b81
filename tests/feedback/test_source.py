"""Feedback of a day is what the next day's lists are made of, besides what the source holds."""

from __future__ import annotations

from datetime import UTC, date
from pathlib import Path

import pandas as pd
import pytest

from recsys import results
from recsys.artifacts import Manifest
from recsys.errors import SettingsError, TransientError
from recsys.events import fatigue, tables
from recsys.feedback import source
from recsys.library.inputs import forced
from recsys.privacy.forgotten import Forgotten
from recsys.settings import Settings, load
from tests.feedback.conftest import Report, day, moment

ITEMS = pd.DataFrame({"item_id": ["a", "b", "c"], "title": ["Lamp", "Rug", "Mug"]})
BOUGHT = pd.DataFrame(
    {"user_id": ["ann", "cat"], "item_id": ["c", "c"], "action": "buy", "occurred_at": [moment(20.25), moment(20.123)]}
)


@pytest.fixture
def settings(tmp_path: Path, shown: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a source with a purchase of ann and one of cat, beside the serving store."""
    monkeypatch.setenv("RECSYS_DATABASE_URL", shown)
    return written(tmp_path, BOUGHT)


def written(folder: Path, events: pd.DataFrame, *overrides: str) -> Settings:
    events.to_parquet(folder / "events.parquet")
    ITEMS.to_parquet(folder / "items.parquet")
    return load(
        [
            f"store={folder / 'store'}",
            "source.kind=files",
            f"source.events={folder / 'events.parquet'}",
            f"source.items={folder / 'items.parquet'}",
            *overrides,
        ]
    )


def ingest(settings: Settings, as_of: date) -> Manifest:
    return results.run("ingest", settings, as_of, {})


def events(made: Manifest) -> list[tuple[str, str, str]]:
    found = pd.read_parquet(made.path("events.parquet"))
    return sorted(zip(found["user_id"], found["item_id"], found["action"], strict=True))


SOURCE = [("ann", "c", "buy"), ("cat", "c", "buy")]


def test_a_click_of_one_day_is_an_event_of_the_next_and_an_impression_is_none(
    settings: Settings, report: Report
) -> None:
    report([("bob", "b", "impression", 0.6), ("bob", "b", "click", 0.5), ("eve", "c", "buy", 0.5)])
    assert events(ingest(settings, day(2))) == SOURCE
    made = ingest(settings, day(1))
    assert events(made) == [*SOURCE[:1], ("bob", "b", "click"), SOURCE[1], ("eve", "c", "buy")]
    assert made.rows["events of feedback"] == 2
    assert tables.read(made).user_ids.tolist() == ["ann", "bob", "cat", "eve"]
    clicked = pd.read_parquet(made.path("events.parquet")).query("action == 'click'")["occurred_at"]
    assert clicked.tolist() == [pd.Timestamp(moment(0.5).astimezone(UTC))]


def test_ingest_is_made_anew_where_feedback_of_its_days_changed_and_only_there(
    settings: Settings, report: Report
) -> None:
    before = {back: ingest(settings, day(back)).fingerprint for back in (3, 1)}
    report([("bob", "b", "click", 0.5)])
    assert ingest(settings, day(3)).fingerprint == before[3]
    after = ingest(settings, day(1))
    assert after.fingerprint != before[1]
    report([("bob", "b", "impression", 0.4), ("bob", "b", "click", -0.001)])
    assert ingest(settings, day(1)).cached
    report([("bob", "b", "click", 0.3)])
    assert not ingest(settings, day(1)).cached


def test_what_source_and_feedback_both_hold_is_counted_once_as_the_source_has_it(
    settings: Settings, tmp_path: Path, report: Report
) -> None:
    report([("ann", "c", "buy", 20.25), ("ann", "c", "buy", 19.25)])
    made = ingest(settings, day(1))
    assert events(made) == [SOURCE[0], *SOURCE]
    assert made.rows["events of feedback"] == 1


def test_times_are_as_coarse_as_those_of_the_source(settings: Settings, tmp_path: Path, report: Report) -> None:
    chosen = written(tmp_path, BOUGHT.assign(occurred_at=[moment(20), moment(20)]))
    report([("ann", "c", "buy", 19.75), ("ann", "b", "click", 0.3)])
    made = ingest(chosen, day(1))
    found = pd.read_parquet(made.path("events.parquet"))
    assert events(made) == [("ann", "b", "click"), *SOURCE]
    assert set(found["occurred_at"].dt.normalize() == found["occurred_at"]) == {True}


def test_nothing_of_an_item_or_action_that_is_no_longer_known_gets_in_or_to_quarantine(
    settings: Settings, tmp_path: Path, report: Report
) -> None:
    report([("bob", "a", "click", 0.5), ("bob", "b", "click", 0.5)])
    ITEMS.query("item_id != 'a'").to_parquet(tmp_path / "items.parquet")
    made = ingest(settings, day(1))
    assert events(made) == [SOURCE[0], ("bob", "b", "click"), SOURCE[1]]
    assert made.rows["quarantined"] == 0


def test_who_is_forgotten_stays_out_whatever_feedback_says(settings: Settings, report: Report) -> None:
    report([("bob", "b", "click", 0.5), ("eve", "b", "click", 0.5)])
    Forgotten(settings.store).add("bob", {})
    assert events(ingest(settings, day(1))) == [*SOURCE, ("eve", "b", "click")]


def test_ids_of_feedback_are_pseudonyms_already(
    settings: Settings, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_PSEUDONYM_KEY", "k" * 32)
    report([("p_1", "b", "click", 0.5)])
    users = [user for user, *_ in events(ingest(settings, day(1)))]
    assert "p_1" in users
    assert "ann" not in users


def test_where_an_order_stands_in_for_times_feedback_is_left_out(
    settings: Settings, tmp_path: Path, report: Report
) -> None:
    chosen = written(tmp_path, BOUGHT.drop(columns="occurred_at").assign(position=[1, 2]))
    report([("bob", "b", "click", 0.5)])
    assert events(ingest(chosen, day(1))) == SOURCE


def test_without_a_serving_store_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_HOME", str(tmp_path / "nowhere"))
    made = ingest(written(tmp_path, BOUGHT), day(1))
    assert "events of feedback" not in made.rows
    assert not made.path(fatigue.FILE).exists()


def test_commands_on_files_try_no_connection_though_a_store_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr("recsys.publish.connection.ATTEMPT_PAUSES", ())
    with pytest.raises(TransientError, match="cannot be reached"):
        ingest(written(tmp_path, BOUGHT), day(1))
    assert events(ingest(written(tmp_path, BOUGHT, *forced({"events": None})), day(1))) == SOURCE


def test_a_store_that_is_not_migrated_is_no_store_without_feedback(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATABASE_URL", database)
    for ask in (lambda: source.digest(load(), day(1)), lambda: ingest(written(tmp_path, BOUGHT), day(1))):
        with pytest.raises(SettingsError, match="recsys migrate"):
            ask()


def tired(made: Manifest) -> list[tuple[str, str]]:
    found = pd.read_parquet(made.path(fatigue.FILE))
    return list(zip(found["user_id"], found["item_id"], strict=True))


def test_users_are_tired_of_what_was_shown_often_recently_and_never_taken(settings: Settings, report: Report) -> None:
    days = [0.1, 1.1, 2.1, 3.1, 4.1]
    report(
        [
            *(("ann", "a", "impression", back) for back in days),  # often
            *(("ann", "b", "impression", back) for back in days[1:]),  # a time too few
            *(("bob", "a", "impression", back) for back in days),
            ("bob", "a", "click", 30.0),  # taken
            *(("bob", "b", "impression", back) for back in [*days[1:], 15.5]),  # too long ago
            *(("cat", "c", "impression", back) for back in days),  # bought, as the source has it
        ]
    )
    made = ingest(settings, day(1))
    assert tired(made) == [("ann", "a")]
    known = tables.read(made)
    matrix = fatigue.read(made, known.user_ids, known.item_ids)
    assert matrix is not None
    assert matrix.toarray().tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    longer = settings.model_copy(update={"feedback": load(["feedback.fatigue_days=20"]).feedback})
    assert tired(ingest(longer, day(1))) == [("ann", "a"), ("bob", "b")]
    assert tired(ingest(settings, day(3))) == []


def test_fatigue_can_be_had_without_events_and_events_without_fatigue(settings: Settings, report: Report) -> None:
    report([("ann", "a", "impression", 0.1), ("bob", "b", "click", 0.1)])
    chosen = load(["feedback.fatigue_impressions=1", "feedback.as_events=false"]).feedback
    made = ingest(settings.model_copy(update={"feedback": chosen}), day(1))
    assert (events(made), tired(made)) == (SOURCE, [("ann", "a")])
    made = ingest(settings.model_copy(update={"feedback": load(["feedback.fatigue_impressions=0"]).feedback}), day(1))
    assert (len(events(made)), tired(made)) == (3, [])
