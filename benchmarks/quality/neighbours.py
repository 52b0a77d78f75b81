"""Nearest rows by cosine, for the two neighbourhood models."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints

BATCH = 512
"""Rows whose similarities are held at once."""


def rarity(positives: sp.csr_matrix) -> Floats:
    """Inverse document frequency of each row, `log((1 + n_columns) / (1 + entries)) + 1`, (n_rows,).

    >>> rarity(sp.csr_matrix([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])).astype(float).round(3).tolist()
    [1.0, 1.693]
    """
    entries = np.diff(sp.csr_matrix(positives).indptr)
    return np.asarray(np.log((1.0 + positives.shape[1]) / (1.0 + entries)) + 1.0, np.float32)


def nearest(asking: sp.csr_matrix, others: sp.csr_matrix, count: int, shrinkage: float, same: Ints) -> sp.csr_matrix:
    """Similarities of each row of `asking` to its `count` nearest rows of `others`, (n_asking, n_others).

    `same` is the row of `others` that is the asking row itself and counts as no neighbour, -1 for none.
    """
    lengths = _lengths(others)
    batches = range(0, asking.shape[0], BATCH)
    parts = [
        _nearest(asking[at : at + BATCH], others, lengths, count, shrinkage, same[at : at + BATCH]) for at in batches
    ]
    return sp.vstack(parts).tocsr() if parts else sp.csr_matrix((0, others.shape[0]), dtype=np.float32)


def _nearest(
    asking: sp.csr_matrix, others: sp.csr_matrix, lengths: Floats, count: int, shrinkage: float, same: Ints
) -> sp.csr_matrix:
    dots = np.asarray((asking @ others.T).todense(), np.float32)
    similarity = dots / np.maximum(np.outer(_lengths(asking), lengths) + shrinkage, 1e-9)
    rows = np.flatnonzero(same >= 0)
    similarity[rows, same[rows]] = 0.0
    if count < similarity.shape[1]:
        least = np.partition(similarity, -count, axis=1)[:, -count][:, None]
        similarity[similarity < least] = 0.0
    return sp.csr_matrix(similarity)


def _lengths(rows: sp.csr_matrix) -> Floats:
    return np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), np.float32)).ravel()
