"""What the ranker learns from: earlier moments, asked of models that did not know what came after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.events.held_out import some_entries, some_items, without_entries, without_items
from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Split, at_moment, keep, leave_last, reveal, sample, stack
from recsys.ranking import models
from recsys.ranking.features import Candidates
from recsys.ranking.models import Models, World
from recsys.settings import Settings

SLICES = 2
"""Earlier slices of time that known users are asked about."""
MOST_HELD_OUT = 5
"""Of a user's latest positive events, in a slice; fewer where the median user has less than five times as many."""
FOLDS = 2
"""Parts of the users, apart from each other, that play newcomers to models fitted without them."""
HIDDEN = 0.2
"""Share of the users in a part, of the items that are new to the same models, and of those new to a domain."""
REVEALED = (0, 1, 3, 5, 10, 30)
"""Events of a newcomer that are known: one request each."""
MOST = 5000
"""Requests of one lesson; of a larger set a random sample is learnt from."""
NEXT = 10
"""Positive events of a newcomer to be found; all of them where an order stands in for times."""


@dataclass(frozen=True)
class Lesson:
    """Candidates and whether each was chosen, (n_candidates,)."""

    candidates: Candidates
    chosen: Floats
    user: Ints
    """Row of the user who makes each request, (n_requests,); newcomers make several."""

    def take(self, rows: Mask) -> Lesson:
        """Some of its candidates."""
        return Lesson(self.candidates.take(rows), self.chosen[rows], self.user)

    def decided(self) -> Lesson:
        """The requests in which something was found."""
        request = self.candidates.request
        return self.take(np.bincount(request, self.chosen, minlength=self.candidates.n_requests)[request] > 0)


def lessons(interactions: Interactions, world: World, settings: Settings) -> list[Lesson]:
    """Lessons of known users at `SLICES` earlier moments, of newcomers, of new items, and of users new to a domain.

    In each, the models are fitted anew on what lies before the slice, or on what is not held out.
    """
    school = _School(world, settings, generator(settings.ranking.seed))
    return [*_earlier(interactions, school), *_newcomers(interactions, school), *_visitors(interactions, school)]


def generator(seed: int) -> np.random.Generator:
    """A stream of the lessons' own.

    An evaluation of the same seed hides users by the first draws of `default_rng(seed)`: those who would play newcomers
    here, were they drawn alike, so that half of these lessons would be empty.
    """
    return np.random.default_rng((seed, FOLDS))


def lesson(fitted: Models, split: Split, settings: Settings) -> Lesson:
    """What the models nominate for a split's requests, and what was chosen."""
    candidates = fitted.candidates(split.requests, settings)
    chosen = np.asarray(split.targets[candidates.request, candidates.item]).ravel()
    return Lesson(candidates, chosen.astype(np.float32), split.requests.user)


def held_out(interactions: Interactions) -> int:
    """Latest positive events of a user that a slice asks for: a fifth of the median user's, from 1 to `MOST_HELD_OUT`.

    >>> user = np.repeat(np.arange(3, dtype=np.int32), (2, 12, 99))
    >>> held_out(Interactions(user, user, np.ones(113, np.float32), np.zeros(113), 3, 3))
    2
    """
    counts = np.bincount(interactions.user[interactions.positive])
    return int(np.clip(np.median(counts[counts > 0]) // 5, 1, MOST_HELD_OUT)) if len(counts) else 1


@dataclass(frozen=True)
class _School:
    """What all lessons share."""

    world: World
    settings: Settings
    rng: np.random.Generator

    def ask(self, known: Interactions, *splits: tuple[Split, Mask | None]) -> list[Lesson]:
        """Lessons of models that know `known` and rank all that is available, or only a pool, (n_items,)."""
        asked = [(sample(split, MOST, self.rng), pool) for split, pool in splits if len(split.requests)]
        if not asked:
            return []
        fitted, end = models.fit(known, self.world, self.settings), known.end
        puts = [(split if self.world.timed else at_moment(split, end), pool) for split, pool in asked]
        return [lesson(fitted.within(pool), split, self.settings) for split, pool in puts]


def _earlier(interactions: Interactions, school: _School) -> list[Lesson]:
    found, known, count = [], interactions, held_out(interactions)
    for _ in range(SLICES):
        known, split = leave_last(known, count)
        found += school.ask(known, (split, None))
    return found


def _newcomers(interactions: Interactions, school: _School) -> list[Lesson]:
    """Some users and some items are held out together, so that one fit serves both."""
    drawn, found = school.rng.random(interactions.n_users), []
    for number in range(FOLDS):
        theirs = ((drawn >= number * HIDDEN) & (drawn < (number + 1) * HIDDEN))[interactions.user]
        new = some_items(interactions, HIDDEN, school.rng)
        known, of_new_items = without_items(interactions.take(~theirs), new, held_out(interactions))
        newcomers = _revealed(interactions.take(theirs & ~new[interactions.item]), school)
        found += school.ask(known, (newcomers, None), (of_new_items, new))
    return found


def _revealed(newcomers: Interactions, school: _School) -> Split:
    most = NEXT if school.world.timed else len(newcomers.user)
    return stack([reveal(newcomers, count, most) for count in REVEALED])


def _visitors(interactions: Interactions, school: _School) -> list[Lesson]:
    """Users new to a domain, each asked for what they chose there; none where there is a single domain."""
    side, chosen = school.world.side, interactions.item[interactions.positive]
    domains = np.unique(side.domain[chosen])
    if len(domains) < 2:
        return []
    entered = some_entries(interactions, side.domain, domains.tolist(), HIDDEN, school.rng)
    known, split = without_entries(interactions, side.domain, entered)
    to = entered[split.requests.user]
    return school.ask(known, *((keep(split, to == place), side.domain == place) for place in domains))


def without_transfer(learnt: Sequence[Lesson]) -> list[Lesson]:
    """The same lessons for the no-transfer arm."""
    return [Lesson(one.candidates.without_transfer(), one.chosen[one.candidates.own], one.user) for one in learnt]
