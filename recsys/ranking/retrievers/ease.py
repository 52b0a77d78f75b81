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
BLOCK = 256
"""Rows and columns that are copied at once."""
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

    @property
    def by_items(self) -> bool:
        """Whether it was solved by items: `left` is the identity, and a history as sparse as it was."""
        return bool(self.left.nnz == len(self.items))

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
        mixed = sp.csr_matrix(known) @ self.left
        projected = known - np.asarray((mixed if self.by_items else mixed.toarray()) @ self.right, np.float32)
        scores[:, self.items] = known - projected / self.diagonal
        return scores


def fit(interactions: Interactions, l2: float) -> Ease:
    """EASE of what each user chose, with ridge penalty `l2`.

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> pair = Interactions(ints(0, 0, 1), ints(0, 1, 2), np.ones(3, np.float32), np.zeros(3), 2, 3)
    >>> fit(pair, l2=1.0).predict(pair).round(2).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    return Ease(*_solved(interactions.positives, np.zeros((0, interactions.n_items), np.float32), l2))


def fit_texts(interactions: Interactions, directions: Floats) -> Ease:
    """EASE in which each dimension of the items' texts, (n_items, dim), is one more user (Jeunen 2020).

    So an item that few chose, or nobody, goes with what reads like it, and the more were chosen, the less texts count.
    """
    texts = np.sqrt(np.float32(TEXT_WEIGHT)) * directions.T
    return Ease(*_solved(interactions.positives, texts, TEXT_L2), "ease with texts", TEXT_FADE)


def _solved(chosen: sp.csr_matrix, texts: Floats, l2: float) -> tuple[Ints, sp.csr_matrix, Floats, Floats]:
    """Items and factors, solved on the smaller side: λP = I − Xᵀ(XXᵀ + λI)⁻¹X, by the Woodbury identity.

    The rows of X are those of `chosen` and of `texts`, (n_users, n_items) and (dim, n_items).
    """
    chosen, texts = chosen[np.diff(chosen.indptr) > 0], texts[texts.any(axis=1)]
    items = _taking_part(chosen, texts)
    chosen, texts = chosen[:, items], texts[:, items]
    if chosen.shape[0] + len(texts) <= len(items):
        rows = sp.vstack([chosen, sp.csr_matrix(texts)]).tocsr()
        half = cho_solve(_ridge(_of_rows(chosen, texts), l2), np.asarray(rows.todense(), dtype=np.float64))
        diagonal = 1.0 - np.asarray(rows.multiply(half).sum(axis=0)).ravel()
        return items, rows.T.tocsr(), _by_rows(half), diagonal.astype(np.float32)
    inverse = _inverse(_ridge(_of_items(chosen, texts), l2)[0])
    np.multiply(inverse, -l2, out=inverse)
    shrunk = -np.diag(inverse)
    inverse[np.diag_indices_from(inverse)] += 1.0
    return items, sp.identity(len(items), np.float32, format="csr"), _by_rows(inverse), shrunk.astype(np.float32)


def _taking_part(chosen: sp.csr_matrix, texts: Floats) -> Ints:
    most = max(CELLS // max(chosen.shape[0] + len(texts), 1), isqrt(CELLS))
    counts = np.bincount(chosen.indices, minlength=chosen.shape[1]) + np.count_nonzero(texts, axis=0)
    return np.sort(np.argsort(-counts, kind="stable")[:most]).astype(np.int32)


def _of_items(chosen: sp.csr_matrix, texts: Floats) -> Floats:
    """XᵀX, (n_items, n_items); texts fill their rows, so they are multiplied apart."""
    return np.asarray((chosen.T @ chosen).toarray() + texts.T @ texts, np.float64)


def _of_rows(chosen: sp.csr_matrix, texts: Floats) -> Floats:
    """XXᵀ, (n_rows, n_rows)."""
    between = chosen @ texts.T
    return np.block([[(chosen @ chosen.T).toarray(), between], [between.T, texts @ texts.T]]).astype(np.float64)


def _ridge(gram: Floats, l2: float) -> tuple[Floats, bool]:
    gram[np.diag_indices_from(gram)] += l2
    return cho_factor(gram.T, lower=True, overwrite_a=True)  # type: ignore[no-any-return]


def _inverse(factor: Floats) -> Floats:
    """Of the symmetric matrix whose lower Cholesky factor this is, in its place."""
    inverse = dpotri(factor, lower=1, overwrite_c=1)[0]
    for start in range(0, len(inverse), BLOCK):
        end = start + BLOCK
        corner = np.tril(inverse[start:end, start:end], -1)
        inverse[start:end, start:end] = np.tril(inverse[start:end, start:end]) + corner.T
        inverse[start:end, end:] = inverse[end:, start:end].T
    return np.asarray(inverse)


def _by_rows(matrix: Floats) -> Floats:
    """The matrix row by row, as a sparse one is multiplied with it quickly."""
    return np.ascontiguousarray(matrix, np.float32)
