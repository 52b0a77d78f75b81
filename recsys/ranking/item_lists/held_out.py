"""The blend of behaviour and text that finds held-out next items best: how much text counts differs between shops."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.ranking.item_lists import links as item_links
from recsys.ranking.item_lists.links import Links
from recsys.ranking.item_lists.similar import Blend, similarity
from recsys.settings import RankingSettings

LATE = 0.1
"""Share of all events that is held out, the latest."""
MIN_PAIRS, MAX_PAIRS = 200, 5000
"""Pairs below which the default blend stands, and pairs that are judged, drawn at random."""
SHARES, EVIDENCE = (0.6, 0.8, 0.9, 1.0), (1.0, 3.0, 10.0, 30.0)
SHOWN = 10
"""Places of a list that count."""


@dataclass(frozen=True)
class Pairs:
    """Positives that follow each other in a history, (n_pairs,) each; sorted by user, then time."""

    user: Ints
    query: Ints
    """Item of the earlier positive."""
    target: Ints
    """Item of the later positive."""
    place: np.ndarray
    """Place of the later positive among those of all users."""

    def take(self, selected: Mask | np.ndarray) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.user[selected], self.query[selected], self.target[selected], self.place[selected])


def consecutive(interactions: Interactions) -> Pairs:
    """Every positive with the previous positive of the same user; none of an item with itself."""
    positives = interactions.first_positives
    follows = (positives.user[1:] == positives.user[:-1]) & (positives.item[1:] != positives.item[:-1])
    before = np.flatnonzero(follows)
    return Pairs(positives.user[before], positives.item[before], positives.item[before + 1], before + 1)


def choose(
    interactions: Interactions, text_links: sp.csr_matrix, ranking: RankingSettings, seed: int, timed: bool
) -> Blend:
    """The blend of the grid with the highest NDCG@10 on held-out pairs, mean over users; the default for few pairs.

    Links are fitted on what came before the held-out part. Where an order stands in for times, that is the last
    positive of each user.
    """
    early, pairs = _cut(interactions, timed)
    if len(pairs.user) < MIN_PAIRS:
        return Blend()
    rng = np.random.default_rng(seed)
    if len(pairs.user) > MAX_PAIRS:
        pairs = pairs.take(np.sort(rng.choice(len(pairs.user), MAX_PAIRS, replace=False)))
    links = item_links.fit(early, text_links, ranking)
    grid = [Blend(), *(Blend(share, evidence) for share, evidence in product(SHARES, EVIDENCE))]
    return max(grid, key=lambda blend: quality(links, blend, pairs))


def _cut(interactions: Interactions, timed: bool) -> tuple[Interactions, Pairs]:
    pairs, positives = consecutive(interactions), interactions.first_positives
    if not timed:
        return interactions.take(~interactions.latest(1)), pairs.take(positives.order_from_end[pairs.place] == 0)
    if not len(interactions.day):
        return interactions, pairs
    cut = np.quantile(interactions.day, 1 - LATE, method="higher")
    return interactions.take(interactions.day < cut), pairs.take(positives.day[pairs.place] >= cut)


def quality(links: Links, blend: Blend, pairs: Pairs) -> float:
    """NDCG@10 of `similar` for the pairs, the mean over users of their means: one target, so 1 / log2(1 + rank)."""
    rank = _rank(similarity(links, blend, pairs.query), pairs)
    gain = np.where(rank <= SHOWN, 1 / np.log2(rank + 1), 0)
    _, user = np.unique(pairs.user, return_inverse=True)
    return float((np.bincount(user, gain) / np.bincount(user)).mean())


def _rank(scores: sp.csr_matrix, pairs: Pairs) -> Floats:
    """Rank of each target, (n_pairs,): those of equal score count half, a target without a score comes after all."""
    count = len(pairs.user)
    wanted = np.asarray(scores[np.arange(count), pairs.target], np.float32).ravel()
    row = np.repeat(np.arange(count), np.diff(scores.indptr))
    other = scores.indices != pairs.query[row]
    above = np.bincount(row[other], scores.data[other] > wanted[row[other]], minlength=count)
    level = np.bincount(row[other], scores.data[other] == wanted[row[other]], minlength=count)
    return np.where(wanted > 0, above + (level + 1) / 2, np.inf).astype(np.float32)
