"""The home that a restore builds in: what was there is moved aside, whatever interrupts it."""

import json
from pathlib import Path

import pytest

from recsys.backup import place, trees
from recsys.errors import DataError
from recsys.standalone import cluster
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


def test_what_an_interrupted_restore_made_goes_with_the_data_of_postgres_and_no_other_folder_of_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FALLBACK", str(tmp_path / "lib"))
    for folder in ("before/store", "home/mlflow", "lib/recsys-postgres-1", "disk"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "home" / "postgres").symlink_to(tmp_path / "lib" / "recsys-postgres-1")
    (tmp_path / "home" / "store").symlink_to(tmp_path / "disk")
    (tmp_path / "home" / RESTORING).write_text(json.dumps({"replaced": "../before", "moved": True}))
    place.clear(tmp_path / "home", replace=False)
    assert [file.name for file in (tmp_path / "home").iterdir()] == [RESTORING]
    assert not (tmp_path / "lib" / "recsys-postgres-1").exists()
    assert (tmp_path / "disk").exists()
    assert (tmp_path / "before" / "store").exists()


def test_a_link_to_a_folder_is_no_silent_gap_of_a_backup(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "store" / "finetune").symlink_to(tmp_path / "disk")
    with pytest.raises(DataError, match="a link to a folder"):
        trees.pack(tmp_path / "store", tmp_path / "store.tar")
