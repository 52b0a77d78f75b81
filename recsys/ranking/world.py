"""What does not depend on behaviour: items, their texts and domains, and what may be recommended at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import scipy.sparse as sp

from recsys.events.interactions import Mask
from recsys.events.side import SideInformation
from recsys.events.tables import Tables
from recsys.interests.stage import ItemInterests
from recsys.ranking.lists.rules import Cap, Rules, free
from recsys.ranking.signals.text import similar_texts


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


def world_of(known: Tables, understood: ItemInterests, rules: Rules | None = None) -> World:
    """What models of any cut in time share; under `rules`, items that these forbid are not available.

    Raises `DataError` where no item may be recommended.
    """
    rules = rules or free(known)
    return World(
        understood,
        similar_texts(understood.directions),
        known.side,
        rules.among(known.available),
        rules.cap,
        known.timed,
        (known.available | known.interactions.met) & rules.permitted,
    )
