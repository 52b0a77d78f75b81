"""Ablation: what each signal and expert, the trees and the donors bring, with interval, beside what it costs.

Models are fitted once on what a cut knows, and each signal once more alone, to time it. The ranker is learnt again
without one part after another, and orders the same requests; the candidates of that signal alone are dropped with it.
"""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from recsys.evaluation import bootstrap, measure, metrics
from recsys.evaluation.columns import ABLATION, ALL
from recsys.evaluation.metrics import Values
from recsys.evaluation.protocols.cut import Cut
from recsys.events.interactions import Interactions
from recsys.events.split import Split
from recsys.ranking import models
from recsys.ranking.models import Models
from recsys.ranking.ranker import backcast, routing
from recsys.ranking.ranker.examples import Examples, without_transfer
from recsys.ranking.ranker.experts import Ranker, train
from recsys.ranking.ranker.stage import fit_rankers
from recsys.ranking.signals import registry
from recsys.ranking.signals.contract import Open
from recsys.ranking.signals.known import Known
from recsys.ranking.world import World
from recsys.settings import Settings
from recsys.transfer.segments import NAMES, segment

log = logging.getLogger(__name__)

Row = tuple[object, ...]
SIGNAL, EXPERT, STEP = "signal", "expert", "step"
SHOWN = 10
GENERAL = "within a session"
"""The expert that serves instead of a dropped expert."""


class Part(NamedTuple):
    """A part that is dropped."""

    kind: str
    name: str


class Cost(NamedTuple):
    """CPU seconds of fitting a signal, and CPU milliseconds of its nominations for one request."""

    fit_s: float
    ask_ms: float


NOTHING = Cost(0.0, 0.0)


@dataclass(frozen=True)
class Asked:
    """Requests, with the positives among the candidates and the number of targets."""

    examples: Examples
    wanted: Values
    """(n_requests,)."""
    segments: Sequence[measure.Part]

    def ndcg(self, ranker: Ranker) -> Values:
        """NDCG@10 of each request, (n_requests,), in the ranker's order of its candidates."""
        candidates = self.examples.candidates
        request, count = candidates.request, candidates.n_requests
        order = candidates.ranked(ranker.score(candidates))
        rank = np.arange(len(order)) - np.searchsorted(request, np.arange(count))[request]
        shown, found = rank < SHOWN, np.zeros((count, SHOWN))
        found[request[shown], rank[shown]] = self.examples.positive[order[shown]]
        return metrics.ndcg(found, self.wanted)


def run(cut: Cut, world: World, settings: Settings) -> pd.DataFrame:
    """A row for each part and segment: NDCG@10 with and without, their ratio with a 95% interval, and costs.

    Columns are `ABLATION`; costs are 0 but for signals.
    """
    learnt = backcast.examples(cut.known, world, settings)
    fitted = models.fit(cut.known, world.then, settings).within(cut.pool)
    asked, costs = _asked(fitted, cut.split, settings), _costs(cut.known, fitted, world.then, cut.split, settings)
    if not settings.transfer.enabled:
        learnt, asked = without_transfer(learnt), replace(asked, examples=without_transfer([asked.examples])[0])
    whole, alone = fit_rankers(learnt, settings)
    reached, rows = asked.ndcg(whole), list[Row]()
    for part, ranker, requests in _lacking(whole, alone, learnt, asked.examples, settings.seed):
        left = replace(asked, examples=requests).ndcg(ranker)
        log.info("evaluate: without %s %s: ndcg@10 %.4f, with it %.4f", *part, left.mean(), reached.mean())
        rows += list(_rows(cut.protocol, part, reached, left, asked, costs.get(part, NOTHING)))
    return measure.table(rows, ABLATION)


def without(examples: Examples, name: str) -> Examples:
    """The examples without a signal's features, and without what it alone nominated."""
    columns = examples.candidates.columns
    left = np.array([column.spec is None or column.spec.name != name for column in columns])
    norms = examples.candidates.places("norm")
    kept = examples.take(examples.candidates.nominated(norms[left[norms]]) | ~examples.candidates.nominated(norms))
    remaining = tuple(column for column, stays in zip(columns, left, strict=True) if stays)
    return replace(
        kept, candidates=replace(kept.candidates, features=kept.candidates.features[:, left], columns=remaining)
    )


def _lacking(
    whole: Ranker, alone: Ranker, learnt: Sequence[Examples], asked: Examples, seed: int
) -> Iterator[tuple[Part, Ranker, Examples]]:
    """Each part, a ranker that lacks it, and the requests as it sees them."""
    for name in dict.fromkeys(column.spec.name for column in learnt[0].candidates.columns if column.spec):
        lacking = train([without(kind, name) for kind in learnt], seed)
        yield Part(SIGNAL, name), lacking, without(asked, name)
    general = whole.experts[list(routing.EXPERTS).index(GENERAL)]
    for place, name in enumerate(routing.EXPERTS):
        if whole.experts[place] != general:
            others = (general if other == place else one for other, one in enumerate(whole.experts))
            yield Part(EXPERT, name), Ranker(tuple(others)), asked
    yield Part(STEP, "trees"), Ranker(tuple(replace(expert, texts=()) for expert in whole.experts)), asked
    yield Part(STEP, "donors"), alone, without_transfer([asked])[0]


def _asked(fitted: Models, split: Split, settings: Settings) -> Asked:
    candidates, requests = fitted.candidates(split.requests, settings), split.requests
    weight = np.asarray(split.weights[candidates.request, candidates.item], np.float32).ravel()
    wanted = np.asarray(split.targets.sum(axis=1), np.float64).ravel()
    history = requests.history
    places = segment(np.bincount(history.first_positives.user, minlength=history.n_users).astype(np.int32))
    rows = {ALL: np.arange(len(places), dtype=np.int32)}
    rows |= {NAMES[place]: np.flatnonzero(places == place).astype(np.int32) for place in np.unique(places)}
    resamples, seed = settings.evaluation.resamples, settings.evaluation.seed
    parts = [measure.part(name, here, requests.user, resamples, seed) for name, here in rows.items()]
    return Asked(Examples(candidates, weight, requests.user), wanted, parts)


def _costs(known: Interactions, fitted: Models, world: World, split: Split, settings: Settings) -> dict[Part, Cost]:
    """What each signal costs; the signals of one module share its fit equally."""
    facts = Known(known, world.items, world.text_links, world.side, fitted.transfer, settings)
    requests = split.requests.part(fitted.batches(len(split.requests))[0])
    profiles, open_items = fitted.transfer.profiles(requests), Open(fitted.available, requests.history.seen)
    found: dict[Part, Cost] = {}
    for name in registry.modules():
        began = time.process_time()
        signals = importlib.import_module(name).fit(facts)
        seconds = time.process_time() - began
        for signal in signals:
            began = time.process_time()
            signal.ask(requests, profiles).nominate(settings.ranking.candidates, open_items)
            spent = (time.process_time() - began) / len(requests) * 1000
            found[Part(SIGNAL, signal.spec.name)] = Cost(round(seconds / len(signals), 3), round(spent, 3))
    return found


def _rows(protocol: str, part: Part, whole: Values, left: Values, asked: Asked, cost: Cost) -> Iterator[Row]:
    for group in asked.segments:
        with_part, without_part = group.by_user(whole), group.by_user(left)
        means = with_part.mean(), without_part.mean()
        gain = bootstrap.ratio(with_part, without_part, group.drawn)
        yield protocol, *part, group.name, *means, *gain, group.drawn.shape[1], *cost
