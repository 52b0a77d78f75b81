"""EASE: a linear model of which items go together (Steck 2019, "Embarrassingly Shallow Autoencoders")."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotri

from recsys.events.interactions import Floats, Interactions, Ints
from recsys.events.split import Requests
from recsys.transfer.model import Profiles

CELLS = 100_000_000
"""Most cells of the dense matrix that is solved for; items chosen least often are left out of a larger one."""
TEXT_L2, TEXT_WEIGHT, TEXT_FADE = 100.0, 8.0, 0.9
"""Penalty, weight of a text's direction beside one user's choice, and fade of each step back, of EASE with texts."""


@dataclass(frozen=True)
class Ease:
    """B = I − P / diag(P), P = (XᵀX + λI)⁻¹, kept as factors: λP = I − left · right."""

    items: Ints
    """Rows of the items that take part, (n,)."""
    left: sp.csr_matrix
    """(n, rank), rank = min(n_rows, n) with n_rows those of X."""
    right: Floats
    """(rank, n)."""
    diagonal: Floats
    """diag(λP), (n,)."""
    name: str = "ease"
    fade: float = 1.0
    """Weight of each further step back in a history."""
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Scores of histories; see `predict`."""
        del profiles
        return self.predict(requests.history)

    def predict(self, history: Interactions) -> Floats:
        """x B for each row x of the history's choices, (n_requests, n_items); 0 for items that take no part."""
        chosen = history.choices
        known = np.zeros((history.n_users, history.n_items), np.float32)
        known[chosen.user, chosen.item] = self.fade**chosen.order_from_end  # of an item chosen again the latest counts
        scores, known = np.zeros_like(known), known[:, self.items]
        projected = known - np.asarray((sp.csr_matrix(known) @ self.left).todense(), np.float32) @ self.right
        scores[:, self.items] = known - projected / self.diagonal
        return scores


def fit(interactions: Interactions, l2: float) -> Ease:
    """EASE of what each user chose, with ridge penalty `l2`.

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> pair = Interactions(ints(0, 0, 1), ints(0, 1, 2), np.ones(3, np.float32), np.zeros(3), 2, 3)
    >>> fit(pair, l2=1.0).predict(pair).round(2).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    return Ease(*_solved(interactions.positives, l2))


def fit_texts(interactions: Interactions, directions: Floats) -> Ease:
    """EASE in which each dimension of the items' texts, (n_items, dim), is one more user (Jeunen 2020).

    So an item that few chose, or nobody, goes with what reads like it, and the more were chosen, the less texts count.
    """
    texts = sp.csr_matrix(np.sqrt(TEXT_WEIGHT) * directions.T, dtype=np.float32)
    rows = sp.vstack([interactions.positives, texts]).tocsr()
    return Ease(*_solved(rows, TEXT_L2), "ease with texts", TEXT_FADE)


def _solved(rows: sp.csr_matrix, l2: float) -> tuple[Ints, sp.csr_matrix, Floats, Floats]:
    """Items and factors, solved on the smaller side: λP = I − Xᵀ(XXᵀ + λI)⁻¹X, by the Woodbury identity."""
    rows = rows[np.diff(rows.indptr) > 0]
    items = _taking_part(rows)
    rows = rows[:, items]
    n_rows, n_items = rows.shape
    if n_rows <= n_items:
        half = cho_solve(_ridge(rows @ rows.T, l2), np.asarray(rows.todense(), dtype=np.float64))
        diagonal = 1.0 - np.asarray(rows.multiply(half).sum(axis=0)).ravel()
        return items, rows.T.tocsr(), half.astype(np.float32), diagonal.astype(np.float32)
    inverse = _inverse(_ridge(rows.T @ rows, l2)[0])
    np.multiply(inverse, -l2, out=inverse)
    shrunk = -np.diag(inverse)
    inverse[np.diag_indices(n_items)] += 1.0
    return items, sp.identity(n_items, np.float32, format="csr"), inverse.astype(np.float32), shrunk.astype(np.float32)


def _taking_part(rows: sp.csr_matrix) -> Ints:
    most = max(CELLS // max(rows.shape[0], 1), isqrt(CELLS))
    often = np.argsort(-np.bincount(rows.indices, minlength=rows.shape[1]), kind="stable")
    return np.sort(often[:most]).astype(np.int32)


def _ridge(gram: sp.csr_matrix, l2: float) -> tuple[Floats, bool]:
    full = np.asarray(gram.todense(), dtype=np.float64)
    full[np.diag_indices_from(full)] += l2
    return cho_factor(full.T, lower=True, overwrite_a=True)  # type: ignore[no-any-return]


def _inverse(factor: Floats) -> Floats:
    """Of the symmetric matrix whose lower Cholesky factor this is, in its place."""
    inverse = dpotri(factor, lower=1, overwrite_c=1)[0]
    for place in range(len(inverse)):
        inverse[place, place:] = inverse[place:, place]
    return np.asarray(inverse)
