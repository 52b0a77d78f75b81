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
    """B = I − P / diag(P), P = (XᵀX + λI)⁻¹, kept as the factors that `score` needs."""

    half: Floats
    """H, (n_fitted_users, n_items): P = (I − XᵀH) / λ, by the Woodbury identity."""
    chosen: object
    """X, (n_fitted_users, n_items), sparse."""
    diagonal: Floats
    """diag(P) · λ, (n_items,)."""
    name: ClassVar[str] = "ease"
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Scores of histories; see `predict`."""
        del profiles
        return self.predict(requests.history.positives)

    def predict(self, history: sp.csr_matrix) -> Floats:
        """x B for each row x of (n_requests, n_items). The users' side of the inverse is used, the smaller one."""
        shared = np.asarray((history @ self.chosen.T).todense(), dtype=np.float32)  # type: ignore[attr-defined]
        projected = np.asarray(history.todense(), dtype=np.float32) - shared @ self.half
        return np.asarray(history.todense() - projected / self.diagonal, dtype=np.float32)


def fit(interactions: Interactions, l2: float) -> Ease:
    """EASE with ridge penalty `l2`, solved in min(n_users, n_items) dimensions.

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> pair = Interactions(ints(0, 0, 1), ints(0, 1, 2), np.ones(3, np.float32), np.zeros(3), 2, 3)
    >>> from recsys.events.split import now
    >>> fit(pair, l2=1.0).score(now(pair, 1.0), None).round(2).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    chosen = interactions.positives
    chosen = chosen[np.asarray(chosen.sum(axis=1)).ravel() > 0]
    gram = np.asarray((chosen @ chosen.T).todense(), dtype=np.float64)
    gram[np.diag_indices_from(gram)] += l2
    half = cho_solve(cho_factor(gram), np.asarray(chosen.todense(), dtype=np.float64))
    diagonal = 1.0 - np.asarray(chosen.multiply(half).sum(axis=0)).ravel()
    return Ease(half.astype(np.float32), chosen, diagonal.astype(np.float32))
