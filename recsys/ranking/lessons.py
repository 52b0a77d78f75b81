"""What the ranker learns from: earlier moments, asked of models that did not know what came after them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Split
from recsys.ranking import models
from recsys.ranking.features import Candidates
from recsys.ranking.models import Models, World
from recsys.ranking.questions import Question, questions
from recsys.settings import Settings

log = logging.getLogger(__name__)

WORTH_A_PROCESS = 20_000
"""Events below which models are fitted sooner than another process has started."""


@dataclass(frozen=True)
class Lesson:
    """Candidates and whether each was chosen, (n_candidates,)."""

    candidates: Candidates
    chosen: Floats
    user: Ints
    """Row of the user who makes each request, (n_requests,); newcomers make several."""

    def take(self, rows: Mask | Ints) -> Lesson:
        """Some of its candidates."""
        return Lesson(self.candidates.take(rows), self.chosen[rows], self.user)


def lessons(interactions: Interactions, world: World, settings: Settings) -> list[Lesson]:
    """The lessons of all `questions`; for each the models are fitted anew, `ranking.processes` at once."""
    several = settings.ranking.processes if len(interactions.user) >= WORTH_A_PROCESS else 1
    asked = questions(interactions, world, settings.ranking.seed)
    taught = Parallel(n_jobs=several, return_as="generator")(delayed(answered)(one, world, settings) for one in asked)
    found: list[Lesson] = []
    for number, some in enumerate(taught, start=1):
        found += some
        log.info("ranker: models of lesson %d of %d fitted and asked", number, len(asked))
    return found


def answered(question: Question, world: World, settings: Settings) -> list[Lesson]:
    """The lessons of one question, each of the requests for one pool of items."""
    fitted = models.fit(question.known, world.then, settings)
    return [lesson(fitted.within(pool), split, settings) for split, pool in question.asked]


def lesson(fitted: Models, split: Split, settings: Settings) -> Lesson:
    """What the models nominate for a split's requests, and what was chosen."""
    candidates = fitted.candidates(split.requests, settings)
    chosen = np.zeros(len(candidates.item), np.float32)
    if len(chosen):  # a sparse matrix is not indexed by nothing
        chosen[:] = split.targets[candidates.request, candidates.item]
    return Lesson(candidates, chosen, split.requests.user)


def without_transfer(learnt: Sequence[Lesson]) -> list[Lesson]:
    """The same lessons for the no-transfer arm."""
    return [Lesson(one.candidates.without_transfer(), one.chosen[one.candidates.own], one.user) for one in learnt]
