"""An index of item vectors for maximum inner product search, by faiss."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from recsys.events.interactions import Floats, Ints, Mask

EXACT = 10_000
"""Items up to which all are compared; of more, those in the nearest cells of an inverted file."""
PROBED = 0.25
"""Share of the cells that are searched."""
ROUNDS = 10
"""Of the k-means that makes the cells."""


class Index:
    """Vectors of items, (n_items, rank), searched among the available ones that are known."""

    def __init__(self, vectors: Floats, known: Mask | None = None) -> None:
        self.vectors = np.ascontiguousarray(vectors, np.float32)
        self.known: Mask = np.any(self.vectors, axis=1) if known is None else known
        """Items that have a vector; others have score 0, (n_items,)."""
        self._built: tuple[Mask, Ints, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """The vectors alone: the index is built again where it is asked."""
        return {**self.__dict__, "_built": None}

    def search(self, queries: Floats, k: int, available: Mask) -> tuple[Ints, Ints, Mask]:
        """Rows of queries and of the `k` items of highest product for each; and whether there may be more, (n,)."""
        items, index = self._of(available)
        k = min(k, len(items))
        if not k or not len(queries):
            return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(len(queries), bool)
        found = index.search(np.ascontiguousarray(queries, np.float32), k)[1]
        row, place = np.nonzero(found >= 0)
        return row.astype(np.int32), items[found[row, place]], np.full(len(queries), k < len(items))

    def _of(self, available: Mask) -> tuple[Ints, Any]:
        if self._built is None or not np.array_equal(self._built[0], available):
            items = np.flatnonzero(available & self.known).astype(np.int32)
            self._built = (available.copy(), items, _build(self.vectors[items]))
        return self._built[1:]


def _build(vectors: Floats) -> Any:
    faiss.omp_set_num_threads(1)
    count, rank = vectors.shape
    if count <= EXACT:
        index: Any = faiss.IndexFlatIP(rank)
    else:
        cells = int(np.sqrt(count))
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(rank), rank, cells, faiss.METRIC_INNER_PRODUCT)
        index.nprobe, index.cp.niter = max(1, int(PROBED * cells)), ROUNDS
        index.train(vectors)
    index.add(vectors)
    return index
