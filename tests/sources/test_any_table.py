"""Whatever a file holds, it is read or refused with words, and what is read is what was written."""

import gzip
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from recsys.errors import RecsysError
from recsys.events.ingest import partition
from recsys.settings import EventSettings, SourceSettings
from recsys.sources import engine, source

EXAMPLES = 25
"""Tables that are tried here; 200 by hand."""
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = (
    "user_id",
    "userId",
    "item_id",
    "Item ID",
    "action",
    "event",
    "occurred_at",
    "ts",
    "value",
    "rating",
    "position",
    "title",
    "name",
    "genres",
    "available",
    "",
    "a b",
    'q"q',
    "x'y",
    "größe",
    "rows",
    "select",
    "filename",
    "row",
)
WORDS = (
    "u1",
    "a",
    "b",
    "buy",
    "view",
    "rate",
    "4.5",
    "4,5",
    "1.234",
    "2024-01-31",
    "31.12.2024",
    "1706659200",
    "0",
    "-1",
    "nan",
    "None",
    "null",
    "NULL",
    "inf",
    "-Infinity",
    "",
    " ",
    "1e400",
    "9" * 40,
    "007",
    "true",
    "N",
    "[1",
    '["a"]',
    "{}",
    "<b>x</b>",
    "ï»¿",
    "\ufeff",
    "日本",
    "\u202e",
    "a\tb",
    "a\nb",
    'a"b',
    "a,b",
    "a;b",
    "'",
    "\\",
    "\x7f",
    "😀",
)
cells = st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
values = st.one_of(
    cells,
    st.none(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.lists(cells, max_size=2),
    st.dictionaries(cells, cells, max_size=1),
    st.binary(max_size=4),
)
headers = st.lists(st.sampled_from(NAMES), min_size=1, max_size=7)
broken = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@st.composite
def tables(draw: st.DrawFn, cell: st.SearchStrategy[Any]) -> tuple[list[str], list[list[Any]]]:
    """A header and rows, some of another length."""
    usual = ["user_id", "item_id", "action", "title"] if draw(st.integers(0, 3)) else []
    header = list(dict.fromkeys([*usual, *draw(headers)])) if draw(st.integers(0, 7)) else draw(headers)
    rows = draw(st.lists(st.lists(cell, min_size=len(header), max_size=len(header)), max_size=6))
    if rows and draw(st.integers(0, 3)) == 0:
        rows[-1] = rows[-1][: draw(st.integers(0, len(header)))] + draw(st.lists(cell, max_size=2))
    return header, rows


@st.composite
def delimited(draw: st.DrawFn) -> tuple[str, bytes]:
    header, rows = draw(tables(cells))
    sign, end = draw(st.sampled_from([",", "\t", ";", "|", "::"])), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quote = draw(st.booleans())
    lines = [sign.join(_quoted(str(cell)) if quote else str(cell) for cell in row) for row in [header, *rows]]
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    return draw(st.sampled_from(["csv", "tsv", "txt"])), end.join(lines).encode(encoding, "replace")


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@st.composite
def json_text(draw: st.DrawFn) -> tuple[str, bytes]:
    header, rows = draw(tables(values))
    objects = [dict(zip(header, row, strict=False)) for row in rows]
    if draw(st.booleans()):
        return "json", json.dumps(objects, default=str).encode()
    return "jsonl", "\n".join(json.dumps(record, default=str) for record in objects).encode()


@st.composite
def parquet(draw: st.DrawFn) -> tuple[str, bytes]:
    header, rows = draw(tables(cells))
    kind = draw(st.sampled_from([None, "float64", "int64", "bool", "datetime64[ns]", "category"]))
    frame = pd.DataFrame([(row + [None] * len(header))[: len(header)] for row in rows], columns=header)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    if kind and len(frame.columns):
        numbers = draw(st.lists(st.integers(0, 2**31), min_size=len(frame), max_size=len(frame)))
        filled = pd.Series(numbers, dtype="int64", index=frame.index)
        frame[frame.columns[0]] = filled.astype(str).astype(kind) if kind == "category" else filled.astype(kind)
    return "parquet", frame.to_parquet()


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    extension, content = draw(st.one_of(delimited(), json_text(), parquet()))
    match draw(st.integers(0, 9)):
        case 0:
            content = content[: draw(st.integers(0, len(content)))]
        case 1:
            place = draw(st.integers(0, len(content)))
            content = content[:place] + draw(st.binary(min_size=1, max_size=3)) + content[place:]
        case 2:
            return f"{extension}.gz", gzip.compress(content)
        case 3:
            return draw(st.sampled_from(["csv", "jsonl", "json", "parquet", "csv.gz", "csv.zst", "csv.bz2"])), content
    return extension, content


def _ingested(folder: Path, named: dict[str, tuple[str, bytes]]) -> int:
    for table, (extension, content) in named.items():
        (folder / f"{table}.{extension}").write_bytes(content)
    uris = {table: str(folder / f"{table}.{extension}") for table, (extension, _) in named.items()}
    with engine.opened() as con:
        raw = source.read(con, SourceSettings(kind="files", **uris))
        made = partition(
            con, raw, EventSettings(max_bad_share=1.0), date(2024, 12, 31), str(folder / "bad.parquet"), NOW
        )
        made.events.write_parquet(str(folder / "made.parquet"))
        return len(made.items)


GOOD = {
    "events": ("csv", b"user_id,item_id,action\nu1,a,buy\nu2,b,buy\n"),
    "items": ("csv", b"item_id,title\na,A\nb,B\n"),
}


@broken
@given(files(), st.sampled_from(["events", "items", "users", "follows"]))
def test_a_file_is_read_or_refused_with_words(file: tuple[str, bytes], table: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            assert _ingested(Path(folder), {**GOOD, table: file}) > 0
            event("read")
        except RecsysError as refused:
            event(f"refused: {refused.what}")
            told = all((refused.what, refused.where, refused.seen or refused.expected))
        else:
            told = True
        assert told


ids = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6).filter(lambda word: word.strip())


def _exact(written: Sequence[str]) -> list[str]:
    return sorted(set(written))


@broken
@given(st.lists(ids, min_size=1, max_size=5, unique=True), st.sampled_from(["csv", "tsv", "jsonl", "parquet"]))
def test_ids_come_out_as_they_were_written(users: list[str], extension: str) -> None:
    events = pd.DataFrame({"user_id": users, "item_id": "a", "action": "buy"})
    with tempfile.TemporaryDirectory() as folder:
        match extension:
            case "parquet":
                content = events.to_parquet(index=False)
            case "jsonl":
                content = events.to_json(orient="records", lines=True).encode()
            case _:
                content = events.to_csv(index=False, sep="\t" if extension == "tsv" else ",").encode()
        _ingested(Path(folder), {**GOOD, "events": (extension, content)})
        assert _exact(pd.read_parquet(Path(folder) / "made.parquet")["user_id"]) == _exact(users)
