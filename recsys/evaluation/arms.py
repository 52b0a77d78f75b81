"""The arms of a backtest: recsys, recsys without a part, and the baselines, each answering the same requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from recsys.evaluation import metrics, source_document, texts
from recsys.evaluation.protocols.cut import SHOWN
from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests, Split, leave_last, sample
from recsys.ranking import models
from recsys.ranking.candidates import Candidates
from recsys.ranking.lists.recommend import candidates_of, compose
from recsys.ranking.lists.single import listed, padded, rows
from recsys.ranking.models import Models
from recsys.ranking.ranker import backcast
from recsys.ranking.ranker.experts import Ranker
from recsys.ranking.ranker.stage import fit_rankers
from recsys.ranking.signals import ease, own_items, popularity, transitions
from recsys.ranking.signals.contract import Open, Signal, Spec
from recsys.ranking.signals.item_to_item import ItemToItem
from recsys.ranking.world import World
from recsys.schema import NO_TRANSFER, RECSYS
from recsys.settings import Settings
from recsys.transfer.model import Profiles

RERANKED: Mapping[str, float] = {"recsys without re-ranking": 0.0, "recsys, diverse": 0.13}
"""Arms that are recsys with another trade of diversity."""
DAILY = (popularity.EVER, popularity.RECENT, transitions.TRANSITIONS, own_items.OWN_ITEMS)
"""Signals that answer alone in a daily run; the last where items may be recommended again."""
MAX_REQUESTS = 5000
"""Requests of the slice on which EASE, as a baseline, is tuned."""
PENALTIES = (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""Ridge penalties among which EASE, as a baseline, is tuned."""


class Scorer(Protocol):
    """A baseline that is no signal, and scores all items."""

    @property
    def name(self) -> str:
        """Name of its arm."""

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Scores, (n_requests, n_items) float32; more is better."""


@dataclass(frozen=True)
class Arms:
    """Everything fitted on one side of a cut, ready to answer."""

    fitted: Models
    rankers: Mapping[str, Ranker]
    signals: tuple[Signal, ...]
    """Those that answer alone."""
    baselines: tuple[Scorer, ...]
    settings: Settings
    singles: tuple[str, ...] = ()
    """Names of the signals, where all of them answer alone."""
    reranked: Mapping[str, float] = field(default_factory=dict)
    """Arms that are recsys with another trade of diversity."""
    leads: tuple[str, ...] = (RECSYS,)
    """Arms that the others are compared with."""

    def within(self, pool: Mask | None) -> Arms:
        """The same, showing items of `pool`, (n_items,), alone."""
        return replace(self, fitted=self.fitted.within(pool))

    def answer(self, requests: Requests, k: int = SHOWN) -> dict[str, Ints]:
        """Lists of item rows of every arm, (n_requests, k), -1 where a list is short."""
        answers = [self._answer(requests.part(rows), k) for rows in self.fitted.batches(len(requests))]
        return {arm: np.concatenate([answer[arm] for answer in answers]) for arm in answers[0]}

    def _answer(self, requests: Requests, k: int) -> dict[str, Ints]:
        profiles = self.fitted.transfer.profiles(requests)
        candidates = candidates_of(self.fitted, requests, profiles, self.settings)
        scores, without = self.rankers[RECSYS].score(candidates), candidates.without_transfer()
        found = {
            RECSYS: self._listed(scores, candidates, requests, k),
            NO_TRANSFER: self._listed(self.rankers[NO_TRANSFER].score(without), without, requests, k),
            **{arm: self._listed(scores, candidates, requests, k, trade) for arm, trade in self.reranked.items()},
        }
        open_items = Open(self.fitted.available, requests.history.seen)
        popular = _of(popularity.EVER, self.fitted.signals).ask(requests, profiles)
        asked = [signal.ask(requests, profiles) for signal in self.signals]
        names = [signal.spec.name for signal in self.signals]
        by_signal = dict(zip(names, listed(asked, popular, open_items, k), strict=True))
        dense = popular.at(*(part.ravel() for part in np.indices(open_items.seen.shape))) if self.baselines else None
        return (
            found
            | by_signal
            | {
                baseline.name: best(
                    baseline.score(requests, profiles), dense.reshape(open_items.seen.shape), open_items.closed, k
                )
                for baseline in self.baselines
                if dense is not None
            }
        )

    def _listed(
        self, scores: Floats, candidates: Candidates, requests: Requests, k: int, trade: float | None = None
    ) -> Ints:
        """The lists of an arm of recsys, under the settings' rules; `trade`: another trade-off of diversity."""
        lists = self.settings.lists
        asked = lists.model_copy(update={"top_n": k, "diversity": lists.diversity if trade is None else trade})
        settings = self.settings.model_copy(update={"lists": asked})
        return padded(compose(self.fitted, scores, candidates, requests, settings), k)


def fit(known: Interactions, world: World, vectors: Floats, settings: Settings, every: bool = False) -> Arms:
    """The arms of a daily run, or `every` arm, fitted on `known` alone."""
    rankers, seed = _rankers(known, world, settings), settings.seed
    fitted, tuned = models.fit(known, world.then, settings), _tuned_ease(known, settings)
    own = _alone(fitted.signals, every)
    literal = source_document.fit(known, vectors)
    if not every:
        return Arms(fitted, rankers, (*own, tuned), (literal,), settings)
    ridge = texts.ridge(known, world.items.directions, seed)
    baselines = (literal, *texts.cosines(world.items.directions))
    return Arms(
        fitted,
        rankers,
        (*own, tuned, ridge),
        baselines,
        settings,
        tuple(signal.spec.name for signal in (*own, tuned)),
        RERANKED,
    )


def _alone(signals: Iterable[Signal], every: bool) -> list[Signal]:
    """The signals that answer alone but for EASE, which is tuned: `every` signal, or those of a daily run in order."""
    found = {signal.spec: signal for signal in signals if signal.spec != ease.EASE}
    return list(found.values()) if every else [found[spec] for spec in DAILY if spec in found]


def _of(spec: Spec, signals: Iterable[Signal]) -> Signal:
    return next(signal for signal in signals if signal.spec == spec)


def _rankers(known: Interactions, world: World, settings: Settings) -> dict[str, Ranker]:
    """The rankers of recsys and of the no-transfer arm, from the same examples, freed before the models are fitted."""
    learnt = backcast.examples(known, world, settings)
    return dict(zip((RECSYS, NO_TRANSFER), fit_rankers(learnt, settings), strict=True))


def best(scores: Floats, popular: Floats, closed: Mask, k: int = SHOWN) -> Ints:
    """The open items of highest score, (n_requests, k); ties, such as items without a score, go to the popular."""
    ordered = np.lexsort((-popular, -np.where(closed, -np.inf, scores)), axis=1)[:, :k].astype(np.int32)
    return np.where(np.take_along_axis(closed, ordered, axis=1), -1, ordered)


def _tuned_ease(known: Interactions, settings: Settings) -> ItemToItem:
    """EASE with the penalty that does best on the slice before: tuned on validation only."""
    earlier, split = leave_last(known, settings.evaluation.leave_last)
    split = sample(split, MAX_REQUESTS, np.random.default_rng(settings.evaluation.seed))
    if not len(split.requests):
        return ease.of(known, settings.ranking.ease_l2)
    return ease.of(known, max(PENALTIES, key=lambda penalty: _accuracy(ease.of(earlier, penalty), split)))


def _accuracy(model: ItemToItem, split: Split) -> float:
    """Mean NDCG of the lists of one signal."""
    size = max(1, models.CELLS // max(split.targets.shape[1], 1))
    parts = np.split(np.arange(len(split.requests), dtype=np.int32), range(size, len(split.requests), size))
    found = [_ndcg(model, split.requests.part(part), split.targets[part]) for part in parts]
    return float(np.concatenate(found).mean())


def _ndcg(model: ItemToItem, requests: Requests, targets: sp.csr_matrix) -> metrics.Values:
    found = model.of(requests.history).nominate(SHOWN, Open(np.ones(targets.shape[1], bool), requests.history.seen))
    order = np.lexsort((-found.score, found.request))
    lists = rows(found.request[order], found.item[order], len(requests), SHOWN)
    return metrics.ndcg(metrics.hits(lists, targets), np.asarray(targets.sum(axis=1)).ravel())
