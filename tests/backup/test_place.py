"""The home that a restore builds in: what was there is moved aside, whatever interrupts it."""

import json
from pathlib import Path

import pytest

from recsys.backup import place
from recsys.standalone.home import RESTORING


@pytest.mark.parametrize("moved_before", [0, 1, 2])
def test_an_installation_that_was_being_moved_aside_is_moved_whole(tmp_path: Path, moved_before: int) -> None:
    for part in ("secrets", "store"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "file").write_text(part)
    (tmp_path / RESTORING).write_text(json.dumps({"replaced": "before", "moved": False}))
    for part in ("secrets", "store")[:moved_before]:
        (tmp_path / "before").mkdir(exist_ok=True)
        (tmp_path / part).rename(tmp_path / "before" / part)
    assert place.clear(tmp_path, replace=False) == tmp_path / "before"
    assert {file.read_text() for file in (tmp_path / "before").rglob("file")} == {"secrets", "store"}
    assert [file.name for file in tmp_path.iterdir() if file.name != "before"] == [RESTORING]


def test_what_an_interrupted_restore_made_goes_with_the_folder_of_a_link_and_what_it_replaced_stays(
    tmp_path: Path,
) -> None:
    for folder in ("before/store", "home/store", "data"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "home" / "postgres").symlink_to(tmp_path / "data")
    (tmp_path / "home" / RESTORING).write_text(json.dumps({"replaced": "../before", "moved": True}))
    place.clear(tmp_path / "home", replace=False)
    assert [file.name for file in (tmp_path / "home").iterdir()] == [RESTORING]
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "before" / "store").exists()
