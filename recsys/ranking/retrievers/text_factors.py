"""What an item's text foretells of who chooses it, and how many: for items that nobody has chosen yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.utils.extmath import randomized_svd

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.model import Profiles

FACTORS = 64
L2 = 10.0
"""Ridge penalty of the regression from texts, whose vectors have length 1."""


@dataclass(frozen=True)
class TextFactors:
    """Item factors foretold from texts by ridge regression (as in Gantner 2010, attribute-to-factor mappings)."""

    known: Floats
    """Factors of the items as chosen, (n_items, n_factors); 0 for an item that nobody chose."""
    foretold: Floats
    """Factors as their texts foretell them, (n_items, n_factors)."""
    name: ClassVar[str] = "text factors"
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Mean factor of the history's items times the foretold factors."""
        del profiles
        positives = requests.history.positives
        size = np.maximum(np.asarray(positives.sum(axis=1)), 1.0)
        return np.asarray((positives @ self.known / size) @ self.foretold.T, np.float32)


@dataclass(frozen=True)
class TextPopularity:
    """How often an item is chosen, as its text foretells it."""

    foretold: Floats
    """Expected log2(1 + events), (n_items,)."""
    name: ClassVar[str] = "text popularity"
    transfers: ClassVar[bool] = False

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """The same for every request."""
        del profiles
        return np.tile(self.foretold, (len(requests), 1))


def fit(interactions: Interactions, directions: Floats, seed: int) -> tuple[TextFactors, TextPopularity]:
    """Both regressions, from the texts, (n_items, dim), of the items chosen at least once."""
    positives = interactions.positives
    count = np.asarray(positives.sum(axis=0)).ravel()
    chosen = count > 0
    rank = min(FACTORS, min(positives.shape) - 1)
    if rank < 1 or not chosen.any():
        none = np.zeros((interactions.n_items, 1), np.float32)
        return TextFactors(none, none), TextPopularity(none[:, 0])
    _, size, factors = randomized_svd(positives, rank, random_state=seed)
    known = (factors * np.sqrt(size)[:, None]).T
    level = np.log2(1.0 + count)
    foretold = _ridge(directions, np.column_stack([known, level]), chosen)
    return (TextFactors(known.astype(np.float32), foretold[:, :-1].astype(np.float32)),
            TextPopularity(np.maximum(foretold[:, -1], 0.0).astype(np.float32)))  # fmt: skip


def _ridge(directions: Floats, answers: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Answers foretold for all items, around their mean, from those of the chosen ones."""
    mean, known = answers[chosen].mean(axis=0), directions[chosen].astype(np.float64)
    gram = known.T @ known
    gram[np.diag_indices_from(gram)] += L2
    weights = cho_solve(cho_factor(gram), known.T @ (answers[chosen] - mean))
    return np.asarray(directions @ weights + mean)
