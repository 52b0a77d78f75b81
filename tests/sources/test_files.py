"""Files as people have them: what is read, what is set apart, and what is refused with which words."""

import csv
import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest

from recsys.errors import DataError, SettingsError
from recsys.events.ingest import partition
from recsys.settings import EventSettings, SourceSettings
from recsys.sources import engine, files, source


def read(path: Path | str, table: str = "events") -> pd.DataFrame:
    with engine.opened() as con:
        return files.read_table(con, table, str(path)).rows.df()


def rejected(path: Path) -> list[tuple[Any, ...]]:
    """Line, reason and content of what is no row."""
    with engine.opened() as con:
        lines = files.read_table(con, "events", str(path)).rejected
        return [] if lines is None else lines.fetchall()


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_whole_number_beside_nulls_keeps_all_its_digits(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": pd.array([9007199254740993, None], dtype="Int64")}).to_parquet(tmp_path / "e.parquet")
    with engine.opened() as con:
        rows = files.read_table(con, "events", str(tmp_path / "e.parquet")).rows.fetchall()
    assert rows == [(9007199254740993,), (None,)]


@pytest.mark.parametrize("number", ["9007199254740993", "12345678901234567890123"])
def test_a_number_in_json_keeps_all_its_digits_beside_nulls(tmp_path: Path, number: str) -> None:
    path = written(tmp_path / "e.jsonl", f'{{"user_id": {number}}}\n{{"user_id": null}}\n')
    assert read(path)["user_id"].tolist()[0] == number


def test_row_labels_of_a_data_frame_are_no_data(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": ["a", "b"]}, index=[5, 5]).to_parquet(tmp_path / "labels.parquet")
    assert read(tmp_path / "labels.parquet").columns.tolist() == ["user_id"]


def test_a_named_index_of_a_data_frame_is_a_column(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": ["a"], "country": ["FR"]}).set_index("user_id").to_parquet(tmp_path / "named.parquet")
    assert set(read(tmp_path / "named.parquet").columns) == {"user_id", "country"}


def test_a_word_such_as_NA_in_a_csv_is_a_word(tmp_path: Path) -> None:  # noqa: N802
    table = read(written(tmp_path / "items.csv", "item_id,title\nNA,null\n,\n"))
    assert table.iloc[0].tolist() == ["NA", "null"]
    assert table.iloc[1].isna().all()


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", "::"])
def test_the_sign_between_fields_is_seen_in_the_header(tmp_path: Path, mark: str) -> None:
    table = read(written(tmp_path / "items.txt", f"item_id{mark}title\n007{mark}Größe\n"))
    assert table.to_dict("records") == [{"item_id": "007", "title": "Größe"}]


def test_quotation_marks_between_tabs_are_text_but_around_a_whole_field(tmp_path: Path) -> None:
    text = 'item_id\ttitle\n1\tThe "Great" lamp\n2\t"A ""red"" rug"\n3\t6" ruler\n'
    assert read(written(tmp_path / "i.tsv", text))["title"].tolist() == ['The "Great" lamp', 'A "red" rug', '6" ruler']


def test_utf_16_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    for name, encoding in (("a.csv", "utf-16"), ("b.csv", "utf-8-sig")):
        (tmp_path / name).write_text("item_id,title\n1,Größe\n", encoding=encoding)
        assert read(tmp_path / name).to_dict("records") == [{"item_id": "1", "title": "Größe"}]


@pytest.mark.parametrize(
    ("line", "reason"), [("u2,b", "fewer fields than the header"), ("u2,b,buy,1,2", "more fields than the header")]
)
def test_a_line_of_another_length_is_set_apart_and_moves_no_column(tmp_path: Path, line: str, reason: str) -> None:
    path = written(tmp_path / "e.csv", f"user_id,item_id,action\nu1,a,view\n{line}\nu3,c,buy\n")
    assert read(path).to_numpy().tolist() == [["u1", "a", "view"], ["u3", "c", "buy"]]
    assert rejected(path) == [(3, reason, line)]


def test_an_empty_field_at_the_end_of_every_line_is_dropped(tmp_path: Path) -> None:
    assert read(written(tmp_path / "e.csv", "user_id,item_id\nu1,a,\nu2,b,\n"))["user_id"].tolist() == ["u1", "u2"]


def test_where_all_lines_have_more_fields_than_the_header_the_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "users.csv", "user_id,name\nu1,Ann,FR\nu2,Bob,DE\n")
    with pytest.raises(DataError, match=r"line 2(.|\n)*more fields than the header"):
        read(path, "users")


def test_a_line_that_is_not_utf_8_is_set_apart(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_bytes("user_id,item_id\nu1,a\nGröße,b\n".encode("latin-1"))
    assert read(tmp_path / "e.csv")["user_id"].tolist() == ["u1"]
    assert rejected(tmp_path / "e.csv")[0][:2] == (3, "text is not UTF-8")


def test_a_file_of_another_encoding_is_to_be_saved_as_utf_8(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_bytes("user_id,item_id\nGröße,b\n".encode("latin-1"))
    with pytest.raises(DataError, match="save the file as UTF-8"):
        read(tmp_path / "e.csv")


@pytest.mark.parametrize("line", ["{oops", "[1]", '{"user_id": 007}'])
def test_a_line_that_is_no_json_object_is_set_apart(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "e.jsonl", f'{{"user_id": 1}}\n\n{line}\n{{"user_id": 2, "more": "x"}}\n')
    assert read(path).to_dict("list")["user_id"] == ["1", "2"]
    assert rejected(path) == [(2, "line is no JSON object", line)]


def test_a_json_file_without_an_object_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 1: '\{oops'"):
        read(written(tmp_path / "e.jsonl", "{oops\n"))


def test_a_folder_is_all_its_files_in_the_order_of_their_names_whatever_the_order_of_columns(tmp_path: Path) -> None:
    (tmp_path / "e" / "deep").mkdir(parents=True)
    written(tmp_path / "e" / "2.csv", "item_id,user_id\nb,u2\n")
    written(tmp_path / "e" / "deep" / "3.csv", "user_id,item_id,value\nu3,c,5\n")
    written(tmp_path / "e" / "1.csv", "user_id,item_id\nu1,a\n")
    written(tmp_path / "e" / "_SUCCESS", "")
    found = read(tmp_path / "e").sort_values("user_id")
    assert found[["user_id", "item_id"]].to_numpy().tolist() == [["u1", "a"], ["u2", "b"], ["u3", "c"]]
    assert found["value"].dropna().tolist() == ["5"]


@pytest.mark.parametrize("extension", ["csv", "jsonl", "parquet"])
def test_names_of_folders_are_columns(tmp_path: Path, extension: str) -> None:
    for day in ("2024-01-31", "2024-02-01"):
        folder = tmp_path / "e" / f"day={day}"
        folder.mkdir(parents=True)
        table = pd.DataFrame({"user_id": ["u"]})
        match extension:
            case "csv":
                table.to_csv(folder / "part.csv", index=False)
            case "jsonl":
                table.to_json(folder / "part.jsonl", orient="records", lines=True)
            case _:
                table.to_parquet(folder / "part.parquet")
    assert sorted(read(tmp_path / "e")["day"].astype(str)) == ["2024-01-31", "2024-02-01"]


def test_a_glob_is_the_files_that_it_matches(tmp_path: Path) -> None:
    for name in ("a1", "a2", "b1"):
        written(tmp_path / f"{name}.csv", f"user_id\n{name}\n")
    assert sorted(read(tmp_path / "a*.csv")["user_id"]) == ["a1", "a2"]
    with pytest.raises(DataError, match="cannot be opened"):
        read(tmp_path / "c*.csv")


def test_files_of_several_forms_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "a.csv", "user_id\n1\n")
    written(tmp_path / "b.jsonl", '{"user_id": 1}\n')
    with pytest.raises(DataError, match="several forms"):
        read(tmp_path)


def test_a_file_is_read_from_any_filesystem() -> None:
    with fsspec.open("memory://in/items.csv", "wb") as file:
        file.write(b"item_id,title\n1,Lamp\n")
    assert read("memory://in/items.csv")["title"].tolist() == ["Lamp"]


@pytest.mark.parametrize("name", ["e.parquet", "e.csv", "e.jsonl", "e.json"])
def test_an_empty_file_is_named_in_the_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DataError, match="cannot be read") as error:
        read(tmp_path / name)
    assert error.value.where == str(tmp_path / name)


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"events file cannot be read(.|\n)*parquet"):
        read(written(tmp_path / "e.parquet", "user_id,item_id\n1,2\n"))
    with gzip.open(tmp_path / "e.csv", "wb") as file:
        file.write(b"user_id\n1\n")
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "e.csv")


def test_a_missing_file_is_named_with_the_setting_to_correct(tmp_path: Path) -> None:
    settings = SourceSettings(kind="files", events=str(tmp_path / "no.csv"), items=str(tmp_path / "no.csv"))
    with pytest.raises(DataError, match=r"correct source\.events"):
        files.digest(settings)


def test_an_unknown_extension_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "events.xlsx").touch()
    with pytest.raises(SettingsError, match=r"\.parquet, \.pq, \.csv"):
        read(tmp_path / "events.xlsx")


def test_a_protocol_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SettingsError, match="driver that is not installed"):
        read("nowhere://e.csv")


def test_a_column_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column twice"):
        read(written(tmp_path / "i.csv", "item_id,title,title\n1,a,b\n"))


def test_a_source_without_items_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"source\.items"):
        files.digest(SourceSettings(kind="files", events="e.csv"))


def test_columns_named_by_hand_go_before_all_others(tmp_path: Path) -> None:
    written(tmp_path / "e.csv", "who,user_id,thing,what\na,x,b,buy\n")
    written(tmp_path / "i.csv", "thing,name\nb,Lamp\n")
    configured = SourceSettings(
        kind="files",
        events=str(tmp_path / "e.csv"),
        items=str(tmp_path / "i.csv"),
        columns={"user_id": "who", "item_id": "thing", "events.action": "what"},
    )
    with engine.opened() as con:
        tables = source.read(con, configured)
        assert tables.events.rows.select("user_id, item_id, action").fetchall() == [("a", "b", "buy")]
        assert tables.items.rows.select("item_id, title").fetchall() == [("b", "Lamp")]


@pytest.mark.parametrize("name", ["i.csv", "i.jsonl", "i.parquet"])
def test_columns_that_differ_in_case_alone_are_refused_in_every_form(tmp_path: Path, name: str) -> None:
    table = pd.DataFrame([["a", "x", "Lamp"]], columns=["item_id", "Title", "title"])
    match Path(name).suffix:
        case ".csv":
            table.to_csv(tmp_path / name, index=False)
        case ".jsonl":
            table.to_json(tmp_path / name, orient="records", lines=True)
        case _:
            table.to_parquet(tmp_path / name)
    with pytest.raises(DataError, match=r"column twice(.|\n)*Title, title"):
        read(tmp_path / name, "items")


def test_names_inside_of_a_column_are_no_columns(tmp_path: Path) -> None:
    table = pd.DataFrame({"item_id": ["a"], "maker": [{"item_id": "m", "x": [{"title": 1}]}], "title": ["Lamp"]})
    table.to_parquet(tmp_path / "i.parquet")
    assert read(tmp_path / "i.parquet")["title"].tolist() == ["Lamp"]


def test_blank_lines_before_the_header_are_passed_over(tmp_path: Path) -> None:
    assert read(written(tmp_path / "i.csv", "\n  \nitem_id,title\na,Lamp\n"))["title"].tolist() == ["Lamp"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"user_id": "whom"}, r"whom(.|\n)*one of who, item_id"),
        ({"usr_id": "who"}, "did you mean user_id"),
        ({"evnts.user_id": "who"}, "a column that there is not"),
        ({"items.title": "who"}, "one of item_id, title"),
    ],
)
def test_a_name_given_by_hand_that_nothing_has_is_refused(tmp_path: Path, columns: dict[str, str], words: str) -> None:
    events, items = (
        written(tmp_path / "e.csv", "who,item_id\nu,a\n"),
        written(tmp_path / "i.csv", "item_id,title\na,L\n"),
    )
    configured = SourceSettings(kind="files", events=str(events), items=str(items), columns=columns)
    with engine.opened() as con, pytest.raises(SettingsError, match=words):
        source.read(con, configured)


@pytest.mark.parametrize("name", ["filename", "row", "reason", "rows", "select", 'q"q'])
def test_a_column_may_have_any_name(tmp_path: Path, name: str) -> None:
    with (tmp_path / "u.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["user_id", name], ["u", "x"], ["u", "y"]])
    events = written(tmp_path / "e.csv", "user_id,item_id,action\nu,a,buy\n")
    items = written(tmp_path / "i.csv", "item_id,title\na,L\n")
    files = {"events": str(events), "items": str(items), "users": str(tmp_path / "u.csv")}
    with engine.opened() as con:
        tables = source.read(con, SourceSettings(kind="files", **files))
        bad, day = str(tmp_path / "bad.parquet"), date(2024, 1, 1)
        made = partition(con, tables, EventSettings(max_bad_share=1.0), day, bad, datetime(2026, 1, 1, tzinfo=UTC))
    assert made.users.iloc[0].tolist() == ["u", "x"]
    assert made.quarantine["reason"].tolist() == ["duplicate user"]


def test_a_parquet_file_that_is_broken_inside_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": [f"user {n}" for n in range(999)]}).to_parquet(tmp_path / "e.parquet")
    whole = bytearray((tmp_path / "e.parquet").read_bytes())
    whole[40:400] = bytes(360)
    (tmp_path / "e.parquet").write_bytes(whole)
    with pytest.raises(DataError, match="cannot be read to its end"):
        read(tmp_path / "e.parquet")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'u2,b,"f"g', "quotation mark without its end"),
        ("u2,Größe,buy".encode("latin-1"), "text is not UTF-8"),
        ("u2,b,Größe".encode("latin-1"), "text is not UTF-8"),
        (b"u2,b", "fewer fields than the header"),
    ],
)
def test_a_bad_line_takes_no_other_away_whichever_columns_are_asked_for(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    (tmp_path / "e.csv").write_bytes(b"user_id,item_id,action\nu1,a,buy\n" + line + b"\nu3,c,buy\nu4,d,buy\n")
    with engine.opened() as con:
        table = files.read_table(con, "events", str(tmp_path / "e.csv"))
        assert table.rows.fetchall() == [("u1", "a", "buy"), ("u3", "c", "buy"), ("u4", "d", "buy")]
        for column in table.rows.columns:
            assert len(table.rows.select(column).fetchall()) == 3
        assert table.rows.aggregate("count(*)").fetchall() == [(3,)]
        assert table.rejected is not None
        assert [row[:2] for row in table.rejected.fetchall()] == [(3, reason)]
