"""Lists of recommendations on their way to Postgres: read in batches, and refused when one of them cannot be served."""

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
REMEDY = "what was live is still live; correct the stage that made this file, then publish again"


@dataclass(frozen=True)
class Counts:
    """How much a publication holds."""

    users: int
    recommendations: int


def batches(file: Path, key: str = schema.USER_ID) -> Iterator[pa.RecordBatch]:
    """The file's lists in batches of the columns `key`, item_ids, scores, reasons; memory stays flat.

    Raises `GateError` when a column is missing or of another type.
    """
    wanted = pa.schema([(key, pa.string()), (schema.ITEM_IDS, pa.list_(pa.string())),
                        (schema.SCORES, pa.list_(pa.float32())), (schema.REASONS, pa.list_(pa.string()))])  # fmt: skip
    try:
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(BATCH_ROWS, columns=wanted.names):
                yield batch.select(wanted.names).cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError) as error:
        expected = ", ".join(f"{field.name}: {field.type}" for field in wanted)
        raise GateError("a file of lists cannot be read", where=str(file), seen=str(error)[:300], expected=expected,
                        remedy=REMEDY) from None  # fmt: skip


def check(files: Iterable[Path], items: Path, key: str = schema.USER_ID) -> Counts:
    """Counts of the lists, all of which can be served as they are.

    Every list has at least one entry; its items are in the catalogue, available and named once; its scores are finite.
    Raises `GateError` with the first list that is not so.
    """
    catalogue = pq.read_table(items, columns=[schema.ITEM_ID, schema.AVAILABLE])
    available = catalogue.filter(catalogue[schema.AVAILABLE])[schema.ITEM_ID].cast(pa.string()).combine_chunks()
    users = recommendations = 0
    for file in files:
        for batch in batches(file, key):
            _check(batch, available, file)
            users += batch.num_rows
            recommendations += len(batch.column(schema.ITEM_IDS).flatten())
    if not users:
        raise GateError("there are no lists to publish", where=", ".join(map(str, files)), seen="0 rows",
                        expected="a list for every user", remedy=REMEDY)  # fmt: skip
    return Counts(users, recommendations)


def _check(batch: pa.RecordBatch, available: pa.Array, file: Path) -> None:
    keys, *columns = batch.columns
    names = batch.schema.names[1:]
    _refuse(pc.is_null(keys), batch, file, "a list belongs to nobody", "no null")
    for name, column in zip(names, columns, strict=True):
        _refuse(pc.is_null(column), batch, file, f"{name} is null", "a list")
        _refuse(pc.equal(pc.list_value_length(column), 0), batch, file, f"{name} is empty", "at least one entry")
        _refuse_entry(pc.is_null(column.flatten()), batch, file, f"{name} holds a null", "no null")
    items, scores, reasons = columns
    for other in (scores, reasons):
        differs = pc.not_equal(pc.list_value_length(items), pc.list_value_length(other))
        _refuse(differs, batch, file, "the columns of a list differ in length", "one score and one reason an item")
    _refuse_entry(pc.invert(pc.is_finite(scores.flatten())), batch, file, "a score is not finite", "a number")
    unknown = pc.invert(pc.is_in(items.flatten(), value_set=available))
    _refuse_entry(unknown, batch, file, "an item is unknown or unavailable", "items that the catalogue offers")
    _refuse_entry(_repeated(items), batch, file, "an item is listed twice", "every item once a list")


def _repeated(items: pa.ListArray) -> pa.Array:
    """True for every entry that has come before in its own list."""
    codes = items.flatten().dictionary_encode()
    pairs = np.asarray(pc.list_parent_indices(items)) * len(codes.dictionary) + np.asarray(codes.indices)
    repeated = np.ones(len(pairs), bool)
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
        row = batch.slice(pc.index(wrong, True).as_py(), 1).to_pylist()[0]
        raise GateError(f"{what}, so nothing was published", where=f"{file}, {batch.schema.names[0]}",
                        seen=str(row)[:300], expected=expected, remedy=REMEDY)  # fmt: skip
