"""Rows into a table by binary COPY: Arrow arranges the bytes of a whole batch at once, no Python per row.

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
"""Batches that are prepared while the server still takes in the batch before."""

Piece = bytes | memoryview


def copy_into(
    work: cursor, table: sql.Composable, pub_id: int, batches: Iterable[pa.RecordBatch], alone: bool = False
) -> int:
    """Number of rows copied into a table of the columns pub_id, then those of the batches: text, real, or lists.

    Rows that are `alone` in their table are frozen at once: no later index or reader has to write that they are there
    to stay. Postgres allows it in a table that the same transaction has emptied.
    """
    if alone:
        work.execute(sql.SQL("TRUNCATE {}").format(table))
    statement = sql.SQL("COPY {} FROM STDIN (FORMAT binary, FREEZE {})").format(table, sql.Literal(alone))
    with closing(ahead(encoded(pub_id, batches))) as pieces:
        stream = Stream(pieces)
        try:
            work.copy_expert(statement, stream, CHUNK_BYTES)
        except psycopg2.Error as error:
            raise stream.failure or error from None
    return int(work.rowcount)


def encoded(pub_id: int, batches: Iterable[pa.RecordBatch]) -> Iterator[Piece]:
    """The rows as a COPY stream, a piece per batch."""
    yield HEADER
    for batch in batches:
        yield _rows(pub_id, batch)
    yield TRAILER


def ahead(pieces: Iterable[Piece], depth: int = AHEAD) -> Generator[Piece]:
    """The same pieces, made in a thread of their own at most `depth` ahead; what it raises is raised here."""
    made: queue.Queue[Piece | BaseException | None] = queue.Queue(depth)
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


def _discard(made: queue.Queue[Piece | BaseException | None]) -> None:
    try:
        made.get_nowait()
    except queue.Empty:
        return


class Stream:
    """What `copy_expert` reads from: pieces of bytes as a file."""

    failure: BaseException | None = None
    """What the maker of the pieces raised; psycopg2 has only words for it."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
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

    def _next(self) -> Piece | None:
        try:
            return next(self._pieces, None)
        except BaseException as error:
            self.failure = error
            raise


def _rows(pub_id: int, batch: pa.RecordBatch) -> memoryview:
    """Each row is its number of fields, then each field: its length in bytes, then its bytes."""
    head = struct.pack(">hiq", batch.num_columns + 1, 8, pub_id)
    pieces = [piece for column in batch.columns for piece in _field(column)]
    rows = pc.binary_join_element_wise(pa.scalar(head), *pieces, b"")
    starts = np.frombuffer(rows.buffers()[1], np.int32)[rows.offset : rows.offset + len(rows) + 1]
    return memoryview(rows.buffers()[2])[starts[0] : starts[-1]]


def _field(column: pa.Array) -> tuple[pa.Array, ...]:
    """The pieces of a field, in turn in every row."""
    if pa.types.is_list(column.type):
        return _list(column)
    if pa.types.is_float32(column.type):
        return (_fixed(_reals(column)),)
    return (_fixed(_lengths(column)), column.cast(pa.binary()))


def _list(lists: pa.ListArray) -> tuple[pa.Array, pa.Array]:
    """Length of the field, dimensions 1, no nulls, element type, number, lower bound 1; then the sized elements."""
    offsets = np.asarray(lists.offsets) - lists.offsets[0].as_py()
    starts, elements, oid = _elements(lists.flatten())
    starts = starts[offsets].astype(np.int32)
    head = np.empty((len(lists), 6), ">i4")
    head[:] = (0, 1, 0, oid, 0, 1)
    head[:, 0], head[:, 4] = 20 + np.diff(starts), np.diff(offsets)
    bodies = pa.Array.from_buffers(pa.binary(), len(lists), [None, pa.py_buffer(starts), elements])
    return _fixed(head), bodies


def _elements(entries: pa.Array) -> tuple[np.ndarray, pa.Buffer, int]:
    """Where each element starts, and the end; the elements, each behind its length; the oid of their type."""
    if pa.types.is_float32(entries.type):
        return np.arange(len(entries) + 1) * 8, pa.py_buffer(_reals(entries)), REAL
    sized = pc.binary_join_element_wise(_fixed(_lengths(entries)), entries.cast(pa.binary()), b"")
    return np.frombuffer(sized.buffers()[1], np.int32)[: len(sized) + 1], sized.buffers()[2], TEXT


def _lengths(texts: pa.Array) -> np.ndarray:
    return np.asarray(pc.binary_length(texts)).astype(">i4")


def _reals(numbers: pa.Array) -> np.ndarray:
    """Each number behind its length, 8 bytes."""
    sized = np.empty(len(numbers), [("length", ">i4"), ("number", ">f4")])
    sized["length"], sized["number"] = 4, np.asarray(numbers)
    return sized


def _fixed(numbers: np.ndarray) -> pa.Array:
    """The bytes of each number, or of each row of numbers."""
    width = numbers.dtype.itemsize * int(np.prod(numbers.shape[1:]))
    values = pa.Array.from_buffers(pa.binary(width), len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers))])
    return values.cast(pa.binary())
