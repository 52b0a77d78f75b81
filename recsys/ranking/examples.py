"""What the ranker learns from: candidates of models that did not know what was held out (stacking, Wolpert 1992)."""

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
from recsys.ranking.folds import Fold, folds
from recsys.ranking.models import Models, World
from recsys.settings import Settings

log = logging.getLogger(__name__)

WORTH_A_PROCESS = 20_000
"""Events below which models are fitted sooner than another process has started."""


@dataclass(frozen=True)
class Examples:
    """Candidates and whether each was chosen, (n_candidates,)."""

    candidates: Candidates
    chosen: Floats
    user: Ints
    """Row of the user who makes each request, (n_requests,); newcomers make several."""

    def take(self, rows: Mask | Ints) -> Examples:
        """Some of its candidates."""
        return Examples(self.candidates.take(rows), self.chosen[rows], self.user)


def of_folds(interactions: Interactions, world: World, settings: Settings) -> list[Examples]:
    """The examples of all `folds`; for each the models are fitted anew, `ranking.processes` at once."""
    several = settings.ranking.processes if len(interactions.user) >= WORTH_A_PROCESS else 1
    each = folds(interactions, world, settings.ranking.seed)
    made = Parallel(n_jobs=several, return_as="generator")(delayed(of_fold)(one, world, settings) for one in each)
    found: list[Examples] = []
    for number, some in enumerate(made, start=1):
        found += some
        log.info("ranker: models of fold %d of %d fitted and asked", number, len(each))
    return found


def of_fold(fold: Fold, world: World, settings: Settings) -> list[Examples]:
    """The examples of one fold, apart for each pool of items."""
    fitted = models.fit(fold.known, world.then, settings)
    return [labelled(fitted.within(pool), split, settings) for split, pool in fold.splits]


def labelled(fitted: Models, split: Split, settings: Settings) -> Examples:
    """What the models nominate for a split's requests, and what was chosen."""
    candidates = fitted.candidates(split.requests, settings)
    chosen = np.zeros(len(candidates.item), np.float32)
    if len(chosen):  # a sparse matrix is not indexed by nothing
        chosen[:] = split.targets[candidates.request, candidates.item]
    return Examples(candidates, chosen, split.requests.user)


def without_transfer(examples: Sequence[Examples]) -> list[Examples]:
    """The same examples for the no-transfer arm."""
    return [Examples(one.candidates.without_transfer(), one.chosen[one.candidates.own], one.user) for one in examples]
