"""What every source promises; each source inherits the suite."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

from recsys.settings import SourceSettings
from recsys.sources import engine, source

EVENTS = pd.DataFrame({"user_id": ["007", "b"], "item_id": ["1", "2"], "action": ["buy", "view"], "value": [1.0, None]})
ITEMS = pd.DataFrame({"item_id": ["1", "2"], "title": ["Größe", "a, b"]})


def read(settings: SourceSettings) -> SimpleNamespace:
    """The source's tables as data frames, None for those that there are not."""
    with engine.opened() as con:
        tables = source.read(con, settings)
        frames = {name: table.rows.df() for name, table in tables}
        rejected = {f"{name}_rejected": table.rejected.fetchall() for name, table in tables if table.rejected}
    return SimpleNamespace(**{"users": None, "follows": None, **frames, **rejected})


class SourceContract:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> SourceSettings:
        raise NotImplementedError

    def test_events_name_a_user_an_item_and_an_action(self, settings: SourceSettings) -> None:
        events = read(settings).events
        assert {"user_id", "item_id", "action"} <= set(events.columns)
        assert len(events) > 0

    def test_items_have_an_id_and_a_title(self, settings: SourceSettings) -> None:
        items = read(settings).items
        assert {"item_id", "title"} <= set(items.columns)

    def test_every_event_is_about_an_item(self, settings: SourceSettings) -> None:
        tables = read(settings)
        assert set(tables.events["item_id"]) <= set(tables.items["item_id"])

    def test_reading_twice_gives_the_same(self, settings: SourceSettings) -> None:
        first, second = read(settings), read(settings)
        pd.testing.assert_frame_equal(first.events, second.events)
        pd.testing.assert_frame_equal(first.items, second.items)

    def test_the_digest_is_stable(self, settings: SourceSettings) -> None:
        assert source.digest(settings) == source.digest(settings)


class FileContract(SourceContract):
    extension: str
    write: Callable[[pd.DataFrame, Path], object]

    @pytest.fixture
    def settings(self, tmp_path: Path) -> SourceSettings:
        for name, table in (("events", EVENTS), ("items", ITEMS)):
            type(self).write(table, tmp_path / f"{name}{self.extension}")
        return SourceSettings(
            kind="files",
            events=str(tmp_path / f"events{self.extension}"),
            items=str(tmp_path / f"items{self.extension}"),
        )

    def test_ids_keep_their_zeros_and_words_their_accents(self, settings: SourceSettings) -> None:
        tables = read(settings)
        assert tables.events["user_id"].tolist() == ["007", "b"]
        assert tables.items["title"].tolist() == ["Größe", "a, b"]

    def test_a_missing_value_is_null(self, settings: SourceSettings) -> None:
        assert read(settings).events["value"].isna().tolist() == [False, True]

    def test_tables_that_are_not_named_are_none(self, settings: SourceSettings) -> None:
        tables = read(settings)
        assert tables.users is None
        assert tables.follows is None

    def test_other_content_has_another_digest(self, settings: SourceSettings) -> None:
        before = source.digest(settings)
        type(self).write(ITEMS.assign(title="new"), Path(settings.items))
        assert source.digest(settings) != before


class TestMovieLens(SourceContract):
    @pytest.fixture
    def settings(self, tmp_path: Path) -> SourceSettings:
        return SourceSettings(kind="movielens")

    def test_it_has_every_rating_and_film(self, settings: SourceSettings) -> None:
        tables = read(settings)
        assert (len(tables.events), len(tables.items)) == (100_004, 9_066)
        assert tables.events["user_id"].nunique() == 671

    def test_a_film_has_its_year_and_its_genres(self, settings: SourceSettings) -> None:
        film = read(settings).items.set_index("item_id").loc["1"]
        assert film["title"] == "Toy Story (1995)"
        assert film["category"] == "Adventure|Animation|Children|Comedy|Fantasy"

    def test_a_film_without_genres_has_an_empty_category(self, settings: SourceSettings) -> None:
        items = read(settings).items
        assert not items["category"].str.contains("no genres").any()


class TestParquet(FileContract):
    extension = ".parquet"
    write = staticmethod(lambda table, path: table.to_parquet(path))


class TestCsv(FileContract):
    extension = ".csv"
    write = staticmethod(lambda table, path: table.to_csv(path, index=False))


class TestGzippedTsv(FileContract):
    extension = ".tsv.gz"
    write = staticmethod(lambda table, path: table.to_csv(path, index=False, sep="\t"))


class TestCsvPackedByZstandard(FileContract):
    extension = ".csv.zst"

    @staticmethod
    def write(table: pd.DataFrame, path: Path) -> None:
        with pa.CompressedOutputStream(str(path), "zstd") as file:
            file.write(table.to_csv(index=False).encode())


class TestCsvPackedByBzip2(FileContract):
    extension = ".csv.bz2"
    write = staticmethod(lambda table, path: table.to_csv(path, index=False))


class TestJsonLines(FileContract):
    extension = ".jsonl"
    write = staticmethod(lambda table, path: table.to_json(path, orient="records", lines=True))


class TestGzippedNdjson(FileContract):
    extension = ".ndjson.gz"
    write = staticmethod(lambda table, path: table.to_json(path, orient="records", lines=True))


class TestJsonArray(FileContract):
    extension = ".json"
    write = staticmethod(lambda table, path: table.to_json(path, orient="records"))
