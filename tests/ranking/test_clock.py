"""One rule for all that is learnt: when it is learnt anew, and which earlier day's result can be used at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from recsys import results
from recsys.artifacts import Manifest
from recsys.privacy.files import MARK
from recsys.ranking import clock
from recsys.results import made_with
from recsys.settings import load
from recsys.stages import Job

FILE = "learnt.npy"
FIRST = date(2026, 1, 5)


@pytest.fixture
def made(tmp_path: Path) -> Manifest:
    """What was learnt on the first day."""
    (tmp_path / FILE).touch()
    first = clock.facts(replace(job(None, as_of=FIRST), folder=tmp_path), "there is none of an earlier day")
    return Manifest("ranker", FIRST.isoformat(), "", str(tmp_path), facts=first)


def job(earlier: Manifest | None, *overrides: str, as_of: date = date(2026, 1, 6)) -> Job:
    settings = load(list(overrides))
    return Job(settings, as_of, {}, 0, Path(), earlier, made_with=made_with("ranker", settings))


@pytest.mark.parametrize(
    ("overrides", "as_of", "expected"),
    [
        ((), date(2026, 1, 6), ""),
        ((), date(2026, 1, 11), ""),
        ((), date(2026, 1, 12), "the last one was learnt 7 days ago"),
        ((), date(2026, 2, 4), "the last one was learnt 30 days ago"),
        (("evaluation.resamples=200", "runtime.shards=3"), date(2026, 1, 6), ""),
        (("ranking.learn_every_days=0",), date(2026, 1, 6), "settings or code differ"),
        (("seed=8",), date(2026, 1, 6), "settings or code differ"),
        (("transfer.enabled=false",), date(2026, 1, 6), "settings or code differ"),
        (("events.half_life_days=3",), date(2026, 1, 6), "settings or code differ"),
        (("interests.count=2",), date(2026, 1, 6), "settings or code differ"),
    ],
)
def test_it_is_learnt_anew_for_a_reason(made: Manifest, overrides: tuple[str, ...], as_of: date, expected: str) -> None:
    assert clock.due(job(made, *overrides, as_of=as_of), FILE) == expected


def test_it_is_learnt_anew_where_there_is_none(made: Manifest) -> None:
    assert clock.due(job(None), FILE) == "there is none of an earlier day"
    assert clock.due(job(replace(made, facts={})), FILE) == "settings or code differ"


def test_it_is_learnt_anew_where_the_code_is_other_code(made: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "code_version", lambda module: "other")
    assert clock.due(job(made), FILE) == "settings or code differ"


def test_what_was_made_with_a_user_who_is_forgotten_is_not_used(made: Manifest, tmp_path: Path) -> None:
    (tmp_path / MARK).write_text("[]")
    assert "forgotten" in clock.due(job(made), FILE)
    assert "forgotten" in clock.unusable(job(made), FILE)


def test_what_is_gone_is_not_used(made: Manifest) -> None:
    assert clock.due(job(made), "other.npy") == "other.npy of the last one is gone"


def test_what_is_too_old_to_be_kept_can_be_used(made: Manifest) -> None:
    assert clock.due(job(made, as_of=date(2027, 1, 1)), FILE) != ""
    assert clock.unusable(job(made), FILE) == ""


def test_what_is_kept_stays_of_the_day_on_which_it_was_learnt(made: Manifest) -> None:
    assert made.facts["learnt_on"] == "2026-01-05"
    assert clock.facts(job(made), "")["learnt_on"] == "2026-01-05"
    assert clock.facts(job(made), "the signals differ")["learnt_on"] == "2026-01-06"
    assert clock.facts(job(made), "the signals differ")["why"] == "the signals differ"
