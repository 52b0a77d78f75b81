"""Hindsight: the lists of earlier days, judged by the first positives of their users while these were live."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from recsys.artifacts import Manifest
from recsys.evaluation import bootstrap, measure, metrics
from recsys.evaluation.backtest import Backtest
from recsys.evaluation.columns import BY_DAY, HINDSIGHT, METRICS, RATIOS
from recsys.evaluation.past import Day, Lists, days, read
from recsys.events.interactions import Floats, Ints
from recsys.events.split import Split, keep, later, stack
from recsys.events.tables import Tables, end_of
from recsys.settings import EvaluationSettings
from recsys.transfer.segments import NAMES

log = logging.getLogger(__name__)

MAX_USERS = 5000
"""Users who are judged; of more users, a random sample."""


@dataclass(frozen=True)
class Judged:
    """A day whose lists have something to be judged by."""

    day: Day
    lists: Lists
    split: Split
    """Requests of the users with a first positive while the lists were live, at the end of the day."""

    @cached_property
    def shown(self) -> dict[str, Ints]:
        """Lists of the requests, by arm."""
        return self.lists.of(self.split.requests.user)


@dataclass(frozen=True)
class Hindsight:
    """Figures of the lists of earlier days."""

    metrics: pd.DataFrame
    ratios: pd.DataFrame
    by_day: pd.DataFrame
    """NDCG@10 of each day by arm, oldest day first; columns `BY_DAY`."""


def judge(
    made: Sequence[Manifest], known: Tables, as_of: date, directions: Floats, evaluation: EvaluationSettings
) -> Hindsight:
    """The lists that the stage `rank` made on earlier days, judged by first positives from each day's end until the
    next day with lists: each event judges the lists that were live.

    A user counts once in the figures of all days together, with the mean over their days.
    """
    if not known.timed:
        log.info("evaluate: no hindsight: an order of events does not tell what came after a day")
        return _none()
    found = [judged for day in days(made, as_of) if (judged := _judged(day, known)) is not None]
    found = _sampled(found, evaluation.seed)
    if not found:
        return _none()
    table, ratios = measure.tables(_backtest(found, known), directions, evaluation.resamples, evaluation.seed)
    by_day = [row for judged in reversed(found) for row in _by_day(judged, evaluation)]
    return Hindsight(table, ratios, measure.table(by_day, BY_DAY))


def _none() -> Hindsight:
    return Hindsight(*(measure.table([], columns) for columns in (METRICS, RATIOS, BY_DAY)))


def _judged(day: Day, known: Tables) -> Judged | None:
    lists = read(day, known.user_ids, known.item_ids)
    if lists.unknown:
        log.info(
            "evaluate: %d users of the lists of %s are not known any more: they are not judged",
            lists.unknown,
            day.as_of,
        )
    if lists.gone == 1.0:
        log.warning("evaluate: the catalogue has no item of the lists of %s any more: the day is skipped", day.as_of)
        return None
    if lists.gone:
        log.info(
            "evaluate: %.1f%% of the places of the lists of %s name items that are gone: they count as misses",
            100 * lists.gone,
            day.as_of,
        )
    split = later(known.interactions, end_of(day.as_of), end_of(day.until), lists.user)
    if not len(split.requests):
        log.info(
            "evaluate: no user with a list of %s has a new positive until %s: the day is skipped", day.as_of, day.until
        )
        return None
    return Judged(day, lists, split)


def _sampled(found: Sequence[Judged], seed: int) -> list[Judged]:
    """The days with the same `MAX_USERS` users on all of them, where there are more; days left without any go."""
    users = np.unique(np.concatenate([judged.split.requests.user for judged in found] or [np.zeros(0, np.int32)]))
    if len(users) <= MAX_USERS:
        return list(found)
    kept = np.random.default_rng(seed).choice(users, MAX_USERS, replace=False)
    parts = [replace(judged, split=keep(judged.split, np.isin(judged.split.requests.user, kept))) for judged in found]
    return [judged for judged in parts if len(judged.split.requests)]


def _backtest(found: Sequence[Judged], known: Tables) -> Backtest:
    """All days together, of the arms that every day has; days without baselines count if no day has any."""
    pooled = [judged for judged in found if judged.lists.segment is not None] or list(found)
    arms = [arm for arm in pooled[0].shown if all(arm in judged.lists.arms for judged in pooled)]
    oldest = min(end_of(judged.day.as_of) for judged in pooled)
    before = known.interactions.take(known.interactions.day < oldest)
    shown = [judged.shown for judged in pooled]
    lists = {arm: np.concatenate([of_day[arm] for of_day in shown]) for arm in arms}
    return Backtest(HINDSIGHT, stack([judged.split for judged in pooled]), lists, before, _segments(pooled))


def _segments(pooled: Sequence[Judged]) -> Mapping[str, Ints]:
    """Rows of the requests by what was known of the user on the day of the list; none where all agree."""
    parts = [
        judged.lists.segment[np.searchsorted(judged.lists.user, judged.split.requests.user)]
        for judged in pooled
        if judged.lists.segment is not None
    ]
    place = np.concatenate(parts) if parts else np.zeros(0, np.int32)
    found = np.unique(place)
    return (
        {NAMES[segment]: np.flatnonzero(place == segment).astype(np.int32) for segment in found}
        if len(found) > 1
        else {}
    )


def _by_day(judged: Judged, evaluation: EvaluationSettings) -> list[tuple[object, ...]]:
    wanted = np.asarray(judged.split.targets.sum(axis=1)).ravel()
    drawn = bootstrap.draws(len(wanted), evaluation.resamples, evaluation.seed)
    values = {
        arm: metrics.ndcg(metrics.hits(lists, judged.split.targets), wanted) for arm, lists in judged.shown.items()
    }
    return [
        (judged.day.as_of.isoformat(), arm, len(wanted), *bootstrap.interval(value, drawn))
        for arm, value in values.items()
    ]
