"""Items of a made-up shop: power-law popularity, tastes, and births spread over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.scale.words import TASTES

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

DAYS: Final = 730
"""Length of the history."""
ZIPF_EXPONENT: Final = 0.9
"""Popularity of an item is its rank to the power of minus this."""
SHARE_AT_START: Final = 0.5
"""Share of the items that are there on the first day."""
SHARE_OF_TWO_TASTES: Final = 0.3
ANY: Final = -1
"""In place of a taste: all of them."""


@dataclass(frozen=True)
class Catalogue:
    """Items in order of birth."""

    tastes: Ints
    """Tastes of each item, (n_items, 2); the second is `ANY` for an item of one taste."""
    born: Floats
    """Day of birth since the start of the history, (n_items,), ascending."""
    popularity: Floats
    """(n_items,), sums to 1."""

    def __len__(self) -> int:
        """Number of items."""
        return len(self.born)


def catalogue(n_items: int, rng: np.random.Generator) -> Catalogue:
    """Items of Zipf popularity, independent of taste and birth."""
    popularity = np.arange(1, n_items + 1) ** -ZIPF_EXPONENT
    born = np.sort(np.where(rng.random(n_items) < SHARE_AT_START, 0.0, rng.uniform(0, DAYS, n_items)))
    born[0] = 0.0
    first = rng.integers(0, len(TASTES), n_items)
    other = (first + rng.integers(1, len(TASTES), n_items)) % len(TASTES)
    second = np.where(rng.random(n_items) < SHARE_OF_TWO_TASTES, other, ANY)
    return Catalogue(
        np.column_stack([first, second]).astype(np.int32), born, rng.permutation(popularity) / popularity.sum()
    )


class Shelves:
    """Draws items of a taste by their popularity, among those born by the time of the draw."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._born = catalogue.born
        everything = np.arange(len(catalogue), dtype=np.int32)
        belongs = [(catalogue.tastes == taste).any(axis=1) for taste in range(len(TASTES))]
        self._items = {ANY: everything, **{taste: everything[mask] for taste, mask in enumerate(belongs)}}
        self._cumulative = {taste: np.cumsum(catalogue.popularity[items]) for taste, items in self._items.items()}

    def draw(self, taste: Ints, day: Floats, rng: np.random.Generator) -> Ints:
        """One item for each draw, (n_draws,); of any taste where the taste has no item yet."""
        drawn, chance = np.empty(len(taste), np.int32), rng.random(len(taste))
        order = np.argsort(taste, kind="stable")
        bounds = np.searchsorted(taste[order], np.arange(ANY, len(TASTES) + 1))
        for shelf, start, end in zip(range(ANY, len(TASTES)), bounds[:-1], bounds[1:], strict=True):
            rows = order[start:end]
            drawn[rows] = self._of_shelf(shelf, day[rows], chance[rows])
        return drawn

    def _of_shelf(self, taste: int, day: Floats, chance: Floats) -> Ints:
        items, cumulative = self._items[taste], self._cumulative[taste]
        there = np.searchsorted(self._born[items], day, side="right")
        early = there == 0
        if early.any():
            found = np.empty(len(day), np.int32)
            found[early] = self._of_shelf(ANY, day[early], chance[early])
            found[~early] = self._of_shelf(taste, day[~early], chance[~early]) if (~early).any() else 0
            return found
        place = np.searchsorted(cumulative, chance * cumulative[there - 1], side="right")
        of_taste: Ints = items[np.minimum(place, there - 1)]
        return of_taste
