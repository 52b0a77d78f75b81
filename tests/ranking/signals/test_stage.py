"""Signals of a day ask the models of the day before for what was played since; where they cannot, the log says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.split import Split
from recsys.privacy.files import MARK, Files
from recsys.ranking.candidates import columns_of
from recsys.ranking.models import Models
from recsys.ranking.ranker import served, window
from recsys.ranking.ranker.examples import Examples, labelled
from recsys.ranking.ranker.window import Window
from recsys.ranking.signals import stage
from recsys.schema import ITEM_ID, OCCURRED_AT, USER_ID
from recsys.stages import Job
from tests.ranking.days import NEW_ITEM, NEW_USER, Days

END = pd.Timestamp("2026-01-06", tz="UTC")
"""The models of the first day know nothing from here on."""


def window_of(made: Manifest) -> Window:
    found = window.read(made.path(window.FILE), columns_of(stage.read(made).signals))
    assert found is not None
    return found


@pytest.fixture
def earlier(days: Days, tmp_path: Path) -> Manifest:
    """The first day's signals in a folder of their own, to be spoilt."""
    made = days.first["signals"][0]
    shutil.copytree(made.path("."), tmp_path / "earlier")
    return replace(made, uri=str(tmp_path / "earlier"))


def ask(job: Job) -> int:
    """How many requests the window has that a call of the stage writes."""
    return stage._ask(stage._earlier(job), job, tables.read(job.manifest("ingest")))


def test_on_the_first_day_nothing_is_asked(days: Days) -> None:
    made = days.first["signals"][0]
    assert made.rows["requests"] == 0
    assert not made.path(window.FILE).exists()
    assert made.facts["learnt_on"] == "2026-01-05"


def test_on_the_second_day_what_was_played_since_is_asked_of_the_first_days_models(days: Days) -> None:
    made = days.second["signals"][0]
    found = window_of(made)
    assert made.rows["requests"] == len(found.kind) > 12
    assert {"next day", "start of a visit", "within a visit", "new users"} <= set(found.kind.tolist())
    assert set(found.day.tolist()) == {20459}  # the second day, in days since 1970
    assert found.examples.positive.sum() > 12


def test_requests_are_those_of_events_since_by_users_and_items_of_the_first_day(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of both days are told apart: a user and an item have come since, before all others."""
    made = days.first["signals"][0]
    user_ids, item_ids = (pd.read_parquet(made.path(file))[column] for column, file in stage.IDS.items())
    ingested = days.second["ingest"][0]
    events = pd.read_parquet(ingested.path("events.parquet"))
    today, seen = tables.read(ingested).user_ids, set()
    played = {
        (user, item): time for user, item, time in events[[USER_ID, ITEM_ID, OCCURRED_AT]].itertuples(index=False)
    }

    def listening(models: Models, split: Split, settings: object, user: np.ndarray) -> Examples:
        for row, item in zip(*split.targets.nonzero(), strict=True):
            known, id_ = split.requests.user[row], today[user[row]]
            assert (user_ids[known] if known >= 0 else NEW_USER) == id_
            asked = pd.Timestamp(split.requests.at[row], unit="D", tz="UTC").round("s")
            assert END <= asked <= played[id_, item_ids[item]]
            seen.add((id_, item_ids[item]))
        return labelled(models, split, settings, user)  # type: ignore[arg-type]

    monkeypatch.setattr(served, "labelled", listening)
    ask(days.job("signals", folder=tmp_path))
    since = {pair for pair, time in played.items() if time >= END}
    assert {pair for pair in since if pair[1] == NEW_ITEM}
    assert seen == {pair for pair in since if pair[1] != NEW_ITEM}
    assert today[0] == NEW_USER
    known = pd.read_parquet(days.first["ingest"][0].path("events.parquet"))
    assert known[OCCURRED_AT].max() < END


def test_a_day_later_the_window_holds_both_days(days: Days, tmp_path: Path) -> None:
    """Nothing was played on the third: what is left are the requests of the second."""
    before = window_of(days.second["signals"][0])
    job = days.job("signals", as_of=date(2026, 1, 7), folder=tmp_path, earlier=days.second["signals"][0])
    assert ask(job) == len(before.kind)
    found = window.read(tmp_path / window.FILE, before.examples.candidates.columns)
    assert found is not None
    assert found.examples.user.tolist() == before.examples.user.tolist()
    assert found.examples.candidates.features.tolist() == before.examples.candidates.features.tolist()


def test_a_day_that_is_missing_leaves_its_events_to_the_next(days: Days, tmp_path: Path) -> None:
    assert (
        ask(days.job("signals", as_of=date(2026, 1, 8), folder=tmp_path)) == days.second["signals"][0].rows["requests"]
    )


def test_the_window_names_no_user(days: Days) -> None:
    content = days.second["signals"][0].path(window.FILE)
    with np.load(content, allow_pickle=False) as stored:
        texts = {name: stored[name].ravel().tolist() for name in stored if stored[name].dtype.kind in "US"}
    assert set(texts) == {"kind", "columns"}
    ids = set(tables.read(days.second["ingest"][0]).user_ids)
    assert not ids & {text for column in texts.values() for text in column}


def spoilt(days: Days, earlier: Manifest, folder: Path) -> Iterator[tuple[Job, str]]:
    """Calls that cannot ask the first day's models, and why."""
    job = days.job("signals", folder=folder, earlier=earlier)
    yield replace(job, earlier=None), "there is none of an earlier day"
    yield days.job("signals", "seed=8", folder=folder, earlier=earlier), "settings or code differ"
    yield replace(job, earlier=replace(earlier, facts={**earlier.facts, "learnt_with": "other"})), "code differ"
    earlier.path(MARK).write_text("[]")
    yield job, "made with a user who is forgotten"
    earlier.path(MARK).unlink()
    Files(str(earlier.path("."))).remove("u03")
    yield job, "rows are those of a user who is forgotten"
    earlier.path(stage.FILE).unlink()
    yield job, "models.npy of the last one is gone"


def test_models_that_cannot_be_asked_leave_no_window_and_the_log_says_why(
    days: Days, earlier: Manifest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    window.write(window_of(days.second["signals"][0]), earlier.path(window.FILE))
    for job, why in spoilt(days, earlier, tmp_path):
        caplog.clear()
        with caplog.at_level("INFO", "recsys"):
            assert ask(job) == 0
        assert not (tmp_path / window.FILE).exists()
        assert why in caplog.text


def test_a_window_of_other_signals_is_not_carried_on(
    days: Days, earlier: Manifest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = window_of(days.second["signals"][0])
    columns = kept.examples.candidates.columns[1:]
    features = kept.examples.candidates.features[:, 1:]
    fewer = replace(kept.examples.candidates, columns=columns, features=features)
    window.write(replace(kept, examples=replace(kept.examples, candidates=fewer)), earlier.path(window.FILE))
    with caplog.at_level("INFO", "recsys"):
        assert ask(days.job("signals", folder=tmp_path, earlier=earlier)) == len(kept.kind)
    assert "signals differ" in caplog.text


def test_where_an_order_stands_in_for_times_nothing_came_since(
    days: Days, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = days.job("signals", folder=tmp_path)
    untimed = replace(tables.read(job.manifest("ingest")), timed=False)
    with caplog.at_level("INFO", "recsys"):
        assert stage._ask(stage._earlier(job), job, untimed) == 0
    assert caplog.text == ""
    assert not (tmp_path / window.FILE).exists()


def test_forgetting_a_user_takes_the_window_of_their_days_along(days: Days, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(Path(days.settings.store), store)
    assert len(list(store.rglob(window.FILE))) == 1
    Files(str(store)).remove("u03")
    assert not list(store.rglob(window.FILE))


def test_the_sequence_model_resumes_from_the_day_before_and_says_since_when(days: Days) -> None:
    assert [made["signals"][0].facts["learnt_on"] for made in (days.first, days.second)] == ["2026-01-05"] * 2
    assert days.second["signals"][0].facts["why"] == ""
