"""Popularity, all-time and recent: all users' positives before the request time."""

from __future__ import annotations

import numpy as np

from benchmarks.quality.contract import EVER
from benchmarks.quality.here import Here, Scores
from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.popularity import popularity

HALF_LIVES = (3.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0)
"""Days after which an event counts half."""


def fit(known: Interactions, half_life_days: float) -> Scores:
    """Decayed counts of positive events."""

    def scores(requests: Requests) -> Floats:
        request_times, places = np.unique(requests.at, return_inverse=True)
        return popularity(known, request_times, half_life_days)[places]

    return scores


POPULARITY = Here("popularity", fit, ({"half_life_days": EVER},))
RECENT = Here("recent popularity", fit, tuple({"half_life_days": days} for days in HALF_LIVES))
