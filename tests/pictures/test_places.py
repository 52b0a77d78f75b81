import os
from pathlib import Path

import pytest

from recsys.pictures import places
from recsys.pictures.unusable import Unusable
from recsys.settings import PictureSettings

CONTENT = b"a picture"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The listed folder, beside another one."""
    for name in ("listed", "other", "listed-too"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a b.png").write_bytes(CONTENT)
    return tmp_path / "listed"


def settings(*folders: Path, max_bytes: int = 1024) -> PictureSettings:
    return PictureSettings(folders=tuple(map(str, folders)), max_bytes=max_bytes)


def read(uri: str, settings: PictureSettings) -> bytes:
    return places.read(places.locate(uri, settings), settings)


def reason(uri: str, settings: PictureSettings) -> str:
    with pytest.raises(Unusable) as caught:
        read(uri, settings)
    return caught.value.reason


def test_a_picture_in_a_listed_folder_is_read_by_path_by_uri_and_by_its_name_alone(folder: Path) -> None:
    for uri in (
        f"{folder}/a b.png",
        f"file://{folder}/a%20b.png",
        "a b.png",
        "a b.png|c.png",
        f"{folder}/../listed/a b.png",
    ):
        assert read(uri, settings(folder)) == CONTENT


def test_without_a_listed_folder_no_file_is_read(folder: Path) -> None:
    assert reason(f"{folder}/a b.png", settings()) == "refused"


@pytest.mark.parametrize(
    "uri",
    [
        "{0}/../other/a b.png",
        "../other/a b.png",
        "file://{0}/%2e%2e/other/a b.png",
        "{0}-too/a b.png",
        "/etc/passwd",
        "/no/such/file",
        "{0}/a b.png\x00.png",
        "file://elsewhere{0}/a b.png",
        "ftp://{0}/a b.png",
        "s3://bucket/a.png",
        "data://image/png;base64,AAAA",
        "http://example.com/a.png",
    ],
)
def test_what_lies_outside_of_the_listed_folders_is_refused(folder: Path, uri: str) -> None:
    assert reason(uri.format(folder), settings(folder)) == "refused"


def test_a_symlink_out_of_the_folder_is_refused_and_one_within_it_is_followed(folder: Path) -> None:
    (folder / "out.png").symlink_to(folder.parent / "other" / "a b.png")
    (folder / "within.png").symlink_to(folder / "a b.png")
    assert reason("out.png", settings(folder)) == "refused"
    assert read("within.png", settings(folder)) == CONTENT


def test_a_file_that_became_a_link_after_it_was_allowed_is_not_read(folder: Path) -> None:
    configured = settings(folder)
    place = places.locate("a b.png", configured)
    (folder / "a b.png").unlink()
    (folder / "a b.png").symlink_to(folder.parent / "other" / "a b.png")
    with pytest.raises(Unusable, match="missing"):
        places.read(place, configured)


def test_a_folder_and_a_pipe_are_no_pictures_and_nobody_waits_for_them(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    assert [reason(name, settings(folder)) for name in ("pipe.png", ".")] == ["refused", "refused"]


def test_a_picture_that_is_not_there_is_missing(folder: Path) -> None:
    assert reason("gone.png", settings(folder)) == "missing"
    assert reason("x" * 5000, settings(folder)) == "missing"


def test_a_relative_path_is_looked_for_in_every_listed_folder(folder: Path) -> None:
    (folder.parent / "other" / "only here.png").write_bytes(b"there")
    assert read("only here.png", settings(folder, folder.parent / "other")) == b"there"


def test_a_file_of_more_bytes_than_allowed_is_too_large(folder: Path) -> None:
    (folder / "large.png").write_bytes(b"x" * 1025)
    (folder / "just right.png").write_bytes(b"x" * 1024)
    assert reason("large.png", settings(folder)) == "too large"
    assert len(read("just right.png", settings(folder))) == 1024


def test_the_key_of_a_place_changes_with_the_file(folder: Path) -> None:
    before = places.locate("a b.png", settings(folder)).key
    assert places.locate(f"{folder}/a b.png", settings(folder)).key == before
    os.utime(folder / "a b.png", (1, 1))
    assert places.locate("a b.png", settings(folder)).key != before
