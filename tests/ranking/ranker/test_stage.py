"""On the first of two days the ranker is learnt, on the second it is kept; a week later it is learnt from both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from recsys import results
from recsys.artifacts import Manifest
from recsys.ranking import models
from recsys.ranking.candidates import columns_of
from recsys.ranking.ranker import backcast, kinds, stage, window
from recsys.ranking.signals import stage as signals_stage
from recsys.stages import Inputs, Result
from tests.ranking.days import PATH, SECOND, Days


def ranker(made: Inputs) -> Manifest:
    return made["ranker"][0]


def test_on_the_first_day_it_is_learnt(days: Days) -> None:
    made = ranker(days.first)
    assert made.facts["why"] == "there is none of an earlier day"
    assert made.facts["learnt_on"] == "2026-01-05"
    assert 0 < made.rows["positives"] < made.rows["examples"]
    learnt = stage.read(made)
    assert learnt.columns == columns_of(signals_stage.read(days.first["signals"][0]).signals)
    assert not any(column.transfers for expert in learnt.without_transfer.experts for column in expert.columns)


def test_on_the_second_day_the_same_bytes_are_kept(days: Days) -> None:
    before, after = ranker(days.first), ranker(days.second)
    assert after.facts["why"] == ""
    assert after.facts["learnt_on"] == "2026-01-05"
    assert after.rows == {}
    for file in ("ranker.npy", "ranker.tree"):
        assert after.path(file).read_bytes() == before.path(file).read_bytes()
    assert stage.read(after) == stage.read(before)


def test_a_kept_ranker_has_the_version_of_its_own_day(days: Days) -> None:
    first, second = (ranker(made).facts["model_version"] for made in (days.first, days.second))
    assert second.endswith(days.second["transfer"][0].fingerprint[:8])
    assert first != second


def test_it_is_learnt_anew_where_the_signals_are_others(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = replace(stage.read(ranker(days.first)), columns=())
    monkeypatch.setattr(stage, "read", lambda _: earlier)
    monkeypatch.setattr(backcast, "examples", lambda *_: [])
    assert stage.run(days.job("ranker", folder=tmp_path)).facts["why"] == "the signals differ"


def learnt(days: Days, folder: Path) -> Result:
    """The ranker of a week later, learnt with what the second day's signals know."""
    return stage.run(days.job("ranker", as_of=date(2026, 1, 12), folder=folder))


def test_what_is_learnt_anew_has_the_day_and_the_reason(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of no example: every signal counts the same."""
    monkeypatch.setattr(backcast, "examples", lambda *_: [])
    monkeypatch.setattr(window, "read", lambda *_: None)
    found = learnt(days, tmp_path)
    assert found.facts["learnt_on"] == "2026-01-12"
    assert found.facts["why"] == "the last one was learnt 7 days ago"
    assert found.facts["backcast"] == "none"
    assert found.rows == {"examples": 0, "positives": 0, "examples of a backcast": 0, "days of requests": 0}
    made = Manifest("ranker", "2026-01-12", "", str(tmp_path), facts=found.facts)
    assert stage.read(made).ranker != stage.read(ranker(days.first)).ranker


def test_a_backcast_adds_to_the_window_what_it_lacks(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of the next day, and of visits, the window has enough."""
    monkeypatch.setattr(backcast, "MIN_REQUESTS", 13)
    with caplog.at_level("INFO", "recsys"):
        found = learnt(days, tmp_path)
    assert found.facts["backcast"] == "all kinds but next day, start of a visit, within a visit"
    assert "models fitted and asked for new users, new items\n" in caplog.text
    of_window = found.rows["examples"] - found.rows["examples of a backcast"]
    assert found.rows["days of requests"] == 1
    assert 0 < of_window < found.rows["examples"]
    assert f"{of_window} examples of requests on 1 days" in caplog.text


def test_where_the_window_lacks_nothing_no_model_is_fitted(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "fit", None)
    kept = window.read(days.second["signals"][0].path(window.FILE), stage.read(ranker(days.first)).columns)
    assert kept is not None
    whole = kinds.kinds
    monkeypatch.setattr(backcast, "kinds", lambda *given: (asked for asked in whole(*given) if asked.kind in kept.kind))
    monkeypatch.setattr(backcast, "MIN_REQUESTS", 1)
    found = learnt(days, tmp_path)
    assert found.facts["backcast"] == "none"
    assert 0 < found.rows["positives"] < found.rows["examples"]
    assert found.rows["examples of a backcast"] == 0


def test_a_rerun_of_the_second_day_does_not_make_it_again(days: Days) -> None:
    again = results.run("ranker", days.settings, SECOND, {name: days.second[name] for name in PATH[:-1]}, 0)
    assert again.cached
    assert again.fingerprint == ranker(days.second).fingerprint
