"""What every peer is, what it is asked, and what it answers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.side import SideInformation
from recsys.events.split import Requests
from recsys.transfer.popularity import popularity

DEPTH = 200
"""Items that a peer names for each request."""
EVER = 36_500.0
"""A half-life, in days, under which nothing is forgotten."""

Configuration = Mapping[str, float | int | str]
Family = Literal["warm", "cold", "cross", "social"]
FAMILIES: tuple[Family, ...] = ("warm", "cold", "cross", "social")
"""Families of protocols."""


@dataclass(frozen=True)
class Task:
    """What a peer may know, and who asks."""

    known: Interactions
    requests: Requests
    available: Mask
    """Items that may be recommended, (n_items,)."""
    categories: sp.csr_matrix
    """1 where an item is of a category, (n_items, n_categories) float32; for peers that read item features."""
    side: SideInformation
    """Links between users and domains of items; for peers that read these."""
    within: Ints
    """Domain whose items alone are ranked for each request, (n_requests,); -1 for all."""

    @cached_property
    def closed(self) -> Mask:
        """Where an item is seen, unavailable or of a domain that is not asked for, (n_requests, n_items)."""
        in_other_domains = (self.within[:, None] >= 0) & (self.side.domain != self.within[:, None])
        seen = np.asarray(self.requests.history.seen.todense(), dtype=bool)
        return np.asarray(seen | ~self.available | in_other_domains)

    @cached_property
    def popular(self) -> Floats:
        """Positive events of each item before each request, (n_requests, n_items)."""
        request_times, places = np.unique(self.requests.at, return_inverse=True)
        return popularity(self.known, request_times, EVER)[places]


@dataclass(frozen=True)
class Answers:
    """Lists of one fitted model, best first."""

    items: Ints
    """(n_requests, DEPTH), -1 where a list is short."""
    scores: Floats
    """(n_requests, DEPTH), 0 where a list is short."""
    seconds: float
    """Of fitting and answering."""


class Peer(Protocol):
    """A recommender and the configurations it is tuned among."""

    @property
    def name(self) -> str:
        """Name of its row in the report."""

    @property
    def configurations(self) -> Sequence[Configuration]:
        """What it is tuned among, written down before any result was seen."""

    @property
    def families(self) -> Sequence[Family]:
        """Protocols that it takes part in: "warm" alone where it cannot answer people whom it was not fitted on."""

    @property
    def random(self) -> bool:
        """Whether a seed changes what it answers."""

    def answer(self, task: Task, configurations: Sequence[Configuration], seed: int) -> list[Answers]:
        """Answers of a model fitted on `task.known` for each of the configurations, in their order."""


def grid(**candidates: Sequence[float | int | str]) -> tuple[Configuration, ...]:
    """Every combination, the last name varying fastest.

    >>> grid(factors=(1, 2), epochs=(5,))
    ({'factors': 1, 'epochs': 5}, {'factors': 2, 'epochs': 5})
    """
    return tuple(dict(zip(candidates, values, strict=True)) for values in itertools.product(*candidates.values()))


def top(scores: Floats, popular: Floats, closed: Mask, count: int = DEPTH) -> tuple[Ints, Floats]:
    """The `count` open items of highest score and their scores, each (n_requests, count); ties go to the popular item.

    Scores that are not finite count as no score: such items come last. All arguments are (n_requests, n_items).

    >>> scores, popular = np.array([[0.0, 3.0, 0.0, 2.0]], np.float32), np.array([[1.0, 0.0, 5.0, 0.0]], np.float32)
    >>> top(scores, popular, np.array([[False, True, False, False]]), 3)[0].tolist()
    [[3, 2, 0]]
    """
    items, found = np.full((len(scores), count), -1, np.int32), np.zeros((len(scores), count), np.float32)
    for row, (score, held, shut) in enumerate(zip(scores, popular, closed, strict=True)):
        best = _best(
            np.where(shut | ~np.isfinite(score), -np.inf, score), held, np.flatnonzero(~shut).astype(np.int32), count
        )
        items[row, : len(best)], found[row, : len(best)] = best, np.where(np.isfinite(score[best]), score[best], 0.0)
    return items, found


def _best(score: Floats, popular: Floats, open_items: Ints, count: int) -> Ints:
    if count < len(open_items):
        least = np.partition(score[open_items], -count)[-count]
        open_items = open_items[score[open_items] >= least]
    return open_items[np.lexsort((-popular[open_items], -score[open_items]))][:count].astype(np.int32)
