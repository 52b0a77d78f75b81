"""Item vectors for maximum inner product search: all are compared, by products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from recsys.events.interactions import Floats, Ints, Mask

GROUP, BLOCK = 64, 2048
"""Queries and items of one product of matrices: so few that it stays in a processor's cache.

Products of other shapes differ in their last bits, so every group of queries has this shape.
"""


class Index:
    """Vectors of items, (n_items, rank), searched among the available ones that are known."""

    def __init__(self, vectors: Floats, known: Mask | None = None) -> None:
        self.vectors = np.ascontiguousarray(vectors, np.float32)
        self.known: Mask = np.any(self.vectors, axis=1) if known is None else known
        """Items that have a vector; others have score 0, (n_items,)."""
        self._open: tuple[Mask, Ints, Floats] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """The vectors alone: those of available items are selected again where they are searched."""
        return {**self.__dict__, "_open": None}

    def search(self, queries: Floats, k: int, available: Mask) -> tuple[Ints, Ints, Mask]:
        """Rows of queries, sorted, and the `k` items of highest product for each, with others that come near.

        And whether there are more, (n_queries,).
        """
        items, vectors = self._of(available)
        k, row, item = min(k, len(items)), [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
        for start in range(0, len(queries) if k else 0, GROUP):
            rows, places = _highest(queries[start : start + GROUP], vectors, k)
            row.append((start + rows).astype(np.int32))
            item.append(items.take(places))
        return np.concatenate(row), np.concatenate(item), np.full(len(queries), k < len(items))

    def _of(self, available: Mask) -> tuple[Ints, Floats]:
        """Items that may be found, in an order drawn at random, and their vectors, (rank, n)."""
        if self._open is None or not np.array_equal(self._open[0], available):
            items = np.random.default_rng(0).permutation(np.flatnonzero(available & self.known).astype(np.int32))
            self._open = (available.copy(), items, np.ascontiguousarray(self.vectors[items].T))
        return self._open[1:]


def _highest(queries: Floats, vectors: Floats, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows, sorted, and places of the `k` largest products of each of a group's queries, with others that come near.

    `vectors` are (rank, n). From where on a product is kept is estimated from the first block; a query that keeps fewer
    than `k` by that keeps all.
    """
    filled, wanted = np.pad(queries, ((0, GROUP - len(queries)), (0, 0))), np.arange(GROUP) < len(queries)
    sample = filled @ vectors[:, :BLOCK]
    below = sample.shape[1] - min(sample.shape[1], 2 * k * sample.shape[1] // vectors.shape[1] + 8)
    sample.partition(below, axis=1)
    least = np.where(wanted, sample[:, below], np.inf)
    row, place = _at_least(least, filled, vectors)
    short = wanted & (np.bincount(row, minlength=GROUP) < k)
    return _at_least(np.where(short, -np.inf, least), filled, vectors) if short.any() else (row, place)


def _at_least(least: Floats, queries: Floats, vectors: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Rows, sorted, and places of the products that are at least `least`, (n_queries,)."""
    limit, found = least[:, None].astype(np.float32), []
    for start in range(0, vectors.shape[1], BLOCK):
        kept = queries @ vectors[:, start : start + BLOCK] >= limit
        row, place = np.divmod(np.flatnonzero(kept), kept.shape[1])
        found.append((row, start + place))
    row, place = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(row.astype(np.int16), kind="stable")
    return row[order], place[order]
