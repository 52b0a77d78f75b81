from __future__ import annotations

from pathlib import Path

import pandas as pd

from recsys.artifacts import Manifest
from recsys.stages import Inputs
from recsys.tracking import pictures
from recsys.tracking.pictures import transfer

PNG = b"\x89PNG"


def test_an_evaluation_is_drawn_as_accuracy_new_users_and_spread(evaluated: Manifest, tmp_path: Path) -> None:
    drawn = pictures.draw(evaluated, {}, tmp_path)
    assert [file.name for file in drawn] == ["accuracy.png", "new_users.png", "spread.png"]
    assert all(file.read_bytes().startswith(PNG) for file in drawn)


def test_hindsight_is_drawn_by_day_and_stands_for_accuracy_and_spread(looked_back: Manifest, tmp_path: Path) -> None:
    drawn = pictures.draw(looked_back, {}, tmp_path)
    assert [file.name for file in drawn] == ["accuracy.png", "hindsight.png", "spread.png"]


def test_an_evaluation_that_found_nothing_to_judge_draws_nothing(looked_back: Manifest, tmp_path: Path) -> None:
    for name in ("metrics", "hindsight"):
        file = looked_back.path(f"{name}.parquet")
        pd.read_parquet(file).head(0).to_parquet(file)
    assert pictures.draw(looked_back, {}, tmp_path) == []


def test_a_transfer_is_drawn_as_alpha_and_interests(transferred: tuple[Manifest, Inputs], tmp_path: Path) -> None:
    assert [file.name for file in pictures.draw(*transferred, tmp_path)] == ["alpha.png", "interests.png"]


def test_a_stage_without_pictures_draws_none(ingested: Manifest, tmp_path: Path) -> None:
    assert pictures.draw(ingested, {}, tmp_path) == []


def test_files_that_are_not_there_draw_nothing_and_raise_nothing(tmp_path: Path) -> None:
    gone = Manifest("evaluate", "2026-01-05", "f7", str(tmp_path / "gone"))
    assert pictures.draw(gone, {}, tmp_path) == []


def test_sample_users_are_those_with_about_3_30_and_300_events() -> None:
    trace = pd.DataFrame({"user_id": ["a", "b", "c", "d", "e"], "events": [0, 2, 4, 28, 900]})
    assert transfer.samples(trace).user_id.tolist() == ["c", "d", "e"]


def test_sample_users_with_equal_events_are_taken_by_user_id() -> None:
    trace = pd.DataFrame({"user_id": ["b", "a"], "events": [30, 30]})
    assert transfer.samples(trace).user_id.tolist() == ["a"]
