"""Folds that the ranker learns from: what models are fitted on, and what is held out to ask them for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys.events.held_out import some_entries, some_items, without_entries, without_items
from recsys.events.interactions import Interactions, Mask
from recsys.events.split import Split, at_moment, keep, last_visit, leave_last, one_cut, reveal, sample, stack
from recsys.ranking.models import World

SLICES = 2
"""Earlier slices of time that known users are asked about."""
MOST_HELD_OUT = 5
"""Of a user's latest choices, in a slice; fewer where the median user has less than five times as many."""
LATER = 0.1
"""Share of all events that come after the one moment at which everybody is asked."""
LEAST_ASKED = 20
"""Users who come back, below whom it is not worth fitting models for them."""
NEWCOMER_FOLDS = 2
"""Shares of the users, apart from each other, that play newcomers to models fitted without them."""
HIDDEN = 0.2
"""Share of the users in each, of the items that are new to the same models, and of those new to a domain."""
REVEALED = (0, 1, 3, 5, 10, 30)
"""Events of a newcomer that are known: one request each."""
MOST = 5000
"""Requests of one split; of a larger set a random sample is learnt from."""
NEXT = 10
"""Choices of a newcomer to be found; all of them where an order stands in for times."""


@dataclass(frozen=True)
class Fold:
    """What models are fitted on, and what they are then asked."""

    known: Interactions
    splits: tuple[tuple[Split, Mask | None], ...]
    """Requests, and the items ranked, (n_items,); None: all that are available."""


def folds(interactions: Interactions, world: World, seed: int) -> list[Fold]:
    """Of known users at earlier moments, of newcomers, of new items, and of users new to a domain."""
    rng = generator(seed)
    given = [*_earlier(interactions), *_newcomers(interactions, world, rng),
             *(_another_day(interactions) if world.timed else ()), *_visitors(interactions, world, rng)]  # fmt: skip
    asked = (Fold(one.known, _asked(one, world, rng)) for one in given)
    return [one for one in asked if one.splits]


def generator(seed: int) -> np.random.Generator:
    """A stream of the folds' own.

    An evaluation of the same seed hides users by the first draws of `default_rng(seed)`: those who would play newcomers
    here, were they drawn alike, so that half of these folds would be empty.
    """
    return np.random.default_rng((seed, NEWCOMER_FOLDS))


def held_out(interactions: Interactions) -> int:
    """Latest choices of a user that a slice asks for: a fifth of the median user's, from 1 to `MOST_HELD_OUT`.

    >>> user = np.repeat(np.arange(3, dtype=np.int32), (2, 12, 99))
    >>> item = np.arange(113, dtype=np.int32)
    >>> held_out(Interactions(user, item, np.ones(113, np.float32), np.zeros(113), 3, 113))
    2
    """
    counts = np.bincount(interactions.choices.user)
    return int(np.clip(np.median(counts[counts > 0]) // 5, 1, MOST_HELD_OUT)) if len(counts) else 1


def revealed(newcomers: Interactions, timed: bool) -> Split:
    """Requests of newcomers by how much of them is known."""
    return stack([reveal(newcomers, count, NEXT if timed else len(newcomers.user)) for count in REVEALED])


def _asked(fold: Fold, world: World, rng: np.random.Generator) -> tuple[tuple[Split, Mask | None], ...]:
    """The requests as they are asked: a sample of many, and where there are no times at the end of what is known."""
    asked = [(sample(split, MOST, rng), pool) for split, pool in fold.splits if len(split.requests)]
    end = fold.known.end if asked else 0.0
    return tuple((split if world.timed else at_moment(split, end), pool) for split, pool in asked)


def _earlier(interactions: Interactions) -> Iterator[Fold]:
    """`SLICES` moments of each user's own, mostly in the middle of a session; what others did later is known."""
    known, count = interactions, held_out(interactions)
    for _ in range(SLICES):
        known, split = leave_last(known, count)
        yield Fold(known, ((split, None),))


def _another_day(interactions: Interactions) -> Iterator[Fold]:
    """Each user's last visit; and, as a daily run asks, one moment for everybody, after which nothing is known."""
    for known, split in (last_visit(interactions), one_cut(interactions, LATER)):
        if len(split.requests) >= LEAST_ASKED:
            yield Fold(known, ((split, None),))


def _newcomers(interactions: Interactions, world: World, rng: np.random.Generator) -> Iterator[Fold]:
    """Some users and some items are held out together, so that one fit serves both."""
    drawn = rng.random(interactions.n_users)
    for number in range(NEWCOMER_FOLDS):
        theirs = ((drawn >= number * HIDDEN) & (drawn < (number + 1) * HIDDEN))[interactions.user]
        new = some_items(interactions, HIDDEN, rng)
        known, of_new_items = without_items(interactions.take(~theirs), new, held_out(interactions))
        newcomers = revealed(interactions.take(theirs & ~new[interactions.item]), world.timed)
        yield Fold(known, ((newcomers, None), (of_new_items, new)))


def _visitors(interactions: Interactions, world: World, rng: np.random.Generator) -> Iterator[Fold]:
    """Users new to a domain, each asked for what they chose there; none where there is a single domain."""
    domain = world.side.domain
    domains = np.unique(domain[interactions.item[interactions.positive]])
    if len(domains) > 1:
        entered = some_entries(interactions, domain, domains.tolist(), HIDDEN, rng)
        known, split = without_entries(interactions, domain, entered)
        to = entered[split.requests.user]
        yield Fold(known, tuple((keep(split, to == place), domain == place) for place in domains))
