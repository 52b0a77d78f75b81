"""Lists of recommendations on their way to Postgres: read in batches, and refused when any list cannot be served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys import schema
from recsys.errors import GateError

BATCH_ROWS = 4096
AUDIENCE = "audience"
NUL = "\0"
MOST_ENTRIES = 1000
"""Entries of a list; as many as a reader may ask for."""
LONGEST_ID = 1000
"""Bytes of an id that a list is found by: an index takes no more than some 2,700."""
LISTED = ((schema.ITEM_IDS, pa.list_(pa.string())), (schema.SCORES, pa.list_(pa.float32())))
"""Columns of every list, and their types."""
REMEDY = "what was live is still live; correct the stage that made this file, then publish again"


@dataclass(frozen=True)
class Counts:
    """How much a publication holds."""

    users: int
    recommendations: int


def batches(file: Path, key: str = schema.USER_ID) -> Iterator[pa.RecordBatch]:
    """The file's lists in batches of the columns `key`, item_ids, scores, reasons, terms; memory stays flat.

    Raises `GateError` when a column is missing or of another type.
    """
    texts = pa.list_(pa.string())
    return _batches(file, pa.schema([(key, pa.string()), *LISTED, (schema.REASONS, texts), (schema.TERMS, texts)]))


def batches_of_items(file: Path) -> Iterator[pa.RecordBatch]:
    """The file's lists without a user in batches of the columns kind, key, item_ids, scores; raises as `batches`.

    A key that is too long to be found by has no list: users' lists may name such an item all the same.
    """
    for batch in _batches(file, pa.schema([(schema.KIND, pa.string()), (schema.KEY, pa.string()), *LISTED])):
        too_long = pc.greater(pc.binary_length(batch.column(schema.KEY)), LONGEST_ID)
        yield batch.filter(pc.invert(pc.fill_null(too_long, False)))


def _batches(file: Path, wanted: pa.Schema) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(BATCH_ROWS, columns=wanted.names):
                yield batch.select(wanted.names).cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError) as error:
        expected = ", ".join(f"{field.name}: {field.type}" for field in wanted)
        raise GateError(
            "a file of lists cannot be read", where=str(file), seen=str(error)[:300], expected=expected, remedy=REMEDY
        ) from None


def check(files: Iterable[Path], items: Path, key: str = schema.USER_ID) -> Counts:
    """Counts of the lists, all of which can be served as they are; see `checked`."""
    available, users, recommendations = catalogue(items), 0, 0
    for file in files:
        for batch in checked(file, available, key):
            users += batch.num_rows
            recommendations += len(batch.column(schema.ITEM_IDS).flatten())
    refuse_none(Counts(users, recommendations), ", ".join(map(str, files)))
    return Counts(users, recommendations)


def catalogue(items: Path) -> pa.Array:
    """The item_ids that may be served: those that are available, and text that Postgres can store."""
    table = pq.read_table(items, columns=[schema.ITEM_ID, schema.AVAILABLE])
    return offered(table.filter(table[schema.AVAILABLE])[schema.ITEM_ID].cast(pa.string()).combine_chunks())


def offered(available: pa.Array) -> pa.Array:
    """Those of the available item_ids that may be served: text that Postgres can store."""
    return available.filter(pc.invert(pc.match_substring(available, NUL)))


def checked(file: Path, available: pa.Array, key: str = schema.USER_ID) -> Iterator[pa.RecordBatch]:
    """The file's batches, all of whose lists can be served as they are.

    Every list has 1 to `MOST_ENTRIES` entries; its items are `available` and named once; its scores are finite; no
    text holds a NUL, and no key is longer than `LONGEST_ID`. Raises `GateError` with the first list that is not so.
    """
    return judged(batches(file, key), available, file)


def checked_of_items(file: Path, available: pa.Array) -> Iterator[pa.RecordBatch]:
    """The same of lists without a user, each of a known kind."""
    for batch in judged(batches_of_items(file), available, file):
        unknown = pc.invert(pc.is_in(batch.column(schema.KIND), pa.array(schema.ITEM_LIST_KINDS)))
        _refuse(unknown, batch, file, "a list is of no known kind", ", ".join(schema.ITEM_LIST_KINDS))
        yield batch


def judged(given: Iterable[pa.RecordBatch], available: pa.Array, file: Path) -> Iterator[pa.RecordBatch]:
    """The batches, judged as `checked` does; `file` is the origin that an error names."""
    for batch in given:
        _check(batch, available, file)
        yield batch


def refuse_none(counts: Counts, where: str) -> None:
    """Raises `GateError` for no lists at all."""
    if not counts.users:
        raise GateError(
            "there are no lists to publish", where=where, seen="0 rows", expected="a list for every user", remedy=REMEDY
        )


def _check(batch: pa.RecordBatch, available: pa.Array, file: Path) -> None:
    first = batch.schema.get_field_index(schema.ITEM_IDS)
    names, columns = batch.schema.names[first:], batch.columns[first:]
    for keys in batch.columns[:first]:
        _refuse(pc.is_null(keys), batch, file, "a list belongs to nobody", "no null")
        too_long = pc.greater(pc.binary_length(keys), LONGEST_ID)
        _refuse(too_long, batch, file, "an id is too long to be found by", f"at most {LONGEST_ID} bytes")
        _refuse(_with_nul(keys), batch, file, "an id holds a NUL", "text that Postgres can store")
    for name, column in zip(names, columns, strict=True):
        _refuse(pc.is_null(column), batch, file, f"{name} is null", "a list")
        _refuse(pc.equal(pc.list_value_length(column), 0), batch, file, f"{name} is empty", "at least one entry")
        _refuse_entry(pc.is_null(column.flatten()), batch, file, f"{name} holds a null", "no null")
        too_many = pc.greater(pc.list_value_length(column), MOST_ENTRIES)
        _refuse(too_many, batch, file, f"{name} is too long", f"at most {MOST_ENTRIES:,} entries")
    items, scores, *texts = columns
    for other in (scores, *texts):
        differs = pc.not_equal(pc.list_value_length(items), pc.list_value_length(other))
        _refuse(
            differs,
            batch,
            file,
            "the columns of a list differ in length",
            "one score, one reason and its terms an item",
        )
    _refuse_entry(pc.invert(pc.is_finite(scores.flatten())), batch, file, "a score is not finite", "a number")
    rows = pc.index_in(items.flatten(), value_set=available)
    _refuse_entry(pc.is_null(rows), batch, file, "an item is unknown or unavailable", "items that the catalogue offers")
    repeated = _repeated(np.asarray(pc.list_parent_indices(items)), np.asarray(rows))
    _refuse_entry(repeated, batch, file, "an item is listed twice", "every item once a list")
    for entries in texts:
        _refuse_entry(_with_nul(entries.flatten()), batch, file, "a reason holds a NUL", "text that Postgres can store")


def _with_nul(texts: pa.Array) -> pa.Array:
    """True for every text with a NUL; a look at all bytes at once mostly shows that there is none."""
    _, offsets, content = texts.buffers()
    if content is not None:
        ends = np.frombuffer(offsets, np.int32)[texts.offset :]
        if not np.frombuffer(content, np.uint8)[ends[0] : ends[len(texts)]].all():
            return pc.match_substring(texts, NUL)
    return pa.array(np.zeros(len(texts), bool))


def _repeated(lists: np.ndarray, items: np.ndarray) -> pa.Array:
    """True for every entry that has come before in its own list."""
    pairs = lists.astype(np.int64) << 32 | items
    repeated = np.zeros(len(pairs), bool)
    ordered = np.sort(pairs)
    if (ordered[1:] == ordered[:-1]).any():
        repeated[:] = True
        repeated[np.unique(pairs, return_index=True)[1]] = False
    return pa.array(repeated)


def _refuse_entry(wrong: pa.Array, batch: pa.RecordBatch, file: Path, what: str, expected: str) -> None:
    """Refuses the batch for an entry of a list, by the row that the list lies in."""
    if pc.any(wrong).as_py():
        entry = pc.index(wrong, True).as_py()
        row = pc.list_parent_indices(batch.column(schema.ITEM_IDS))[entry].as_py()
        _refuse(pa.array(np.arange(batch.num_rows) == row), batch, file, what, expected)


def _refuse(wrong: pa.Array, batch: pa.RecordBatch, file: Path, what: str, expected: str) -> None:
    if pc.any(wrong).as_py():
        row = _shown(batch.slice(pc.index(wrong, True).as_py(), 1))
        raise GateError(
            f"{what}, so nothing was published",
            where=f"{file}, {batch.schema.names[0]}",
            seen=str(row)[:300],
            expected=expected,
            remedy=REMEDY,
        )


def _shown(row: pa.RecordBatch) -> dict[str, object]:
    """The row as a person may read it: of a list, its first entries."""
    cut = {
        name: pc.list_slice(column, 0, 20) if pa.types.is_list(column.type) else column
        for name, column in zip(row.schema.names, row.columns, strict=True)
    }
    return {name: column.to_pylist()[0] for name, column in cut.items()}
