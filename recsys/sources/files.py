"""Tables from Parquet, CSV and JSONL files, local or anywhere that fsspec reaches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import fsspec

from recsys.errors import DataError, SettingsError, TransientError
from recsys.schema import FOLLOWEE_ID, FOLLOWER_ID, OCCURRED_AT, VALUE
from recsys.settings import SourceSettings
from recsys.sources.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = ("events", "items")
OPTIONAL = ("users", "follows")
ALIASES: Mapping[str, Mapping[str, str]] = {
    "events": {"timestamp": OCCURRED_AT, "rating": VALUE},
    "follows": {"follower": FOLLOWER_ID, "followee": FOLLOWEE_ID},
}  # fmt: skip
"""Other names of columns, by table; a column's own name goes first."""


def digest(settings: SourceSettings) -> str:
    """Digest of the bytes of every file named."""
    return ", ".join(f"{table} {_content(table, uri)}" for table, uri in _uris(settings).items())


def read(settings: SourceSettings) -> Tables:
    """The files named, one table each; a table that is not named is None."""
    tables = {table: _renamed(table, read_table(table, uri)) for table, uri in _uris(settings).items()}
    return Tables(**tables)


def read_table(table: str, uri: str) -> pd.DataFrame:
    """One file as a table, by its extension; whole numbers stay whole also beside nulls.

    Raises `DataError` for a file that is missing, empty, or not what its extension says.
    """
    kind = PurePosixPath(uri).suffix.lower()
    if kind not in READERS:
        raise SettingsError(f"the {table} file has an unknown extension", where=uri, seen=kind or "none",
                            expected=", ".join(READERS))  # fmt: skip
    with _opened(table, uri) as file:
        try:
            return READERS[kind](file)
        except (ValueError, NotImplementedError, OSError) as error:
            raise DataError(f"the {table} file cannot be read", where=uri, seen=_first_line(error),
                            expected=f"rows in {kind.removeprefix('.')} form, text in UTF-8",
                            remedy="write the file again") from None  # fmt: skip


def _renamed(table: str, raw: pd.DataFrame) -> pd.DataFrame:
    names = {old: new for old, new in ALIASES.get(table, {}).items() if new not in raw.columns}
    return raw.rename(columns=names)


def _uris(settings: SourceSettings) -> dict[str, str]:
    for table in REQUIRED:
        if not getattr(settings, table):
            raise SettingsError(f"no file of {table} is named", where=f"source.{table}", seen="nothing",
                                expected="URI of a Parquet, CSV or JSONL file")  # fmt: skip
    return {table: uri for table in (*REQUIRED, *OPTIONAL) if (uri := getattr(settings, table))}


def _content(table: str, uri: str) -> str:
    with _opened(table, uri) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


@contextmanager
def _opened(table: str, uri: str) -> Iterator[BufferedReader]:
    try:
        file = fsspec.open(uri, "rb").open()
    except ImportError as error:
        raise SettingsError(f"the {table} file needs a driver that is not installed", where=uri,
                            seen=str(error), remedy="install it with pip") from None  # fmt: skip
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise DataError(f"the {table} file cannot be opened", where=uri, seen=type(error).__name__,
                        expected="a readable file", remedy=f"correct source.{table}") from None  # fmt: skip
    except OSError as error:
        raise TransientError(f"the {table} file cannot be reached", where=uri, seen=_first_line(error)) from error
    with file:
        yield file


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def _parquet(file: BufferedReader) -> pd.DataFrame:
    """Columns as they are stored: a data frame's unnamed row labels are no data, its named ones are a column."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(file)
    named = [name for name in table.column_names if not name.startswith("__index_level_")]
    return table.select(named).to_pandas(ignore_metadata=True, integer_object_nulls=True)


def _csv(file: BufferedReader) -> pd.DataFrame:
    """Every cell as text, so that an id such as 007 keeps its zeros; an empty cell is null."""
    import pandas as pd

    return pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])


def _jsonl(file: BufferedReader) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame.from_records(
        [_object(number, line) for number, line in enumerate(file) if line.strip()]
    ).astype(object)


def _object(number: int, line: bytes) -> dict[str, object]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ValueError(f"line {number + 1}: {error}") from None
    if not isinstance(record, dict):
        raise ValueError(f"line {number + 1}: {type(record).__name__} instead of an object")
    return record


READERS: Mapping[str, Callable[[BufferedReader], pd.DataFrame]] = {
    ".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl,
}  # fmt: skip
