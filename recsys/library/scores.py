"""Scores of given pairs of user and item, nominated or not."""

from __future__ import annotations

import numpy as np

from recsys.events.interactions import Floats, Ints
from recsys.events.split import Requests
from recsys.library.fitted import Fitted
from recsys.ranking.candidates import with_pairs

AT_ONCE = 100_000
"""Pairs that are scored at once."""


def score(fitted: Fitted, user: Ints, item: Ints) -> Floats:
    """Score of each pair, (n_pairs,), as if the item alone were one more candidate of the user; -1: an unknown user."""
    users, request = np.unique(user, return_inverse=True)
    order, scores = np.argsort(request, kind="stable"), np.zeros(len(user), np.float32)
    for rows in fitted.models.batches(len(users)):
        start, end = np.searchsorted(request[order], [rows[0], rows[-1] + 1]) if len(rows) else (0, 0)
        requests = fitted.requests(users[rows].astype(np.int32))
        for places in np.array_split(order[start:end], max(1, -(-(end - start) // AT_ONCE))):
            inside = (request[places] - rows[0]).astype(np.int32) if len(rows) else places.astype(np.int32)
            scores[places] = _scores(fitted, requests, inside, item[places])
    return scores


def _scores(fitted: Fitted, requests: Requests, request: Ints, item: Ints) -> Floats:
    models, settings = fitted.models, fitted.settings
    candidates, pairs = with_pairs(
        models.signals,
        requests,
        models.transfer.profiles(requests),
        models.facts,
        models.available,
        settings.ranking.candidates,
        settings.lists.top_n,
        request,
        item,
    )
    if not settings.transfer.enabled:
        candidates, pairs = candidates.without_transfer(), pairs.own_columns()
    return fitted.ranker.score_beside(candidates, pairs)
