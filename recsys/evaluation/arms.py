"""The arms of a backtest: recsys, recsys without a part, and the baselines, each answering the same requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from recsys.evaluation import metrics, source_document, texts
from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests, Split, leave_last, sample
from recsys.ranking import examples, models
from recsys.ranking.features import Candidates
from recsys.ranking.folds import MOST
from recsys.ranking.models import Models, World, batches
from recsys.ranking.ranker import Ranker, without_donors
from recsys.ranking.recommend import candidates_of, compose
from recsys.ranking.retrievers import ease
from recsys.ranking.retrievers.contract import Retriever
from recsys.ranking.stage import fit_ranker
from recsys.settings import Diversifier, Settings

K = 10
RECSYS, NO_TRANSFER = "recsys", "recsys without transfer"
RERANKED: Mapping[str, tuple[Diversifier, float]] = {
    "recsys without re-ranking": ("msd", 0.0),
    "recsys, diverse": ("msd", 0.13),
}
"""Arms that are recsys with another diversifier and trade of diversity."""
DAILY = ("popularity", "recent popularity", "transitions", "own items")
"""Retrievers that answer alone in a daily run; the last where items may be recommended again."""
PENALTIES = (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""Ridge penalties among which EASE, as a baseline, is tuned."""


@dataclass(frozen=True)
class Arms:
    """Everything fitted on one side of a cut, ready to answer."""

    fitted: Models
    rankers: Mapping[str, Ranker]
    baselines: tuple[Retriever, ...]
    settings: Settings
    singles: tuple[str, ...] = ()
    """Names of the baselines that are one retriever of recsys, where all of them answer alone."""
    reranked: Mapping[str, tuple[Diversifier, float]] = field(default_factory=dict)
    """Arms that are recsys with another diversifier and trade of diversity."""

    def within(self, pool: Mask | None) -> Arms:
        """The same, showing items of `pool`, (n_items,), alone."""
        return replace(self, fitted=self.fitted.within(pool))

    def answer(self, requests: Requests) -> dict[str, Ints]:
        """Lists of `K` item rows of every arm, (n_requests, K)."""
        answers = [self._answer(requests.part(rows)) for rows in self.fitted.batches(len(requests))]
        return {arm: np.concatenate([one[arm] for one in answers]) for arm in answers[0]}

    def _answer(self, requests: Requests) -> dict[str, Ints]:
        profiles = self.fitted.transfer.profiles(requests)
        candidates = candidates_of(self.fitted, requests, profiles, self.settings)
        found = {
            RECSYS: self._ranked(RECSYS, candidates, requests),
            NO_TRANSFER: self._ranked(NO_TRANSFER, candidates.without_transfer(), requests),
            **{arm: self._ranked(RECSYS, candidates, requests, diversifier=diversifier, diversity=trade)
               for arm, (diversifier, trade) in self.reranked.items()},
        }  # fmt: skip
        popular = next(one for one in self.baselines if one.name == "popularity").score(requests, profiles)
        closed = np.asarray(requests.history.seen.todense(), dtype=bool) | ~self.fitted.available
        return found | {one.name: best(one.score(requests, profiles), popular, closed) for one in self.baselines}

    def _ranked(self, arm: str, candidates: Candidates, requests: Requests, **other: object) -> Ints:
        """The lists of one of our arms, under the settings' rules but for `other` settings of the section ranking."""
        ranking = self.settings.ranking.model_copy(update={"top_n": K, **other})
        ranker = self.rankers[arm]
        shown = compose(self.fitted, ranker, ranker.admitted(candidates, K), requests, ranking)
        items = np.full((len(shown), K), -1, np.int32)
        for row, one in enumerate(shown):
            items[row, : len(one.item)] = one.item
        return items


def fit(known: Interactions, world: World, vectors: Floats, settings: Settings, every: bool = False) -> Arms:
    """The arms of a daily run, or `every` one there is, having seen `known` alone."""
    rankers, seed = _rankers(known, world, settings), settings.ranking.seed
    fitted, tuned = models.fit(known, world.then, settings), _tuned_ease(known, settings)
    own = {one.name: one for one in fitted.retrievers if one.name != tuned.name}
    alone = [*(own[name] for name in (own if every else DAILY) if name in own), tuned]
    literal = source_document.fit(known, vectors)
    if not every:
        return Arms(fitted, rankers, (*alone, literal), settings)
    baselines = (*alone, literal, *texts.cosines(world.directions), texts.ridge(known, world.directions, seed))
    return Arms(fitted, rankers, baselines, settings, tuple(one.name for one in alone), RERANKED)


def _rankers(known: Interactions, world: World, settings: Settings) -> dict[str, Ranker]:
    """Ours and that of the no-transfer arm, from the same examples, which are let go before the models are fitted."""
    learnt = examples.of_folds(known, world, settings)
    ours = fit_ranker(learnt, settings)
    return {RECSYS: ours, NO_TRANSFER: without_donors(ours, learnt, settings.ranking.seed)}


def best(scores: Floats, popular: Floats, closed: Mask) -> Ints:
    """The `K` open items of highest score, (n_requests, K); of equal ones, such as those without any, the popular."""
    ordered = np.lexsort((-popular, -np.where(closed, -np.inf, scores)), axis=1)[:, :K].astype(np.int32)
    return np.where(np.take_along_axis(closed, ordered, axis=1), -1, ordered)


def _tuned_ease(known: Interactions, settings: Settings) -> Retriever:
    """EASE with the penalty that does best on the slice before: tuned on validation only."""
    earlier, split = leave_last(known, settings.evaluation.leave_last)
    split = sample(split, MOST, np.random.default_rng(settings.evaluation.seed))
    if not len(split.requests):
        return ease.fit(known, settings.ranking.ease_l2)
    return ease.fit(known, max(PENALTIES, key=lambda penalty: _accuracy(ease.fit(earlier, penalty), split)))


def _accuracy(retriever: ease.Ease, split: Split) -> float:
    parts = [
        Split(split.requests.part(rows), split.targets[rows])
        for rows in batches(len(split.requests), split.targets.shape[1])
    ]
    return float(np.concatenate([_ndcg(retriever, part) for part in parts]).mean())


def _ndcg(retriever: ease.Ease, split: Split) -> metrics.Values:
    scores = retriever.predict(split.requests.history)
    closed = np.asarray(split.requests.history.seen.todense(), dtype=bool)
    lists = best(scores, np.zeros_like(scores), closed)
    wanted = np.asarray(split.targets.sum(axis=1)).ravel()
    return metrics.ndcg(metrics.hits(lists, split.targets), wanted)
