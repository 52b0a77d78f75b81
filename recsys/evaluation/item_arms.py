"""The arms of a backtest of item lists: `similar` and `next` as they are published, and the baselines beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from recsys.evaluation.protocols.cut import SHOWN
from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.item_lists import held_out
from recsys.ranking.item_lists import links as item_links
from recsys.ranking.item_lists.links import Links, strongest_items
from recsys.ranking.item_lists.similar import Blend, following, similar
from recsys.ranking.lists.single import rows
from recsys.ranking.signals import ease
from recsys.ranking.signals.contract import Nominees
from recsys.ranking.world import World
from recsys.schema import NEXT, SIMILAR
from recsys.settings import Settings

ITEM_KNN, SHRUNK, EASE, POPULARITY = "ItemKNN", "ItemKNN, shrunk", "ease", "popularity"
SHRINKAGE = 10.0
"""Added to the denominator of the cosine of `SHRUNK`: what few users have in common counts less."""
AT_ONCE = 512
"""Requests answered at once."""


@dataclass(frozen=True)
class ItemArms:
    """Links fitted on one side of a cut, ready to answer requests whose history is one item."""

    links: Links
    blend: Blend
    positives: sp.csr_matrix
    """(n_users, n_items)."""
    available: Mask
    singles: tuple[str, ...] = ()
    leads: tuple[str, ...] = (SIMILAR, NEXT)

    def within(self, pool: Mask | None) -> ItemArms:
        """The same, showing items of `pool`, (n_items,), alone."""
        return self if pool is None else replace(self, available=self.available & pool)

    def answer(self, requests: Requests, k: int = SHOWN) -> dict[str, Ints]:
        """Lists of item rows of every arm, (n_requests, k); places that an arm leaves empty go to popular items."""
        parts = np.array_split(requests.history.item, max(1, -(-len(requests) // AT_ONCE)))
        answers = [self._answer(asked, k) for asked in parts]
        return {arm: np.concatenate([answer[arm] for answer in answers]) for arm in answers[0]}

    def _answer(self, asked: Ints, k: int) -> dict[str, Ints]:
        shown = self.available
        found: Mapping[str, Nominees] = {
            SIMILAR: similar(self.links, self.blend, asked, shown, k),
            NEXT: following(self.links, asked, shown, k),
            ITEM_KNN: strongest_items(cosine(self.positives, asked), asked, shown, k),
            SHRUNK: strongest_items(cosine(self.positives, asked, SHRINKAGE), asked, shown, k),
            EASE: strongest_items(self.links.behaviour[ease.EASE.name][asked], asked, shown, k),
            POPULARITY: Nominees(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)),
        }
        popular = self._popular()
        lists = {arm: rows(listed.request, listed.item, len(asked), k) for arm, listed in found.items()}
        return {arm: filled(of_arm, asked, popular) for arm, of_arm in lists.items()}

    def _popular(self) -> Ints:
        """Available items, those with most positives first."""
        order = np.argsort(-self.links.positives, kind="stable").astype(np.int32)
        return order[self.available[order]]


def fit(known: Interactions, world: World, settings: Settings) -> ItemArms:
    """The arms fitted on `known` alone; the blend of `similar` is selected on its latest part."""
    links = item_links.fit(known, world.text_links, settings.ranking)
    blend = held_out.choose(known, world.text_links, settings.ranking, settings.seed, world.timed)
    return ItemArms(links, blend, known.positives, world.then.available)


def cosine(positives: sp.csr_matrix, asked: Ints, shrinkage: float = 0.0) -> sp.csr_matrix:
    """Cosine between items over the users who like both, (n_asked, n_items) (Deshpande & Karypis 2004).

    >>> both = sp.csr_matrix(np.array([[1, 1, 0], [1, 0, 1]], np.float32))
    >>> cosine(both, np.array([0], np.int32)).toarray().astype(float).round(3).tolist()
    [[1.0, 0.707, 0.707]]
    """
    together = sp.csr_matrix(positives.tocsc()[:, asked].T @ positives)
    length: Floats = np.sqrt(np.asarray(positives.sum(axis=0)).ravel())
    lengths = np.repeat(length[asked], np.diff(together.indptr)) * length[together.indices]
    return sp.csr_matrix((together.data / (lengths + shrinkage), together.indices, together.indptr), together.shape)


def filled(lists: Ints, asked: Ints, popular: Ints) -> Ints:
    """The lists, (n, k), whose empty places hold the first of `popular` that are neither listed nor asked about.

    >>> filled(np.array([[2, -1, -1]]), np.array([0]), np.array([2, 0, 1], np.int32)).tolist()
    [[2, 1, -1]]
    """
    found = lists.copy()
    for row in np.flatnonzero((lists < 0).any(axis=1)).tolist():
        count, width = int((lists[row] >= 0).sum()), lists.shape[1]
        first = popular[: width + 1]
        more = first[~np.isin(first, [*lists[row, :count], asked[row]])][: width - count]
        found[row, count : count + len(more)] = more
    return found
