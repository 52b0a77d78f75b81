"""Lists into a table by binary COPY: Arrow lays out the bytes of a whole batch at once, no Python per row.

Format: PostgreSQL documentation, COPY, "Binary Format"; arrays as `array_recv` reads them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg2 import sql
from psycopg2.extensions import cursor

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
TEXT, REAL = 25, 700  # type oids, the same in every Postgres
CHUNK_BYTES = 1 << 20


def copy_into(work: cursor, table: sql.Composable, pub_id: int, batches: Iterable[pa.RecordBatch]) -> int:
    """Number of rows copied into a table of the columns pub_id, a text key, item_ids, scores, reasons."""
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(table)
    work.copy_expert(statement, Stream(encoded(pub_id, batches)), CHUNK_BYTES)
    return int(work.rowcount)


def encoded(pub_id: int, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """The rows as a COPY stream, one piece a batch."""
    yield HEADER
    for batch in batches:
        yield _rows(pub_id, batch)
    yield TRAILER


class Stream:
    """What `copy_expert` reads from: pieces of bytes as one file."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)


def _rows(pub_id: int, batch: pa.RecordBatch) -> bytes:
    """Each row is its number of fields, then each field: its length in bytes, then its bytes."""
    key, items, scores, reasons = batch.columns
    rows = pc.binary_join_element_wise(
        pa.scalar(struct.pack(">hiq", 5, 8, pub_id)), _sized(key.cast(pa.binary())),
        _array(items, TEXT), _array(scores, REAL), _array(reasons, TEXT), b"",
    )  # fmt: skip
    starts = np.frombuffer(rows.buffers()[1], np.int32)[rows.offset : rows.offset + len(rows) + 1]
    return bytes(memoryview(rows.buffers()[2])[starts[0] : starts[-1]])


def _array(lists: pa.ListArray, oid: int) -> pa.Array:
    """Each list as a field: dimensions 1, no nulls, element type, length, lower bound 1, then the sized elements."""
    offsets = np.asarray(lists.offsets) - lists.offsets[0].as_py()
    entries = lists.flatten()
    elements = _sized(entries.cast(pa.binary()) if oid == TEXT else _fixed(np.asarray(entries).astype(">f4")))
    starts = np.frombuffer(elements.buffers()[1], np.int32)[: len(elements) + 1][offsets]
    bodies = pa.Array.from_buffers(pa.binary(), len(lists), [None, pa.py_buffer(starts), elements.buffers()[2]])
    head = np.zeros((len(lists), 5), ">i4")
    head[:] = (1, 0, oid, 0, 1)
    head[:, 3] = np.diff(offsets)
    return _sized(pc.binary_join_element_wise(_fixed(head), bodies, b""))


def _sized(values: pa.Array) -> pa.Array:
    """Each value behind its length in bytes."""
    lengths = np.asarray(pc.binary_length(values)).astype(">i4")
    return pc.binary_join_element_wise(_fixed(lengths), values, b"")


def _fixed(numbers: np.ndarray) -> pa.Array:
    """The bytes of each number, or of each row of numbers."""
    width = numbers.dtype.itemsize * int(np.prod(numbers.shape[1:]))
    values = pa.Array.from_buffers(pa.binary(width), len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers))])
    return values.cast(pa.binary())
