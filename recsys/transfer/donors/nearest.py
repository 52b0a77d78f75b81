"""The nearest of many sparse rows, found without comparing with all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Ints
from recsys.transfer.donors.voices import in_batches, largest

LONGEST = 1000
"""Rows on the list of a column: those in which it weighs most."""
SHORTLIST = 4
"""Rows compared in full, as a multiple of those asked for."""


@dataclass(frozen=True)
class Nearest:
    """Rows of length 1, searched by champion lists (Manning, Raghavan & Schütze 2008, section 7.1.3).

    What weighs most in a row is what few have, so a column that many rows have finds hardly anything: lists are cut
    at `LONGEST`. What they find is compared in full. Where no column is longer the answer is exact.
    """

    rows: sp.csr_matrix
    """(n_rows, n_columns)."""
    champions: sp.csr_matrix = field(init=False)
    """The lists, (n_columns, n_rows)."""

    def __post_init__(self) -> None:
        columns = sp.csr_matrix(self.rows.T)
        column = np.repeat(np.arange(columns.shape[0]), np.diff(columns.indptr))
        order = np.lexsort((-columns.data, column))
        kept = order[np.arange(len(order)) - columns.indptr[column] < LONGEST]
        lists = sp.csr_matrix((columns.data[kept], (column[kept], columns.indices[kept])), shape=columns.shape)
        object.__setattr__(self, "champions", lists)

    def of(self, asked: sp.csr_matrix, itself: Ints, count: int) -> sp.csr_matrix:
        """Cosine to the `count` nearest rows, (n_asked, n_rows), without the row `itself`, (n_asked,), -1 for none."""
        return in_batches(lambda batch: self._of(asked[batch], itself[batch], count), len(itself), self.rows.shape[0])

    def _of(self, asked: sp.csr_matrix, itself: Ints, count: int) -> sp.csr_matrix:
        found = sp.csr_matrix(asked @ self.champions)
        found.data[found.indices == np.repeat(itself, np.diff(found.indptr))] = 0.0
        whole = self.champions.nnz == self.rows.nnz
        return largest(found if whole else self._compared(asked, largest(found, SHORTLIST * count)), count)

    def _compared(self, asked: sp.csr_matrix, shortlist: sp.csr_matrix) -> sp.csr_matrix:
        asker = np.repeat(np.arange(shortlist.shape[0]), np.diff(shortlist.indptr))
        cosine = np.asarray(asked[asker].multiply(self.rows[shortlist.indices]).sum(axis=1), np.float32).ravel()
        return sp.csr_matrix((cosine, shortlist.indices, shortlist.indptr), shape=shortlist.shape)
