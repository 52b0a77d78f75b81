"""Who is heard, and how loudly: weights of people, one row for each who listens."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Ints


def rows_of(matrix: sp.csr_matrix, users: Ints) -> sp.csr_matrix:
    """The rows of some users, (n, n_columns); an empty one for a stranger, -1."""
    known = users >= 0
    chosen = sp.csr_matrix((known.astype(np.float32)[known], (np.flatnonzero(known), users[known])),
                           shape=(len(users), matrix.shape[0]))  # fmt: skip
    return sp.csr_matrix(chosen @ matrix)


def loudest(matrix: sp.csr_matrix, count: int) -> sp.csr_matrix:
    """The `count` largest weights of each row, of equal ones those that come first.

    >>> loudest(sp.csr_matrix(np.array([[1.0, 3.0, 1.0], [0.0, 2.0, 0.0]])), 2).toarray().tolist()
    [[1.0, 3.0, 0.0], [0.0, 2.0, 0.0]]
    """
    entries = matrix.tocoo()
    order = np.lexsort((entries.col, -entries.data, entries.row))
    row = entries.row[order]
    kept = order[np.arange(len(order)) - np.searchsorted(row, row) < count]
    return sp.csr_matrix((entries.data[kept], (entries.row[kept], entries.col[kept])), shape=matrix.shape)


def shares(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Each row divided by its sum, float32; a row of nothing stays so."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    return sp.csr_matrix(sp.diags(1.0 / np.maximum(total, 1e-12)) @ matrix, dtype=np.float32)
