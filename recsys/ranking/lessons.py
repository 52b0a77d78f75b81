"""What the ranker learns from: earlier moments, asked of models that did not know what came after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Split, leave_last, reveal, sample, stack
from recsys.ranking import models
from recsys.ranking.features import Candidates
from recsys.ranking.models import Models, World
from recsys.settings import Settings

SLICES = 2
"""Earlier slices of time that known users are asked about."""
FOLDS = 2
"""Parts of the users that play newcomers to models fitted without them."""
REVEALED = (0, 1, 3, 5, 10, 30)
"""Events of a newcomer that may be known; each user plays one of these."""
MOST = 5000
"""Requests of one lesson; of a larger set a random sample is learnt from."""
NEXT = 10
"""Positive events of a newcomer to be found."""


@dataclass(frozen=True)
class Lesson:
    """Candidates and whether each was chosen, (n_candidates,)."""

    candidates: Candidates
    chosen: Floats


def lessons(interactions: Interactions, world: World, settings: Settings) -> list[Lesson]:
    """Lessons of known users at `SLICES` earlier moments and of newcomers in `FOLDS` folds.

    In each, the models are fitted anew on what lies before the slice, or on the other users alone.
    """
    rng = np.random.default_rng(settings.ranking.seed)
    return [*_earlier(interactions, world, settings, rng), *_newcomers(interactions, world, settings, rng)]


def lesson(fitted: Models, split: Split, settings: Settings) -> Lesson:
    """What the models nominate for a split's requests, and what was chosen."""
    candidates = fitted.candidates(split.requests, settings)
    chosen = np.asarray(split.targets[candidates.request, candidates.item]).ravel()
    return Lesson(candidates, chosen.astype(np.float32))


def _earlier(interactions: Interactions, world: World, settings: Settings, rng: np.random.Generator) -> list[Lesson]:
    found, known = [], interactions
    for _ in range(SLICES):
        known, split = leave_last(known, settings.ranking.holdout)
        if len(split.requests):
            found.append(lesson(models.fit(known, world, settings), sample(split, MOST, rng), settings))
    return found


def _newcomers(interactions: Interactions, world: World, settings: Settings, rng: np.random.Generator) -> list[Lesson]:
    fold = rng.permutation(interactions.n_users) % FOLDS
    found = []
    for number in range(FOLDS):
        theirs = fold[interactions.user] == number
        split = _one_cut_each(interactions.take(theirs), rng)
        if len(split.requests):
            found.append(
                lesson(models.fit(interactions.take(~theirs), world, settings), sample(split, MOST, rng), settings)
            )
    return found


def _one_cut_each(interactions: Interactions, rng: np.random.Generator) -> Split:
    plays = rng.integers(0, len(REVEALED), interactions.n_users)[interactions.user]
    return stack([reveal(interactions.take(plays == role), count, NEXT) for role, count in enumerate(REVEALED)])


def without_transfer(learnt: Sequence[Lesson]) -> list[Lesson]:
    """The same lessons for the no-transfer arm."""
    return [Lesson(*_restricted(one)) for one in learnt]


def _restricted(one: Lesson) -> tuple[Candidates, Floats]:
    left = one.candidates.without_transfer()
    width = int(one.candidates.item.max(initial=0)) + 1
    places = np.searchsorted(_keys(one.candidates, width), _keys(left, width))
    return left, one.chosen[places]


def _keys(candidates: Candidates, width: int) -> np.ndarray:
    return candidates.request.astype(np.int64) * width + candidates.item
