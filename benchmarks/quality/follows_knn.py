"""FollowsKNN: positives of the people whom a user follows, with UserKNN for the user's own history."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from benchmarks.quality import user_knn
from benchmarks.quality.contract import grid
from benchmarks.quality.here import Here, Scores
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests

NEIGHBOURS = 100
"""Of UserKNN, without shrinkage."""


def fit(known: Interactions, graph: sp.csr_matrix, shrinkage: float, weight: float) -> Scores:
    """`(n m_i + shrinkage p_i) / (n + shrinkage) + weight k_i / NEIGHBOURS` of each item i.

    n counts the people followed who have positives, m is the mean of these under the weights of the links, p
    the share of all users with a positive of an item, and k UserKNN's score.
    """
    positives = known.positives
    active = np.diff(positives.indptr) > 0
    share = np.asarray(positives.sum(axis=0)).ravel() / max(active.sum(), 1)
    links = sp.csr_matrix(graph @ sp.diags(active.astype(np.float32)))
    by_users = user_knn.fit(known, NEIGHBOURS, 0.0)

    def scores(requests: Requests) -> Floats:
        own = sp.diags((requests.user >= 0).astype(np.float32)) @ links[np.maximum(requests.user, 0)]
        followed, total = (np.asarray(matrix.sum(axis=1)) for matrix in (own > 0, own))
        mean = np.asarray((own @ positives).todense()) / np.maximum(total, 1e-9)
        near = weight / NEIGHBOURS * by_users(requests)
        return np.asarray((followed * mean + shrinkage * share) / (followed + shrinkage) + near, np.float32)

    return scores


FOLLOWS_KNN = Here(
    "FollowsKNN", fit, grid(shrinkage=(1.0, 10.0), weight=(0.0, 1.0, 3.0, 10.0)), ("social",), ("graph",)
)
