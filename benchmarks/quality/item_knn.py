"""ItemKNN: cosine between items over their users, weighted by tf-idf (Deshpande & Karypis 2004)."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from benchmarks.quality.contract import grid
from benchmarks.quality.here import Here, Scores
from benchmarks.quality.neighbours import nearest, rarity
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests


def fit(known: Interactions, neighbours: int, shrinkage: float) -> Scores:
    """Sums of similarities to the items of a history; each item keeps its `neighbours` nearest.

    `sim_ij = w_i · w_j / (|w_i| |w_j| + shrinkage)`, w_ui = idf_u for positives i of u: short histories weigh more.
    """
    weighted = sp.csr_matrix(known.positives.T @ sp.diags(rarity(known.positives)))
    links = nearest(weighted, weighted, neighbours, shrinkage, same=np.arange(known.n_items, dtype=np.int32)).T.tocsr()

    def scores(requests: Requests) -> Floats:
        return np.asarray((requests.history.positives @ links).todense(), np.float32)

    return scores


ITEM_KNN = Here("ItemKNN", fit, grid(neighbours=(20, 50, 100, 300), shrinkage=(0.0, 10.0)))
