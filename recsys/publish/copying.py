"""Rows into a table by binary COPY: Arrow lays out the bytes of a whole batch at once, no Python per row.

Format: PostgreSQL documentation, COPY, "Binary Format"; arrays as `array_recv` reads them.
"""

from __future__ import annotations

import queue
import struct
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing

import numpy as np
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
from psycopg2 import sql
from psycopg2.extensions import cursor

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
TEXT, REAL = 25, 700  # type oids, the same in every Postgres
CHUNK_BYTES = 1 << 22
AHEAD = 2
"""Batches that are laid out while the server still takes in the one before."""


def copy_into(work: cursor, table: sql.Composable, pub_id: int, batches: Iterable[pa.RecordBatch]) -> int:
    """Number of rows copied into a table of the columns pub_id, then those of the batches: text, real, or lists."""
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(table)
    with closing(ahead(encoded(pub_id, batches))) as pieces:
        stream = Stream(pieces)
        try:
            work.copy_expert(statement, stream, CHUNK_BYTES)
        except psycopg2.Error as error:
            raise stream.failure or error from None
    return int(work.rowcount)


def encoded(pub_id: int, batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    """The rows as a COPY stream, one piece a batch."""
    yield HEADER
    for batch in batches:
        yield _rows(pub_id, batch)
    yield TRAILER


def ahead(pieces: Iterable[bytes], depth: int = AHEAD) -> Generator[bytes]:
    """The same pieces, made in a thread of their own at most `depth` ahead; what it raises is raised here."""
    made: queue.Queue[bytes | BaseException | None] = queue.Queue(depth)
    over = threading.Event()

    def make() -> None:
        try:
            for piece in pieces:
                made.put(piece)
                if over.is_set():
                    return
            made.put(None)
        except BaseException as error:  # it is the reader's to handle
            made.put(error)

    maker = threading.Thread(target=make, name="recsys-copy", daemon=True)
    maker.start()
    try:
        while (piece := made.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        over.set()
        while maker.is_alive():
            _discard(made)
            maker.join(0.01)


def _discard(made: queue.Queue[bytes | BaseException | None]) -> None:
    try:
        made.get_nowait()
    except queue.Empty:
        return


class Stream:
    """What `copy_expert` reads from: pieces of bytes as one file."""

    failure: BaseException | None = None
    """What the maker of the pieces raised; psycopg2 has only words for it."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        """At most `size` bytes, none at the end."""
        while not self._rest:
            piece = self._next()
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)

    def _next(self) -> bytes | None:
        try:
            return next(self._pieces, None)
        except BaseException as error:
            self.failure = error
            raise


def _rows(pub_id: int, batch: pa.RecordBatch) -> bytes:
    """Each row is its number of fields, then each field: its length in bytes, then its bytes."""
    head = struct.pack(">hiq", batch.num_columns + 1, 8, pub_id)
    rows = pc.binary_join_element_wise(pa.scalar(head), *(_field(column) for column in batch.columns), b"")
    starts = np.frombuffer(rows.buffers()[1], np.int32)[rows.offset : rows.offset + len(rows) + 1]
    return bytes(memoryview(rows.buffers()[2])[starts[0] : starts[-1]])


def _field(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        return _array(column, REAL if pa.types.is_float32(column.type.value_type) else TEXT)
    return _sized(_fixed(np.asarray(column).astype(">f4")) if pa.types.is_float32(column.type) else _bytes(column))


def _array(lists: pa.ListArray, oid: int) -> pa.Array:
    """Each list as a field: dimensions 1, no nulls, element type, length, lower bound 1, then the sized elements."""
    offsets = np.asarray(lists.offsets) - lists.offsets[0].as_py()
    entries = lists.flatten()
    elements = _sized(_bytes(entries) if oid == TEXT else _fixed(np.asarray(entries).astype(">f4")))
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


def _bytes(texts: pa.Array) -> pa.Array:
    return texts.cast(pa.binary())


def _fixed(numbers: np.ndarray) -> pa.Array:
    """The bytes of each number, or of each row of numbers."""
    width = numbers.dtype.itemsize * int(np.prod(numbers.shape[1:]))
    values = pa.Array.from_buffers(pa.binary(width), len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers))])
    return values.cast(pa.binary())
