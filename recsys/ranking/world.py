"""What does not depend on behaviour: items, their texts and domains, and what may be recommended at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import scipy.sparse as sp

from recsys.errors import DataError
from recsys.events.interactions import Mask
from recsys.events.side import SideInformation
from recsys.events.tables import Tables
from recsys.interests.stage import ItemInterests
from recsys.ranking.lists import rules
from recsys.ranking.lists.rules import Cap
from recsys.ranking.signals.text import similar_texts
from recsys.settings import RankingSettings


@dataclass(frozen=True)
class World:
    """The same on every side of a cut in time."""

    items: ItemInterests
    text_links: sp.csr_matrix
    """Cosine of each item's text to the most similar items, (n_items, n_items)."""
    side: SideInformation
    available: Mask
    """Items that may be recommended, (n_items,)."""
    cap: Cap | None = None
    """The cap on items of one category in a list."""
    timed: bool = True
    """False: an order stands in for times."""
    offered: Mask | None = None
    """Items that may have been recommended at some time, (n_items,); None: those that may be now."""

    @property
    def then(self) -> World:
        """The same at an earlier time: what has expired or is sold out by now was there, nobody knows until when."""
        return self if self.offered is None else replace(self, available=self.offered)


def world_of(known: Tables, understood: ItemInterests, ranking: RankingSettings) -> World:
    """What models of any cut in time share; items that the rules forbid are not available.

    Raises `DataError` where no item may be recommended.
    """
    permitted = rules.permitted(known.item_ids, ranking)
    available = known.available & permitted
    if not available.any():
        raise DataError(
            "no item may be recommended",
            where="items",
            seen=f"{int(known.available.sum())} of {len(available)} available, none of them permitted",
            expected="one at least",
            remedy="see the column available of the item table, and ranking.allow_items and ranking.deny_items",
        )
    return World(
        understood,
        similar_texts(understood.directions),
        known.side,
        available,
        rules.cap(known.categories, ranking.max_per_category),
        known.timed,
        (known.available | known.interactions.met) & permitted,
    )
