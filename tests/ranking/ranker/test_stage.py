"""Two days of a tiny shop: on the first the ranker is learnt, on the second it is kept."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import pipeline, stages
from recsys.artifacts import Manifest
from recsys.privacy.files import MARK
from recsys.ranking.candidates import columns_of
from recsys.ranking.models import Models
from recsys.ranking.ranker import backcast, stage
from recsys.ranking.ranker.stage import due
from recsys.ranking.signals import stage as signals_stage
from recsys.settings import Settings, load
from recsys.stages import Inputs, Job
from tests.brief import brief_training

PATH = ("ingest", "features", "interests", "transfer", "signals", "ranker")
FIRST, SECOND = date(2026, 1, 5), date(2026, 1, 6)
TEXTS = ("space war robot planet", "love wedding summer paris")


@dataclasses.dataclass(frozen=True)
class Days:
    """What the stages made of both."""

    overrides: tuple[str, ...]
    first: Inputs
    second: Inputs

    @property
    def settings(self) -> Settings:
        return load(list(self.overrides))

    def job(self, *more: str, as_of: date = SECOND, folder: Path = Path(), earlier: bool = True) -> Job:
        """A later call of the stage, that may go on from the first day."""
        before = self.first["ranker"][0] if earlier else None
        return Job(load([*self.overrides, *more]), as_of, self.second, 0, folder, before)


def _shop(folder: Path) -> list[str]:
    """Files of 16 items and 12 users who each play 6 in as many days, of their own kind."""
    rng = np.random.default_rng(5)
    items = [{"item_id": f"i{item:02}", "title": f"{TEXTS[item % 2].split()[item % 4]} {item}",
              "description": TEXTS[item % 2]} for item in range(16)]  # fmt: skip
    events = [{"user_id": f"u{user:02}", "item_id": f"i{item:02}", "action": "play",
               "occurred_at": pd.Timestamp("2025-12-28", tz="UTC") + pd.Timedelta(days=day, hours=user)}
              for user in range(12)
              for day, item in enumerate(rng.choice(np.arange(user % 2, 16, 2), 6, replace=False))]  # fmt: skip
    for name, rows in {"events": events, "items": items}.items():
        pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet")
    return [f"source.{name}={folder / name}.parquet" for name in ("events", "items")]


@pytest.fixture(scope="module")
@brief_training()
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    folder = tmp_path_factory.mktemp("shop")
    overrides = (f"store={folder / 'store'}", "source.kind=files", *_shop(folder), "ranking.top_n=5")
    first, second = (pipeline.run(PATH, load(list(overrides)), day) for day in (FIRST, SECOND))
    return Days(overrides, first, second)


@pytest.fixture(scope="module")
def models(days: Days) -> Models:
    return signals_stage.read(days.second["signals"][0])


def ranker(made: Inputs) -> Manifest:
    return made["ranker"][0]


def test_on_the_first_day_it_is_learnt(days: Days) -> None:
    made = ranker(days.first)
    assert made.facts["why"] == "there is none of an earlier day"
    assert made.facts["learnt_on"] == "2026-01-05"
    assert 0 < made.rows["chosen"] < made.rows["examples"]
    learnt = stage.read(made)
    assert learnt.columns == columns_of(signals_stage.read(days.first["signals"][0]).signals)
    assert not any(expert.uses_donors for expert in learnt.without_transfer.experts)


def test_on_the_second_day_the_same_bytes_are_kept(days: Days) -> None:
    before, after = ranker(days.first), ranker(days.second)
    assert after.facts["why"] == ""
    assert after.facts["learnt_on"] == "2026-01-05"
    assert after.rows == {}
    assert after.path("ranker.joblib").read_bytes() == before.path("ranker.joblib").read_bytes()
    assert stage.read(after) == stage.read(before)


def test_a_kept_ranker_has_the_version_of_its_own_day(days: Days) -> None:
    first, second = (ranker(made).facts["model_version"] for made in (days.first, days.second))
    assert second.endswith(days.second["transfer"][0].fingerprint[:8])
    assert first != second


def test_the_list_of_an_unknown_user_is_whole_on_both_days(days: Days) -> None:
    for made in (days.first, days.second):
        (row,) = pd.read_parquet(ranker(made).path("fallback.parquet")).itertuples()
        assert row.audience == "population"
        assert len(set(row.item_ids)) == len(row.scores) == len(row.reasons) == 5


@pytest.mark.parametrize(
    ("more", "as_of", "expected"),
    [
        ((), date(2026, 1, 6), ""),
        ((), date(2026, 1, 11), ""),
        ((), date(2026, 1, 12), "the last one was learnt 7 days ago"),
        ((), date(2026, 2, 4), "the last one was learnt 30 days ago"),
        (("evaluation.resamples=200", "language.shards=3"), date(2026, 1, 6), ""),
        (("ranking.learn_every_days=0",), date(2026, 1, 6), "settings or code differ"),
        (("ranking.seed=8",), date(2026, 1, 6), "settings or code differ"),
        (("transfer.enabled=false",), date(2026, 1, 6), "settings or code differ"),
        (("events.half_life_days=3",), date(2026, 1, 6), "settings or code differ"),
        (("interests.count=2",), date(2026, 1, 6), "settings or code differ"),
    ],
)
def test_it_is_learnt_anew_for_a_reason(
    days: Days, models: Models, more: tuple[str, ...], as_of: date, expected: str
) -> None:
    assert due(days.job(*more, as_of=as_of), models) == expected


def test_it_is_learnt_anew_where_there_is_none_or_the_signals_are_others(days: Days, models: Models) -> None:
    assert due(days.job(earlier=False), models) == "there is none of an earlier day"
    fewer = dataclasses.replace(models, signals=models.signals[1:])
    assert due(days.job(), fewer) == "the signals differ"


def test_what_is_learnt_anew_has_the_day_and_the_reason(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of no example: every signal counts the same."""
    monkeypatch.setattr(backcast, "examples", lambda *_: [])
    found = stage.run(days.job(as_of=date(2026, 1, 12), folder=tmp_path))
    assert found.facts["learnt_on"] == "2026-01-12"
    assert found.facts["why"] == "the last one was learnt 7 days ago"
    assert found.rows == {"examples": 0, "chosen": 0}
    made = Manifest("ranker", "2026-01-12", "", str(tmp_path), facts=found.facts)
    assert stage.read(made).ranker != stage.read(ranker(days.first)).ranker


def test_a_rerun_of_the_second_day_does_not_make_it_again(days: Days) -> None:
    again = stages.run("ranker", days.settings, SECOND, {name: days.second[name] for name in PATH[:-1]}, 0)
    assert again.cached
    assert again.fingerprint == ranker(days.second).fingerprint


def signals_job(days: Days, *more: str, as_of: date = SECOND, before: Manifest | None = None) -> Job:
    settings = load([*days.overrides, *more])
    return Job(settings, as_of, days.second, 0, Path(), before or days.first["signals"][0])


def test_the_sequence_model_resumes_from_the_day_before_and_says_since_when(days: Days) -> None:
    assert [made["signals"][0].facts["trained_on"] for made in (days.first, days.second)] == ["2026-01-05"] * 2
    assert signals_stage.trained_anew(signals_job(days)) == ""


@pytest.mark.parametrize(
    ("more", "as_of", "expected"),
    [
        ((), date(2026, 1, 12), "the last full training was 7 days ago"),
        (("ranking.seed=8",), SECOND, "settings or code differ"),
    ],
)
def test_the_sequence_model_is_trained_anew_for_a_reason(
    days: Days, more: tuple[str, ...], as_of: date, expected: str
) -> None:
    assert signals_stage.trained_anew(signals_job(days, *more, as_of=as_of)) == expected


def test_a_model_made_with_a_user_who_is_forgotten_is_not_resumed(days: Days, tmp_path: Path) -> None:
    marked = dataclasses.replace(days.first["signals"][0], uri=tmp_path.as_uri())
    assert signals_stage.trained_anew(signals_job(days, before=marked)) == ""
    (tmp_path / MARK).write_text("{}")
    assert "forgotten" in signals_stage.trained_anew(signals_job(days, before=marked))
