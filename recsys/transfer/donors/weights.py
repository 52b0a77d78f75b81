"""Weights of the contributors of a donor, a row for each request."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints
from recsys.interests.distributions import Observed

BATCH = 512
"""Rows that are worked on at once."""


def followees(graph: sp.csr_matrix, observed: Observed) -> sp.csr_matrix:
    """Share of each followee who has a history, (n_users, n_users), rows sum to 1 or 0; `graph` weighs the links."""
    return shares(graph.multiply(observed.evidence > 0).tocsr())


def in_batches(make: Callable[[slice], sp.csr_matrix], count: int, n_users: int) -> sp.csr_matrix:
    """What `make` gives for each `BATCH` of rows, (count, n_users)."""
    blocks = [make(slice(start, start + BATCH)) for start in range(0, count, BATCH)]
    return sp.vstack(blocks).tocsr() if blocks else sp.csr_matrix((0, n_users))


def rows_of(matrix: sp.csr_matrix, users: Ints) -> sp.csr_matrix:
    """The rows of some users, (n, n_columns); an empty row for an unknown user, -1."""
    known = users >= 0
    selection = sp.csr_matrix(
        (known.astype(np.float32)[known], (np.flatnonzero(known), users[known])), shape=(len(users), matrix.shape[0])
    )
    return sp.csr_matrix(selection @ matrix)


def largest(matrix: sp.csr_matrix, count: int) -> sp.csr_matrix:
    """The `count` largest weights above 0 of each row; ties go to the first.

    >>> largest(sp.csr_matrix(np.array([[1.0, 3.0, 1.0], [0.0, 2.0, 0.0]])), 2).toarray().tolist()
    [[1.0, 3.0, 0.0], [0.0, 2.0, 0.0]]
    """
    bounds = zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)
    kept = [start + _largest_of(matrix.data[start:end], matrix.indices[start:end], count) for start, end in bounds]
    row, place = (
        np.repeat(np.arange(len(kept)), [len(places) for places in kept]),
        np.concatenate([*kept, []]).astype(int),
    )
    return sp.csr_matrix((matrix.data[place], (row, matrix.indices[place])), shape=matrix.shape)


def _largest_of(weights: Floats, column: Ints, count: int) -> np.ndarray:
    positive = weights > 0
    if np.count_nonzero(positive) <= count:
        return np.flatnonzero(positive)
    least = np.partition(weights, -count)[-count]
    found = np.flatnonzero(weights >= least)
    is_level = weights[found] == least
    above, level = found[~is_level], found[is_level]
    return np.concatenate([above, level[np.argsort(column[level])][: count - len(above)]])


def shares(matrix: sp.csr_matrix) -> sp.csr_matrix:
    """Each row divided by its sum, float32; a row of nothing stays so."""
    total = np.asarray(matrix.sum(axis=1)).ravel()
    return sp.csr_matrix(sp.diags(1.0 / np.maximum(total, 1e-12)) @ matrix, dtype=np.float32)
