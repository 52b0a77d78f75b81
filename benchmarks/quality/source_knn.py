"""SourceKNN: positives in a domain of the users whose positives in all other domains are similar."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from benchmarks.quality import sources
from benchmarks.quality.contract import grid
from benchmarks.quality.here import Here, Scores
from benchmarks.quality.neighbours import nearest
from benchmarks.quality.sources import Learnt, Passage
from recsys.events.interactions import Floats, Interactions, Ints


def fit(known: Interactions, domain: Ints, neighbours: int, shrinkage: float) -> Scores:
    """Positives in the domain of the `neighbours` nearest other users, weighted by similarity as in UserKNN."""
    return sources.fit(known, domain, lambda passage: _learn(passage, known.n_users, neighbours, shrinkage))


def _learn(passage: Passage, n_users: int, neighbours: int, shrinkage: float) -> Learnt:
    place = np.full(n_users + 1, -1, np.int32)  # the last is that of an unknown user
    place[passage.users] = np.arange(len(passage.users))

    def answer(asking: sp.csr_matrix, users: Ints) -> Floats:
        similarity = nearest(asking, passage.sources, neighbours, shrinkage, same=place[users])
        return np.asarray((similarity @ passage.positives).todense(), np.float32)

    return answer


SOURCE_KNN = Here(
    "SourceKNN", fit, grid(neighbours=(50, 100, 200, 500), shrinkage=(0.0, 10.0)), ("cross",), ("domain",)
)
