import os
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest

from recsys.pictures import download, models, places, reading
from recsys.pictures.encode import Encoder
from recsys.pictures.places import Place
from recsys.pictures.reading import Pictures
from recsys.pictures.unusable import Unusable
from recsys.settings import PictureSettings, RuntimeSettings, Settings
from tests.pictures import tiny
from tests.pictures.tiny import content, drawing

Read = Callable[..., Pictures]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.clip(tmp_path_factory.mktemp("pictures") / "clip")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of three colours in a listed folder."""
    made = tmp_path / "pictures"
    made.mkdir()
    for colour in ("red", "green", "blue"):
        (made / f"{colour}.png").write_bytes(content(drawing(colour)))
    return made


@pytest.fixture
def read(tmp_path: Path, folder: Path, clip: str) -> Read:
    """What is made of these URIs, one an item."""

    def vectors(*uris: str | None, folders: tuple[str, ...] = (str(folder),)) -> Pictures:
        pictures = PictureSettings(model=clip, folders=folders, max_pixels=5000, max_bytes=100_000)
        settings = Settings(store=str(tmp_path / "store"), pictures=pictures, runtime=RuntimeSettings(device="cpu"))
        return reading.vectors_of(pd.DataFrame({"image_uri": uris}), models.find(clip), settings)

    return vectors


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Place]:
    """Places whose bytes were read."""
    seen, read = [], places.read

    def counted(place: Place, settings: PictureSettings) -> bytes:
        seen.append(place)
        return read(place, settings)

    monkeypatch.setattr(places, "read", counted)
    return seen


def test_an_item_has_the_vector_of_its_own_picture_or_none(read: Read, folder: Path, clip: str) -> None:
    made = read("blue.png", "", None, f"file://{folder}/red.png", "blue.png")
    encoder = Encoder(models.find(clip), RuntimeSettings(device="cpu"))
    blue, red = encoder.encode([encoder.pixels(drawing(colour)) for colour in ("blue", "red")])
    zero = np.zeros_like(red)
    np.testing.assert_allclose(made.vectors, [blue, zero, zero, red, blue], atol=1e-3)
    assert abs(float(blue @ red)) < 0.999


def test_what_cannot_be_used_is_counted_by_reason_and_stops_nothing(read: Read, folder: Path) -> None:
    (folder / "cut.png").write_bytes((folder / "red.png").read_bytes()[:60])
    (folder / "wide.png").write_bytes(content(drawing("red", (100, 100))))
    (folder / "heavy.png").write_bytes(b"x" * 100_001)
    made = read("gone.png", "/etc/hostname", "/etc/hostname", "cut.png", "wide.png", "heavy.png", "green.png")
    assert made.rows == {
        "pictures": 1,
        "pictures encoded": 1,
        "pictures missing": 1,
        "pictures refused": 2,
        "pictures unreachable": 0,
        "pictures too large": 2,
        "pictures broken": 1,
    }
    assert made.vectors.any(axis=1).tolist() == [False] * 6 + [True]


def test_a_second_run_opens_and_encodes_nothing(read: Read, opened: list[Place]) -> None:
    first = read("red.png", "green.png", "blue.png")
    assert (len(opened), first.encoded) == (3, 3)
    second = read("red.png", "green.png", "blue.png")
    assert (len(opened), second.encoded) == (3, 0)
    np.testing.assert_array_equal(first.vectors, second.vectors)


def test_the_same_content_is_encoded_once_wherever_it_lies(read: Read, folder: Path) -> None:
    (folder / "twin.png").write_bytes((folder / "red.png").read_bytes())
    made = read("red.png", "twin.png")
    assert made.encoded == 1
    np.testing.assert_array_equal(made.vectors[0], made.vectors[1])
    os.utime(folder / "twin.png", (1, 1))
    assert read("twin.png").encoded == 0


def test_a_picture_that_changed_is_read_anew(read: Read, folder: Path) -> None:
    before = read("red.png")
    (folder / "red.png").write_bytes(content(drawing("blue", (50, 50))))
    after = read("red.png")
    assert after.encoded == 1
    assert not np.allclose(before.vectors, after.vectors, atol=1e-3)


def test_a_picture_that_was_read_is_not_used_once_its_folder_is_no_longer_listed(read: Read) -> None:
    assert read("red.png").rows["pictures"] == 1
    made = read("red.png", folders=())
    assert (made.rows["pictures"], made.rows["pictures refused"]) == (0, 1)


def test_more_pictures_than_one_chunk_holds_keep_their_order(
    read: Read, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number}.png" for number in range(7)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(content(drawing((number * 40, 0, 99))))
    whole = read(*names)
    monkeypatch.setattr(reading, "CHUNK", 3)
    (folder / "0.png").touch()
    np.testing.assert_array_equal(read(*names[::-1]).vectors, whole.vectors[::-1])


def test_a_picture_of_the_network_is_fetched_once(
    read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: str
) -> None:
    asked = []

    def fetch(url: httpx.URL, settings: PictureSettings) -> bytes:
        asked.append(str(url))
        return content(drawing("red"))

    monkeypatch.setattr(download, "fetch", fetch)
    settings = Settings(
        store=str(tmp_path / "store"),
        runtime=RuntimeSettings(device="cpu"),
        pictures=PictureSettings(model=clip, hosts=("cdn.test",)),
    )
    items = pd.DataFrame({"image_uri": ["https://cdn.test/a.png", "https://other.test/a.png"]})
    for _ in range(2):
        made = reading.vectors_of(items, models.find(clip), settings)
        assert (made.rows["pictures"], made.rows["pictures refused"]) == (1, 1)
    assert asked == ["https://cdn.test/a.png"]


def test_a_host_that_sends_nothing_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: str
) -> None:
    asked: list[str] = []

    def fetch(url: httpx.URL, settings: PictureSettings) -> bytes:
        asked.append(url.host)
        if url.host == "dead.test":
            raise Unusable("unreachable")
        return content(drawing("red"))

    monkeypatch.setattr(download, "fetch", fetch)
    settings = Settings(
        store=str(tmp_path / "store"),
        runtime=RuntimeSettings(device="cpu"),
        pictures=PictureSettings(model=clip, hosts=("dead.test", "live.test")),
    )
    uris = [f"https://{host}.test/{number}.png" for host in ("dead", "live") for number in range(300)]
    made = reading.vectors_of(pd.DataFrame({"image_uri": uris}), models.find(clip), settings)
    assert (made.rows["pictures"], made.rows["pictures unreachable"]) == (300, 300)
    assert asked.count("dead.test") <= reading.MAX_UNREACHABLE + reading.READERS
