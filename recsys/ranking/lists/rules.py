"""Rules of the business: which items may be shown at all, and how many of one category."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys.errors import DataError
from recsys.events.interactions import Ints, Mask
from recsys.events.tables import Tables
from recsys.interests.names import split_categories
from recsys.settings import ListSettings

log = logging.getLogger(__name__)

NONE = -1
"""Stands where an item has no further category."""


@dataclass(frozen=True)
class Rules:
    """What may be shown of a catalogue."""

    permitted: Mask
    """Items that no rule forbids, (n_items,)."""
    cap: Cap | None = None
    """The cap on items of one category in a list."""

    def among(self, available: Mask) -> Mask:
        """Items that are available and permitted, (n_items,); raises `DataError` where none is."""
        shown = available & self.permitted
        if not shown.any():
            raise DataError(
                "no item may be recommended",
                where="items",
                seen=f"{int(available.sum())} of {len(available)} available, none of them permitted",
                expected="one at least",
                remedy="see the column available of the item table, and lists.allow_items and lists.deny_items",
            )
        return np.asarray(shown)


def free(known: Tables) -> Rules:
    """Rules that forbid nothing."""
    return Rules(np.ones(len(known.item_ids), bool))


def rules_of(known: Tables, settings: ListSettings) -> Rules:
    """The rules of the settings, on this catalogue."""
    return Rules(permitted(known.item_ids, settings), cap(known.categories, settings.max_per_category))


def permitted(item_ids: npt.NDArray[np.object_], settings: ListSettings) -> Mask:
    """Where an item is not on the deny list and, if there is an allow list, on that, (n_items,).

    Ids that the catalogue does not know are logged: lists are often longer-lived than items.

    >>> listed = ListSettings(deny_items=("a",), allow_items=("a", "b"))
    >>> permitted(np.array(["a", "b", "c"], object), listed).tolist()
    [False, True, False]
    """
    allowed = _listed(item_ids, settings.allow_items, "allow_items") if settings.allow_items else np.bool_(True)
    return np.asarray(allowed & ~_listed(item_ids, settings.deny_items, "deny_items"))


def _listed(item_ids: npt.NDArray[np.object_], listed: Sequence[str], name: str) -> Mask:
    unknown = sorted(set(listed) - set(item_ids))
    if unknown:
        log.warning(
            "lists.%s: %d of %d items are not in the catalogue, such as %s",
            name,
            len(unknown),
            len(set(listed)),
            unknown[0],
        )
    return np.asarray(pd.Index(item_ids).isin(list(listed)))


@dataclass(frozen=True)
class Cap:
    """At most so many items of one category in a list; an item of several counts in each."""

    kinds: Ints
    """Categories of each item, `NONE` filling up, (n_items, most categories of an item)."""
    n_kinds: int
    most: int

    def count(self, items: Ints) -> Count:
        """An empty count for pools of items, (n_requests, pool)."""
        return Count(self.kinds[items], np.zeros((len(items), self.n_kinds + 1), np.int32), self.most)

    def admits(self, shown: Ints, item: int) -> bool:
        """Whether a list of these items has room for one more, (n_shown,)."""
        own = self.kinds[item][self.kinds[item] != NONE]
        return bool(((self.kinds[shown][:, :, None] == own).sum(axis=(0, 1)) < self.most).all())


class Count:
    """How often each category was taken by each request, and which items of its pool are closed by that."""

    def __init__(self, kinds: Ints, taken: Ints, most: int) -> None:
        self._kinds, self._taken, self._most = kinds, taken, most

    @property
    def value(self) -> Mask:
        """Where a category of an item is full, (n_requests, pool)."""
        full = self._taken >= self._most
        full[:, NONE] = False
        return np.asarray(full[np.arange(len(full))[:, None, None], self._kinds].any(axis=2))

    def take(self, places: Ints) -> None:
        """Counts the categories of one more item of every request, (n_requests,)."""
        rows = np.arange(len(places))
        np.add.at(self._taken, (rows[:, None], self._kinds[rows, places]), 1)


def cap(categories: Sequence[str], most: int) -> Cap | None:
    """The cap on lists of these items, or None without a cap (`most` 0).

    >>> cap(["Drama|War", "", "War"], most=1).kinds.tolist()
    [[0, 1], [-1, -1], [1, -1]]
    """
    if not most:
        return None
    split = [sorted(set(split_categories(category))) for category in categories]
    numbers = {name: number for number, name in enumerate(sorted(set(chain.from_iterable(split))))}
    kinds = np.full((len(split), max(map(len, split), default=0)), NONE, np.int32)
    for row, names in enumerate(split):
        kinds[row, : len(names)] = [numbers[name] for name in names]
    return Cap(kinds, len(numbers), most)
