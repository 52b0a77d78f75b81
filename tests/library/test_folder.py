import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

import recsys
from recsys.errors import DataError, SettingsError
from recsys.library.recommender import Recommender, fit
from tests.brief import brief_training

PAIRS = pd.DataFrame({"user_id": [1, 2, 99], "item_id": [0, 1, 2]})


def test_saved_moved_and_loaded_it_answers_alike_without_its_tables_and_its_store(
    frames: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    with brief_training():
        made = fit(**frames, overrides=[f"store={tmp_path / 'store'}"])
    made.save(tmp_path / "kept")
    asked = [made.recommend(), made.similar(3), made.score(PAIRS), made.explain(4).terms]
    shutil.move(tmp_path / "kept", tmp_path / "elsewhere" / "moved")
    shutil.rmtree(tmp_path / "store")
    loaded = recsys.Recommender.load(tmp_path / "elsewhere" / "moved")
    found = [loaded.recommend(), loaded.similar(3), loaded.score(PAIRS), loaded.explain(4).terms]
    for before, after in zip(asked, found, strict=True):
        pd.testing.assert_frame_equal(before, after)
    assert repr(loaded) == repr(made) == "Recommender(30 users, 40 items, 360 events up to 2026-01-01)"


def test_a_saved_one_is_replaced_whole(fitted: Recommender, of_files: Recommender, tmp_path: Path) -> None:
    fitted.save(tmp_path / "kept")
    of_files.save(tmp_path / "kept")
    assert Recommender.load(tmp_path / "kept").recommend("u07", top_n=1)["user_id"].tolist() == ["u07"]
    assert [file.name for file in tmp_path.iterdir()] == ["kept"]


def test_the_folder_holds_nothing_of_the_machine_it_was_made_on(
    fitted: Recommender, store: str, tmp_path: Path
) -> None:
    fitted.save(tmp_path / "kept")
    told = (tmp_path / "kept" / "recommender.json").read_text()
    assert {manifest["uri"] for manifest in json.loads(told)["made"].values()} == {
        "ingest",
        "interests",
        "signals",
        "ranker",
    }
    assert not list((tmp_path / "kept").rglob("events.parquet"))


def test_a_folder_of_something_else_is_left_alone(fitted: Recommender, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingsError, match="holds no recommender") as error:
        fitted.save(tmp_path)
    assert error.value.seen == "thesis.txt"
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("change", [{"code": "0123456789abcdef"}, None])
def test_what_another_version_saved_or_nobody_is_a_clear_error(
    change: Mapping[str, str] | None, fitted: Recommender, tmp_path: Path
) -> None:
    place = tmp_path / "kept"
    if change is not None:
        fitted.save(place)
        file = place / "recommender.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(DataError) as error:
        Recommender.load(place)
    expected = "there is no recommender" if change is None else "saved by another version of recsys"
    assert expected in error.value.what
    assert error.value.where == str(place)
    assert error.value.remedy
