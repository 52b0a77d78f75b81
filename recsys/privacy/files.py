"""A user in the files of a store: rows removed from tables, and a search through everything that is left."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys.artifacts import ASIDE, release
from recsys.privacy.forgotten import FOLDER
from recsys.schema import CONTENT, ITEM_ID, ITEM_IDS, OCCURRED_AT, PEOPLE

MARK = "forgotten.json"
"""File beside models that were made with somebody who is forgotten."""
NUMBERED = "numbered"
"""Folder of an artifact in which users are row numbers."""
BY_ROW = (f"/{NUMBERED}/", "/observed.npz", "/examples.npz")
"""Files with rows of users and no id: they go whole."""
UNREADABLE = (OSError, pa.ArrowInvalid)
MIN_TELLING = 8
"""Bytes of an id from which on its bytes in a binary file are no accident."""


@dataclass(frozen=True)
class Change:
    """What became of a file."""

    file: str
    rows: int
    """Rows removed."""
    before: str
    """SHA-256 of its content."""
    after: str
    """The same after the removal; "" when the whole file is gone."""


@dataclass(frozen=True)
class Presence:
    """Since when a user is in a store."""

    days: frozenset[str]
    """The `as_of=…` folders with a table that names the user."""
    since: str
    """Day of the first event; "" where none is known."""

    def at(self, day: str) -> bool:
        """Whether what was made on a day, `as_of=…`, was made with the user, be the day's tables there or gone."""
        return day in self.days or ("" < self.since <= day.removeprefix("as_of="))


class Files:
    """The files of a store."""

    def __init__(self, store: str) -> None:
        self._files, self.root = fsspec.core.url_to_fs(store)

    def names(self) -> Iterator[str]:
        """Paths of all files but the list of the forgotten, in order."""
        self._files.invalidate_cache()
        if self._files.exists(self.root):
            found = sorted(self._files.find(self.root))
            yield from (path for path in found if not path.startswith(f"{self.root.rstrip('/')}/{FOLDER}/"))

    def presence(self, user_id: str) -> Presence:
        """Where and since when the user is among the rows."""
        days: set[str] = set()
        instants: list[datetime] = []
        for path, table in self._tables():
            rows = table.filter(_of(table, user_id))
            if rows.num_rows:
                days.add(day_of(path) or "")
                instants += rows[OCCURRED_AT].drop_null().to_pylist() if OCCURRED_AT in rows.column_names else []
        return Presence(frozenset(days), min(instants).date().isoformat() if instants else "")

    def users(self) -> set[str]:
        """Ids of all users in tables."""
        columns = (table[name] for _, table in self._tables() for name in PEOPLE if name in table.column_names)
        return {user for column in columns for user in pc.unique(column.cast(pa.string())).to_pylist() if user}

    def remove(self, user_id: str) -> list[Change]:
        """Removes the user's rows from every table, and before that files by row from the days that have any.

        So another try still knows these days where the first is cut off.
        """
        days = self.presence(user_id).days
        gone = [path for path in self.names() if day_of(path) in days and any(part in path for part in BY_ROW)]
        dropped = [self._drop(path) for path in gone]
        changes = [change for path, table in self._tables() if (change := self._remove(path, table, user_id))]
        return dropped + changes

    def search(self, user_id: str) -> tuple[int, list[str]]:
        """How many files were searched, and those that still hold the user, or may: a stage is writing them."""
        paths = list(self.names())
        return len(paths), [path for path in paths if self._may_hold(path, user_id)]

    def mark(self, path: str, subject: str) -> None:
        """Notes beside an artifact that it was made with somebody who is forgotten."""
        marks = set(json.loads(self._files.cat_file(path))) if self._files.exists(path) else set()
        self._files.pipe_file(path, json.dumps(sorted({*marks, subject})).encode())

    def _tables(self) -> Iterator[tuple[str, pa.Table]]:
        for path in self.names():
            if not path.endswith(".parquet"):
                continue
            try:
                yield path, self._table(path)
            except UNREADABLE:
                if not being_written(path):
                    raise

    def _table(self, path: str) -> pa.Table:
        return pq.read_table(io.BytesIO(self._files.cat_file(path)))

    def _remove(self, path: str, table: pa.Table, user_id: str) -> Change | None:
        kept = table.filter(pc.invert(_of(table, user_id)))
        if kept.num_rows == table.num_rows:
            return None
        before, out = _sha(self._files.cat_file(path)), io.BytesIO()
        pq.write_table(kept, out)
        self._release(path)
        self._files.pipe_file(f"{path}.new", out.getvalue())
        self._files.mv(f"{path}.new", path)
        return Change(path, table.num_rows - kept.num_rows, before, _sha(out.getvalue()))

    def _drop(self, path: str) -> Change:
        content = self._files.cat_file(path)
        self._release(path)
        self._files.rm_file(path)
        return Change(path, 0, _sha(content), "")

    def _release(self, path: str) -> None:
        """Has the artifact of the file, if it is of one, stay whole when the file is changed or goes."""
        store, day, inside = path.partition(f"/{day_of(path)}/")
        mark, _, name = inside.partition("/")
        if name:
            release(self._files, f"{store}{day}{mark}", name)

    def _may_hold(self, path: str, user_id: str) -> bool:
        try:
            return self._holds(path, user_id)
        except UNREADABLE:
            if not being_written(path):
                raise
            return True

    def _holds(self, path: str, user_id: str) -> bool:
        if path.endswith(".parquet"):
            table = self._table(path)
            return bool(pc.any(_of(table, user_id)).as_py()) or _tells(table, user_id)
        content = self._files.cat_file(path)
        if path.endswith((".json", ".md", ".txt", ".csv", ".jsonl")):
            return any(form.encode() in content for form in _quoted(user_id))
        return len(user_id.encode()) >= MIN_TELLING and user_id.encode() in content


def being_written(path: str) -> bool:
    """Whether a file lies aside: a stage is writing it, or was killed at it.

    >>> being_written("/store/rank/as_of=2026-01-05/.aside-x1y2/recommendations.parquet")
    True
    """
    return f"/{ASIDE}" in path


def day_of(path: str) -> str | None:
    """The `as_of=…` folder of an artifact's file.

    >>> day_of("/store/rank/as_of=2026-01-05/1f3a/recommendations.parquet")
    'as_of=2026-01-05'
    """
    return next((part for part in path.split("/") if part.startswith("as_of=")), None)


def _of(table: pa.Table, user_id: str) -> pa.ChunkedArray:
    """Which rows name the user, (n_rows,)."""
    named = [_names(table, column, user_id) for column in (*PEOPLE, CONTENT) if column in table.column_names]
    return reduce(pc.or_, named, pa.chunked_array([pa.repeat(False, table.num_rows)]))


def _names(table: pa.Table, column: str, user_id: str) -> pa.ChunkedArray:
    """Where a column names the user; bad rows are kept as JSON, in which the id stands in quotes."""
    texts = table[column].cast(pa.string())
    if column == CONTENT:
        found = reduce(pc.or_, [pc.match_substring(texts, form) for form in _quoted(user_id)])
    else:
        found = pc.equal(texts, user_id)
    return pc.fill_null(found, False)


def _quoted(user_id: str) -> set[str]:
    """The id as JSON may hold it: with and without an escape for a slash, and for what is not ASCII."""
    forms = {json.dumps(user_id, ensure_ascii=escaped) for escaped in (False, True)}
    return forms | {form.replace("/", "\\/") for form in forms}


def _tells(table: pa.Table, user_id: str) -> bool:
    """Whether the user's id stands in a text of other columns: what is an item's id is none of a user's."""
    for name in set(table.column_names) - {*PEOPLE, ITEM_ID, ITEM_IDS}:
        column = table[name]
        while pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            column = pc.list_flatten(column)
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        match = pc.equal if len(user_id.encode()) < MIN_TELLING else pc.match_substring
        if pc.any(match(column, user_id)).as_py():
            return True
    return False


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
