"""KernelRidge: from positives in all other domains to one, by kernel ridge regression (Saunders et al. 1998)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.linalg import solve

from benchmarks.quality import sources
from benchmarks.quality.here import Here, Scores
from benchmarks.quality.sources import Learnt, Passage
from recsys.events.interactions import Floats, Interactions, Ints

PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)

Matrix = npt.NDArray[np.float64]


def fit(known: Interactions, domain: Ints, l2: float) -> Scores:
    """Scores `K(asker, users) (K + l2 I)⁻¹ Y`, kernel K: cosine of tf-idf weighted positives in other domains.

    Y are the users' positives in the domain.
    """
    return sources.fit(known, domain, lambda passage: _learn(passage, l2))


def _learn(passage: Passage, l2: float) -> Learnt:
    weights = ridge(unit(passage.sources), passage.positives, l2)

    def answer(asking: sp.csr_matrix, users: Ints) -> Floats:
        del users
        return np.asarray(unit(asking) @ weights, np.float32)

    return answer


def unit(rows: sp.csr_matrix) -> sp.csr_matrix:
    """Rows of length 1, or 0 where they are empty: their products are cosines."""
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), np.float64)).ravel()
    return sp.csr_matrix(sp.diags(1.0 / np.where(lengths > 0, lengths, 1.0)) @ rows)


def ridge(rows: sp.csr_matrix, wanted: sp.csr_matrix, l2: float) -> Matrix:
    """`Xᵀ (X Xᵀ + l2 I)⁻¹ Y`, or `(XᵀX + l2 I)⁻¹ Xᵀ Y`, which is the same, (n_columns, n_wanted).

    Solved with as many unknowns as there are rows or columns in use, whichever are fewer.
    """
    used = np.unique(rows.indices)
    inner, found = rows[:, used], np.zeros((rows.shape[1], wanted.shape[1]))
    if inner.shape[0] <= inner.shape[1]:
        found[used] = inner.T @ _solved(inner @ inner.T, wanted, l2)
    else:
        found[used] = _solved(inner.T @ inner, inner.T @ wanted, l2)
    return found


def _solved(gram: sp.csr_matrix, right: sp.csr_matrix, l2: float) -> Matrix:
    square = gram.toarray().astype(np.float64)
    square[np.diag_indices_from(square)] += l2
    return np.asarray(solve(square, right.toarray(), assume_a="pos", overwrite_a=True))


KERNEL_RIDGE = Here("KernelRidge", fit, tuple({"l2": penalty} for penalty in PENALTIES), ("cross",), ("domain",))
