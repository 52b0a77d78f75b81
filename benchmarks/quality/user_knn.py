"""UserKNN: positives of the users with similar histories (Resnick et al. 1994, on positives, with tf-idf weights)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from benchmarks.quality.contract import grid
from benchmarks.quality.here import Here, Scores
from benchmarks.quality.neighbours import nearest, rarity
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests


def fit(known: Interactions, neighbours: int, shrinkage: float) -> Scores:
    """Positives of the `neighbours` nearest other users, weighted by similarity.

    `sim_uv = w_u · w_v / (|w_u| |w_v| + shrinkage)`, w_ui = idf_i of positives of user u: rare items weigh more.
    """
    weights = sp.diags(rarity(known.positives.T))
    weighted = sp.csr_matrix(known.positives @ weights)

    def scores(requests: Requests) -> Floats:
        asking = sp.csr_matrix(requests.history.positives @ weights)
        similarity = nearest(asking, weighted, neighbours, shrinkage, same=requests.user)
        return np.asarray((similarity @ known.positives).todense(), np.float32)

    return scores


USER_KNN = Here("UserKNN", fit, grid(neighbours=(20, 50, 100, 200), shrinkage=(0.0, 10.0)))
