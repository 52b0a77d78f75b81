from pathlib import Path

import fsspec
import pandas as pd
import pytest

from recsys.errors import DataError, SettingsError
from recsys.settings import SourceSettings
from recsys.sources import files


def test_a_whole_number_beside_nulls_keeps_all_its_digits(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": pd.array([9007199254740993, None], dtype="Int64")}).to_parquet(tmp_path / "e.parquet")
    assert files.read_table("events", str(tmp_path / "e.parquet"))["user_id"].tolist() == [9007199254740993, None]


def test_row_labels_of_a_data_frame_are_no_data(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": ["a", "b"]}, index=[5, 5]).to_parquet(tmp_path / "labels.parquet")
    table = files.read_table("users", str(tmp_path / "labels.parquet"))
    assert table.columns.tolist() == ["user_id"]
    assert table.index.tolist() == [0, 1]


def test_a_named_index_of_a_data_frame_is_a_column(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": ["a"], "country": ["FR"]}).set_index("user_id").to_parquet(tmp_path / "named.parquet")
    assert set(files.read_table("users", str(tmp_path / "named.parquet")).columns) == {"user_id", "country"}


def test_a_word_such_as_NA_in_a_csv_is_a_word(tmp_path: Path) -> None:  # noqa: N802
    (tmp_path / "items.csv").write_text("item_id,title\nNA,null\n,\n")
    table = files.read_table("items", str(tmp_path / "items.csv"))
    assert table.iloc[0].tolist() == ["NA", "null"]
    assert table.iloc[1].isna().all()


def test_a_file_is_read_from_any_filesystem() -> None:
    with fsspec.open("memory://in/items.csv", "wb") as file:
        file.write(b"item_id,title\n1,Lamp\n")
    assert files.read_table("items", "memory://in/items.csv")["title"].tolist() == ["Lamp"]


@pytest.mark.parametrize("name", ["e.parquet", "e.csv"])
def test_an_empty_file_is_named_in_the_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DataError, match="cannot be read") as error:
        files.read_table("events", str(tmp_path / name))
    assert error.value.where == str(tmp_path / name)


def test_a_file_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e.parquet").write_text("user_id,item_id\n1,2\n")
    with pytest.raises(DataError, match=r"events file cannot be read(.|\n)*rows in parquet form"):
        files.read_table("events", str(tmp_path / "e.parquet"))


def test_a_csv_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_bytes(b"user_id\n\xff\xfe\x00\n")
    with pytest.raises(DataError, match="cannot be read"):
        files.read_table("events", str(tmp_path / "e.csv"))


@pytest.mark.parametrize(("second", "seen"), [("{oops", "line 2"), ("[1]", "line 2: list instead of an object")])
def test_a_bad_line_of_jsonl_is_named(tmp_path: Path, second: str, seen: str) -> None:
    (tmp_path / "e.jsonl").write_text('{"user_id": 1}\n' + second + "\n")
    with pytest.raises(DataError) as error:
        files.read_table("events", str(tmp_path / "e.jsonl"))
    assert error.value.seen.startswith(seen)


def test_a_missing_file_is_named_with_the_setting_to_correct(tmp_path: Path) -> None:
    settings = SourceSettings(kind="files", events=str(tmp_path / "no.csv"), items=str(tmp_path / "no.csv"))
    with pytest.raises(DataError, match=r"correct source\.events"):
        files.digest(settings)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "e.csv").mkdir()
    with pytest.raises(DataError, match="cannot be opened"):
        files.read_table("events", str(tmp_path / "e.csv"))


def test_an_unknown_extension_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"\.parquet, \.csv, \.jsonl"):
        files.read_table("events", "events.xlsx")


def test_a_source_without_items_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"source\.items"):
        files.read(SourceSettings(kind="files", events="e.csv"))


def test_follows_may_name_their_ends_shortly(tmp_path: Path) -> None:
    for name in ("e", "i"):
        (tmp_path / f"{name}.csv").write_text("item_id\na\n")
    (tmp_path / "f.csv").write_text("follower,followee,followee_id\na,b,c\n")
    chosen = {table: str(tmp_path / f"{table[0]}.csv") for table in ("events", "items", "follows")}
    found = files.read(SourceSettings(kind="files", **chosen))
    assert found.follows is not None
    assert list(found.follows.columns) == ["follower_id", "followee", "followee_id"]


def test_events_may_call_their_time_timestamp(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("user_id,item_id,action,timestamp\na,b,buy,1714996800\n")
    (tmp_path / "i.csv").write_text("item_id\nb\n")
    found = files.read(SourceSettings(kind="files", events=str(tmp_path / "e.csv"), items=str(tmp_path / "i.csv")))
    assert found.events["occurred_at"].tolist() == ["1714996800"]
