"""From requests to lists: candidates, scores, diversity, reasons."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Ints
from recsys.events.split import Requests
from recsys.ranking.diversity import POOL, rerank
from recsys.ranking.features import Candidates
from recsys.ranking.models import Models
from recsys.ranking.ranker import Ranker
from recsys.ranking.reasons import Explainer, Words, grouped
from recsys.settings import Settings


@dataclass(frozen=True)
class Shown:
    """The list of one request, best first."""

    item: Ints
    """Rows of items, at most top_n."""
    score: Floats
    """Never rising down the list."""
    candidate: Ints
    """Places in the candidates."""
    penalty: Floats
    """What diversity took off each score."""


def choose(candidates: Candidates, scores: Floats, membership: Floats, top_n: int, trade: float) -> list[Shown]:
    """The list of every request; ties in score are broken by item row, which follows item_id."""
    ends = np.searchsorted(candidates.request, np.arange(candidates.n_requests + 1))
    shown = []
    for begin, end in itertools.pairwise(ends):
        pool = begin + np.argsort(-scores[begin:end], kind="stable")[: max(POOL, top_n)]
        places, penalty = rerank(scores[pool], membership[candidates.item[pool]], top_n, trade)
        taken = pool[places].astype(np.int32)
        shown.append(Shown(candidates.item[taken], scores[taken] - penalty, taken, penalty))
    return shown


def recommend(
    models: Models, ranker: Ranker, requests: Requests, settings: Settings, words: Words
) -> tuple[list[Shown], list[list[str]]]:
    """Lists of all requests, and the reasons of every item shown."""
    candidates = candidates_of(models, requests, settings)
    trade, membership = settings.ranking.diversity, models.transfer.membership
    shown = choose(candidates, ranker.score(candidates), membership, settings.ranking.top_n, trade)
    explainer = Explainer(models, requests, models.transfer.profiles(requests), words)
    return shown, _reasons(shown, candidates, ranker, explainer)


def candidates_of(models: Models, requests: Requests, settings: Settings) -> Candidates:
    """What the product ranks: with transfer disabled, candidates and features do without it."""
    candidates = models.candidates(requests, settings)
    return candidates if settings.transfer.enabled else candidates.without_transfer()


def _reasons(shown: Sequence[Shown], candidates: Candidates, ranker: Ranker, explainer: Explainer) -> list[list[str]]:
    kept = candidates.take(np.concatenate([one.candidate for one in shown]) if shown else np.zeros(0, np.int32))
    rows = zip(ranker.terms(kept), kept.features, strict=True)
    return [[explainer.reason(request, int(item), *_terms(kept.names, *next(rows), float(penalty)))
             for item, penalty in zip(one.item, one.penalty, strict=True)]
            for request, one in enumerate(shown)]  # fmt: skip


def _terms(
    names: Sequence[str], terms: Floats, features: Floats, penalty: float
) -> tuple[dict[str, float], dict[str, float]]:
    """The terms of one score, and what was said of the item."""
    return grouped(names, terms, penalty), dict(zip(names, features.tolist(), strict=True))
