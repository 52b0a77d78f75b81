from pathlib import Path

import pandas as pd
import pytest

from recsys.errors import DataError, as_typed
from recsys.library.inputs import forced, on_disk
from recsys.library.recommender import fit

EVENTS = pd.DataFrame({"user_id": [1, 2], "item_id": [3, 3], "action": "buy"})
ITEMS = pd.DataFrame({"item_id": [3], "title": "Lamp"})


def test_two_shops_whose_files_are_called_the_same_have_nothing_of_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day goes on from the interests of the day before of the same files; others lie in another folder."""
    lines = []
    for shop in ("one", "two"):
        (tmp_path / shop).mkdir()
        monkeypatch.chdir(tmp_path / shop)
        lines.append(list(forced({"events": "events.parquet", "items": "items.parquet"})))
    assert lines[0] != lines[1]
    assert str(tmp_path / "one" / "events.parquet") in lines[0][2]
    assert "s3://shop/events.parquet" in list(forced({"events": "s3://shop/events.parquet"}))[2]


def test_equal_data_frames_are_the_same_file_and_go_when_the_run_ends() -> None:
    places = []
    for events in (EVENTS, EVENTS.copy(), EVENTS.assign(action="view")):
        with on_disk({"events": events, "items": "items.csv", "users": None}) as files:
            assert pd.read_parquet(str(files["events"]))["user_id"].astype(int).tolist() == [1, 2]
            assert (files["items"], files["users"]) == ("items.csv", None)
            places.append(Path(str(files["events"])))
    assert places[0] == places[1] != places[2]
    assert not any(place.exists() for place in places)


LACKING = {
    "a column": (
        {"events": EVENTS.drop(columns="user_id").assign(user_idd=1), "items": ITEMS},
        """overrides=['source.columns={"user_id": "user_idd"}']""",
    ),
    "an action": (
        {"events": EVENTS.drop(columns="action"), "items": ITEMS},
        "overrides=['events.default_action=rate']",
    ),
    "a file": ({"events": "none.csv", "items": ITEMS}, "correct the argument events"),
}


@pytest.mark.parametrize("case", LACKING)
def test_an_error_of_the_library_names_what_the_library_has(case: str, tmp_path: Path) -> None:
    tables, advice = LACKING[case]
    with pytest.raises(DataError) as error:
        fit(**tables, overrides=[f"store={tmp_path}"])
    assert advice in error.value.remedy
    assert "--" not in str(error.value)
    assert "recsys-frames" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("""overrides=['source.columns={"user_id": "x"}']""", """--set 'source.columns={"user_id": "x"}'"""),
        ("overrides=['store=FOLDER']: another place", "--set store=FOLDER: another place"),
        ("correct the argument events", "correct --events"),
        ("correct the argument colour", "correct the argument colour"),
    ],
)
def test_the_command_line_puts_it_in_its_own_words(text: str, typed: str) -> None:
    assert as_typed(text, ["events", "items"]) == typed
    assert as_typed(typed, ["events"]) == typed
