"""The next item after an item: what a page of an item is asked, whoever looks at it."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from recsys.errors import DataError
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Interactions, Ints
from recsys.events.split import Requests, Split
from recsys.ranking.item_lists.held_out import Pairs, consecutive
from recsys.transfer.segments import NAMES, segment


def cuts(given: Given) -> list[Cut]:
    """One cut, `next-item`: the last share of all events is hidden; each positive in it is a target of the previous.

    A request is an item: its history is the user's positive before the target and nothing else, be it hidden or known,
    for a page is asked about the item that is on it. Requests are reported by the known positives of that item. A
    user may make several. Raises `DataError` for events without times.
    """
    if not given.timed:
        raise DataError(
            "protocol next-item needs times",
            where="events",
            seen="an order of events",
            expected="occurred_at",
            remedy="give the events times, or leave the protocol out",
        )
    interactions = given.interactions
    if not len(interactions.day):
        return []
    cut = np.quantile(interactions.day, 1.0 - given.settings.late_share, method="higher")
    known, pairs = interactions.take(interactions.day < cut), consecutive(interactions)
    hidden = pairs.take(interactions.first_positives.day[pairs.place] >= cut)
    split = given.judged(_requests(hidden, interactions), given.rng)
    return [Cut("next-item", known, split, groups=_by_evidence(split, known), of_items=True)]


def _requests(pairs: Pairs, interactions: Interactions) -> Split:
    """A request of each pair, at the time of its target."""
    count, positives = len(pairs.user), interactions.first_positives
    request, ones = np.arange(count, dtype=np.int32), np.ones(count, np.float32)
    history = Interactions(request, pairs.query, ones, positives.day[pairs.place - 1], count, interactions.n_items)
    wanted = sp.csr_matrix((ones, (request, pairs.target)), shape=(count, interactions.n_items))
    return Split(Requests(history, positives.day[pairs.place], pairs.user), wanted)


def _by_evidence(split: Split, known: Interactions) -> dict[str, Ints]:
    """Rows of requests by how many positives of the item are known."""
    positives = np.bincount(known.first_positives.item, minlength=known.n_items).astype(np.int32)
    place = segment(positives[split.requests.history.item])
    return {f"item {NAMES[number]}": np.flatnonzero(place == number).astype(np.int32) for number in np.unique(place)}
