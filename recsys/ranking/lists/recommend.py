"""From requests to lists: candidates, scores, rules, diversity, exploration, reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Requests
from recsys.progress import Progress
from recsys.ranking.candidates import Candidates
from recsys.ranking.lists import fatigue
from recsys.ranking.lists.diversity import POOL, rerank
from recsys.ranking.lists.exploration import fitting, little_known, tail
from recsys.ranking.lists.reasons import Explainer, Reason, Words
from recsys.ranking.lists.rules import Cap
from recsys.ranking.lists.terms import grouped
from recsys.ranking.models import Models
from recsys.ranking.ranker.experts import Ranker
from recsys.settings import Settings
from recsys.transfer.model import Profiles

AT_ONCE = 32
"""Requests whose lists are made at once: so few that what their items are like stays in a processor's cache."""


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
    """What diversity, exploration and fatigue took off each score."""
    explored: Mask
    """Whether the item is shown to learn about it."""


def choose(
    candidates: Candidates, scores: Floats, traits: Floats, top_n: int, trade: float, limit: Cap | None = None
) -> list[Shown]:
    """The list of every request; ties in score are broken by item row, which follows item_id."""
    ends = np.searchsorted(candidates.request, np.arange(candidates.n_requests + 1)).astype(np.int32)
    if not len(candidates.item):
        return [_list(candidates, scores, candidates.item, scores)] * candidates.n_requests
    width = max(POOL, top_n, 0 if limit is None else int(np.diff(ends).max()))
    pools, shown = _pools(candidates.ranked(scores), ends, width), list[Shown]()
    for start in range(0, len(pools), AT_ONCE):
        pool = pools[start : start + AT_ONCE]
        found, item = np.where(pool >= 0, scores[pool], -np.inf), candidates.item[pool]
        counted = None if limit is None else limit.count(item)
        places, penalties = rerank(found, traits.take(item, axis=0), top_n, trade, counted)
        shown += [
            _list(candidates, scores, row[place[place >= 0]], penalty[place >= 0])
            for row, place, penalty in zip(pool, places, penalties, strict=True)
        ]
    return shown


def explore(
    shown: Sequence[Shown],
    candidates: Candidates,
    scores: Floats,
    requests: Requests,
    settings: Settings,
    limit: Cap | None = None,
    tired: Mask | None = None,
) -> list[Shown]:
    """The lists with a share of their places, at the end, given to fitting items of which little is known.

    Candidates of which the user is `tired`, (n_candidates,), are not explored.

    Drawn by (seed, day, user): a rerun explores the same, another day or user something else. Of a share that is no
    whole number of places, some lists get one place more than others.
    """
    exploration = settings.lists.exploration
    if not exploration:
        return list(shown)
    fits = fitting(candidates) if tired is None else fitting(candidates) & ~tired
    ends = np.searchsorted(candidates.request, np.arange(candidates.n_requests + 1))
    lists = []
    for row, listed in enumerate(shown):
        drawn = (settings.seed, max(int(requests.at[row]), 0), int(requests.user[row]) + 1)
        preferred = little_known(candidates, np.arange(ends[row], ends[row + 1], dtype=np.int32), drawn)
        count = int(exploration * len(listed.item) + np.random.default_rng((*drawn, 1)).random())
        found = tail(candidates, listed.candidate, preferred[fits[preferred]], count, limit)
        lists.append(_with_tail(listed, candidates, scores, found))
    return lists


def recommend(
    models: Models, ranker: Ranker, requests: Requests, settings: Settings, words: Words
) -> tuple[list[Shown], list[list[Reason]]]:
    """Lists of all requests, and the reasons of every item shown."""
    progress = Progress("rank: %d of %d lists", len(requests))
    shown: list[Shown] = []
    reasons: list[list[Reason]] = []
    for rows in models.batches(len(requests)):
        some, explained = _recommend(models, ranker, requests.part(rows), settings, words)
        shown += some
        reasons += explained
        progress.reached(len(shown))
    return shown, reasons


def _recommend(
    models: Models, ranker: Ranker, requests: Requests, settings: Settings, words: Words
) -> tuple[list[Shown], list[list[Reason]]]:
    profiles = models.transfer.profiles(requests)
    candidates = candidates_of(models, requests, profiles, settings)
    shown = compose(models, ranker.score(candidates), candidates, requests, settings)
    asked = settings.lists.reason_language
    explainer = Explainer(models.signals, requests, profiles, words, words.language if asked == "auto" else asked)
    return shown, _reasons(shown, candidates, ranker, explainer)


def compose(
    models: Models, scores: Floats, candidates: Candidates, requests: Requests, settings: Settings
) -> list[Shown]:
    """The lists made of these candidates by a ranker's `scores`, (n_candidates,), under all rules of the settings.

    What a rule takes off a score, fatigue included, is in the penalty.
    """
    tired = fatigue.tired(candidates, requests)
    lowered = fatigue.lowered(scores, candidates, tired)
    lists = settings.lists
    shown = choose(candidates, lowered, models.traits, lists.top_n, lists.diversity, models.cap)
    shown = explore(shown, candidates, lowered, requests, settings, models.cap, tired)
    return [replace(made, penalty=scores[made.candidate] - made.score) for made in shown] if tired.any() else shown


def candidates_of(models: Models, requests: Requests, profiles: Profiles, settings: Settings) -> Candidates:
    """What the product ranks: with transfer disabled, candidates and features do without it."""
    candidates = models.nominate(requests, profiles, settings, settings.lists.top_n)
    return candidates if settings.transfer.enabled else candidates.without_transfer()


def _pools(order: Ints, ends: Ints, width: int) -> Ints:
    """The `width` best candidates of each request, best first, (n_requests, width); -1 where there is none."""
    places = ends[:-1, None] + np.arange(width)
    return np.where(places < ends[1:, None], order[np.minimum(places, len(order) - 1)], -1).astype(np.int32)


def _list(candidates: Candidates, scores: Floats, taken: Ints, penalty: Floats) -> Shown:
    return Shown(candidates.item[taken], scores[taken] - penalty, taken, penalty, np.zeros(len(taken), bool))


def _with_tail(listed: Shown, candidates: Candidates, scores: Floats, explored: Ints) -> Shown:
    """The list with its last places given to `explored`, whose scores are lowered to that of the place before."""
    last = explored[np.argsort(-scores[explored], kind="stable")]
    own = len(listed.item) - len(last)
    taken = np.concatenate([listed.candidate[:own], last])
    score = np.minimum.accumulate(np.concatenate([listed.score[:own], scores[last]]))
    return Shown(candidates.item[taken], score, taken, scores[taken] - score, np.arange(len(taken)) >= own)


def _reasons(
    shown: Sequence[Shown], candidates: Candidates, ranker: Ranker, explainer: Explainer
) -> list[list[Reason]]:
    if not shown:
        return []
    places, penalty, explored = (
        np.concatenate([getattr(listed, name) for listed in shown]) for name in ("candidate", "penalty", "explored")
    )
    kept = candidates.take(places)
    terms = grouped(kept.columns, ranker.terms(kept), kept.features, penalty)
    reasons = iter(explainer.reasons(kept, terms, explored))
    return [[next(reasons) for _ in listed.item] for listed in shown]
