"""Popular and rising items, by all and by recent positives: in all, and in each category."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.interests.names import split_categories
from recsys.transfer.popularity import not_after_all, popularity

RECENT_DAYS = 7.0
"""Days of the recent rate."""
PRIOR = 5.0
"""Positives that an item has to be expected to have recently for its own ratio to count half."""
MIN_RECENT = 3
"""Recent positives below which an item is no riser."""
ALL = ""
"""Key of the list of all items."""


@dataclass(frozen=True)
class Ranked:
    """Items of a list, the highest score first."""

    items: Ints
    scores: Floats


def decayed(interactions: Interactions, at: float, half_life_days: float) -> Floats:
    """Positives with each item before the time `at`, halved every `half_life_days`, (n_items,)."""
    counts: Floats = popularity(interactions, not_after_all(interactions, np.array([at])), half_life_days)[0]
    return counts


def rising(interactions: Interactions, at: float, half_life_days: float) -> Floats:
    """Ratio of each item's recent rate of positives to its earlier rate, (n_items,); 0 where it does not rise.

    With n the item's positives of the last `RECENT_DAYS` and E those it would have had by its share of all earlier
    positives (halved every `half_life_days`), the ratio is `(n + κ) / (E + κ)`: the posterior mean of λ for
    n ~ Poisson(λ E) and λ ~ Gamma(κ, κ), whose mean is 1 (DuMouchel 1999, "Bayesian data mining in large frequency
    tables", with one component). So a few events of a new item prove little.
    """
    since, positives = at - RECENT_DAYS, interactions.first_positives
    recent = np.bincount(
        positives.item[(positives.day >= since) & (positives.day < at)], minlength=interactions.n_items
    )
    earlier = popularity(interactions, np.array([since]), half_life_days)[0]
    expected = earlier * (recent.sum() / max(float(earlier.sum()), np.finfo(np.float32).tiny))
    ratio = (recent + PRIOR) / (expected + PRIOR)
    return np.where((recent >= MIN_RECENT) & (ratio > 1), ratio, 0).astype(np.float32)


def ranked(scores: Floats, items: Ints, top_n: int) -> Ranked:
    """The `top_n` of these items of highest score above 0; ties go to the first; `items` are sorted.

    >>> ranked(np.array([1, 0, 2, 1], np.float32), np.arange(4, dtype=np.int32), 2).items.tolist()
    [2, 0]
    """
    positive = items[scores[items] > 0]
    found = positive[np.argsort(-scores[positive], kind="stable")[:top_n]]
    return Ranked(found, scores[found])


def by_category(scores: Floats, categories: Sequence[str], available: Mask, top_n: int) -> Iterator[tuple[str, Ranked]]:
    """Lists of available items in all and in each category, empty lists dropped; an item may be in several.

    Categories are the parts of the item's text of them: "Action|Drama" is in both.
    """
    members: dict[str, list[int]] = {ALL: np.flatnonzero(available).tolist()}
    for row in members[ALL]:
        for name in set(split_categories(categories[row])):
            members.setdefault(name, []).append(row)
    for name in sorted(members):
        found = ranked(scores, np.array(members[name], np.int32), top_n)
        if len(found.items):
            yield name, found
