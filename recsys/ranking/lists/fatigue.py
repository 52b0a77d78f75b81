"""Rest for items that a user was shown often and never took: they rank below all others of the request."""

from __future__ import annotations

import numpy as np

from recsys.events.interactions import Floats, Mask
from recsys.events.split import Requests
from recsys.ranking.candidates import Candidates

GAP = 1e-3
"""By how much the best of what is to rest lies below the lowest of the others."""


def tired(candidates: Candidates, requests: Requests) -> Mask:
    """Where the user of the request is tired of the candidate, (n_candidates,)."""
    if requests.tired is None or not len(candidates.item):
        return np.zeros(len(candidates.item), bool)
    return np.asarray(requests.tired[candidates.request, candidates.item], bool).ravel()


def lowered(scores: Floats, candidates: Candidates, tired: Mask) -> Floats:
    """Scores in which what is `tired` lies below everything else of its request, in the order it had before.

    Both are (n_candidates,). A request with nothing else keeps its scores.
    """
    if not tired.any():
        return scores
    lowest, highest = (np.full(candidates.n_requests, extreme, np.float32) for extreme in (np.inf, -np.inf))
    np.minimum.at(lowest, candidates.request[~tired], scores[~tired])
    np.maximum.at(highest, candidates.request[tired], scores[tired])
    rest = np.isfinite(lowest) & np.isfinite(highest)
    step = np.zeros(candidates.n_requests, np.float32)
    step[rest] = np.maximum(highest[rest] - lowest[rest] + GAP, 0)
    return np.asarray(np.where(tired, scores - step[candidates.request], scores), scores.dtype)
