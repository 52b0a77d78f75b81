"""The nearest of many sparse rows, found without comparing with all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recsys.events.interactions import Ints
from recsys.transfer.donors.weights import in_batches, largest

WORK = 50_000.0
"""Entries of lists that are gone through for a row, in the mean; longer lists are cut until it is no more."""
SHORTLIST = 4
"""Rows compared in full, as a multiple of those asked for."""
PAIRS = 20_000
"""Rows compared at once."""


@dataclass(frozen=True)
class Nearest:
    """Rows of length 1, searched by lists of the rows that have a column; what is found is compared in full.

    Among many rows long lists are cut. Half of what is left are the rows in which the column weighs most (champion
    lists, Manning, Raghavan & Schütze 2008, section 7.1.3). These are short rows, so the other half are the first rows
    of an order that is the same for all columns (coordinated samples, Cohen & Kaplan 2007), whatever their length.
    """

    rows: sp.csr_matrix
    """(n_rows, n_columns)."""
    lists: sp.csr_matrix = field(init=False)
    """Rows that have a column, and how much it weighs there, (n_columns, n_rows)."""

    def __post_init__(self) -> None:
        columns = sp.csr_matrix(self.rows.T)
        lengths = np.diff(columns.indptr)
        column, half = np.repeat(np.arange(len(lengths)), lengths), _longest(lengths, self.rows.shape[0]) / 2
        order = np.random.default_rng(0).permutation(self.rows.shape[0])[columns.indices]
        kept = (_place(column, -columns.data) < half) | (_place(column, order) < half)
        cut = sp.csr_matrix((columns.data[kept], (column[kept], columns.indices[kept])), shape=columns.shape)
        object.__setattr__(self, "lists", cut)

    def of(self, asked: sp.csr_matrix, itself: Ints, count: int) -> sp.csr_matrix:
        """Cosine to the `count` nearest rows, (n_asked, n_rows), without the row `itself`, (n_asked,), -1 for none."""
        return in_batches(lambda batch: self._of(asked[batch], itself[batch], count), len(itself), self.rows.shape[0])

    def _of(self, asked: sp.csr_matrix, itself: Ints, count: int) -> sp.csr_matrix:
        found = sp.csr_matrix(asked @ self.lists)
        found.data[found.indices == np.repeat(itself, np.diff(found.indptr))] = 0.0
        whole = self.lists.nnz == self.rows.nnz
        return largest(found if whole else self._compared(asked, largest(found, SHORTLIST * count)), count)

    def _compared(self, asked: sp.csr_matrix, shortlist: sp.csr_matrix) -> sp.csr_matrix:
        asker = np.repeat(np.arange(shortlist.shape[0]), np.diff(shortlist.indptr))
        parts = range(0, len(asker), PAIRS)
        pairs = ((asked[asker[at : at + PAIRS]], self.rows[shortlist.indices[at : at + PAIRS]]) for at in parts)
        cosine = np.concatenate([np.zeros(0), *(asking.multiply(other).sum(axis=1).A1 for asking, other in pairs)])
        found = (cosine.astype(np.float32), shortlist.indices, shortlist.indptr)
        return sp.csr_matrix(found, shape=shortlist.shape)


def _place(column: npt.NDArray[np.int64], key: np.ndarray) -> npt.NDArray[np.int64]:
    """Place of each entry in its column by the key, the smallest first, (n_entries,); `column` never falls."""
    place = np.empty(len(column), np.int64)
    place[np.lexsort((key, column))] = np.arange(len(column)) - np.searchsorted(column, column)
    return place


def _longest(lengths: Ints, n_rows: int) -> float:
    """Length at which lists are cut for `WORK`, given how long they are, (n_columns,); infinite: none is cut.

    >>> _longest(np.array([10, 20]), n_rows=20), _longest(np.array([10, 1_000_000]), n_rows=1_000_000)
    (inf, 49999.9999)
    """
    ordered = np.sort(lengths).astype(float)
    shorter, others = np.cumsum(ordered**2) - ordered**2, np.cumsum(ordered[::-1])[::-1]
    over = np.flatnonzero(shorter + ordered * others > WORK * n_rows)[:1]
    return float(((WORK * n_rows - shorter[over]) / np.maximum(others[over], 1)).min(initial=np.inf))
