"""EASE: a linear model of which items go together (Steck 2019, "Embarrassingly Shallow Autoencoders")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.model import Profiles


@dataclass(frozen=True)
class Ease:
    """B = I − P / diag(P), P = (XᵀX + λI)⁻¹, kept as factors: λP = I − left · right."""

    left: sp.csr_matrix
    """(n_items, rank), rank = min(n_users, n_items)."""
    right: Floats
    """(rank, n_items)."""
    diagonal: Floats
    """diag(λP), (n_items,)."""
    name: ClassVar[str] = "ease"
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Scores of histories; see `predict`."""
        del profiles
        return self.predict(requests.history.positives)

    def predict(self, history: sp.csr_matrix) -> Floats:
        """x B for each row x of `history`, (n_requests, n_items)."""
        known = np.asarray(history.todense(), dtype=np.float32)
        projected = known - np.asarray((history @ self.left).todense(), dtype=np.float32) @ self.right
        return np.asarray(known - projected / self.diagonal, np.float32)


def fit(interactions: Interactions, l2: float) -> Ease:
    """EASE with ridge penalty `l2`, solved on the smaller side: λP = I − Xᵀ(XXᵀ + λI)⁻¹X, by the Woodbury identity.

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> pair = Interactions(ints(0, 0, 1), ints(0, 1, 2), np.ones(3, np.float32), np.zeros(3), 2, 3)
    >>> fit(pair, l2=1.0).predict(pair.positives).round(2).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    chosen = interactions.positives
    chosen = chosen[np.asarray(chosen.sum(axis=1)).ravel() > 0]
    n_users, n_items = chosen.shape
    if n_users <= n_items:
        half = cho_solve(_ridge(chosen @ chosen.T, l2), np.asarray(chosen.todense(), dtype=np.float64))
        diagonal = 1.0 - np.asarray(chosen.multiply(half).sum(axis=0)).ravel()
        return Ease(chosen.T.tocsr(), half.astype(np.float32), diagonal.astype(np.float32))
    shrunk = l2 * cho_solve(_ridge(chosen.T @ chosen, l2), np.eye(n_items))
    right = (np.eye(n_items) - shrunk).astype(np.float32)
    return Ease(sp.identity(n_items, np.float32, format="csr"), right, np.diag(shrunk).astype(np.float32))


def _ridge(gram: sp.csr_matrix, l2: float) -> tuple[Floats, bool]:
    full = np.asarray(gram.todense(), dtype=np.float64)
    full[np.diag_indices_from(full)] += l2
    return cho_factor(full)  # type: ignore[no-any-return]
