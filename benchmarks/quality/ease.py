"""EASE (Steck 2019), as a peer: exact and dense, with a ridge penalty of its own."""

from __future__ import annotations

import numpy as np

from benchmarks.quality.here import Here, Scores
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests

PENALTIES = (10.0, 30.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0)


def fit(known: Interactions, l2: float) -> Scores:
    """EASE on binary positives: B = I − P / diag(P), P = (XᵀX + λI)⁻¹."""
    gram = (known.positives.T @ known.positives).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += l2
    inverse = np.linalg.inv(gram)
    weights = np.asarray(inverse / -np.diag(inverse), np.float32)
    np.fill_diagonal(weights, 0.0)

    def scores(requests: Requests) -> Floats:
        return np.asarray(requests.history.positives @ weights, np.float32)

    return scores


EASE = Here("EASE", fit, tuple({"l2": penalty} for penalty in PENALTIES))
