"""From backtests to tables of metrics and of ratios, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from recsys.evaluation import bootstrap, metrics
from recsys.evaluation.arms import OURS
from recsys.evaluation.metrics import Values
from recsys.evaluation.protocols import Backtest
from recsys.events.interactions import Floats, Ints
from recsys.transfer.segments import NAMES, segment

METRICS = ("protocol", "arm", "segment", "metric", "value", "low", "high", "users")
RATIOS = ("protocol", "segment", "metric", "against", "value", "low", "high", "users")
NUMBERS = {"value": "float64", "low": "float64", "high": "float64", "users": "int64"}
"""Types of the columns that are not texts."""
ALL = "all"
MAIN = "ndcg@10"
RESAMPLES_OF_COVERAGE = 200


def tables(backtest: Backtest, directions: Floats, resamples: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Metrics of every arm, and ratios of ours to every other, in all and by segment of evidence."""
    values = {arm: per_request(backtest, lists, directions) for arm, lists in backtest.lists.items()}
    rows: list[tuple[object, ...]] = []
    ratios: list[tuple[object, ...]] = []
    for name, here in _segments(backtest):
        drawn = bootstrap.draws(len(here), resamples, seed)
        rows += list(_metrics(backtest, values, name, here, drawn))
        ratios += list(_ratios(backtest.protocol, values, name, here, drawn))
    return table(rows, METRICS), table(ratios, RATIOS)


def table(rows: Sequence[tuple[object, ...]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a table whose columns have their types even when there is no row.

    >>> table([], METRICS).dtypes[["value", "users"]].astype(str).tolist()
    ['float64', 'int64']
    """
    return pd.DataFrame(rows, columns=list(columns)).astype({name: NUMBERS.get(name, "str") for name in columns})


def per_request(backtest: Backtest, lists: Ints, directions: Floats) -> dict[str, Values]:
    """Every metric that has a value for each request, by name."""
    found = metrics.hits(lists, backtest.split.targets)
    wanted = np.asarray(backtest.split.targets.sum(axis=1)).ravel()
    holders = np.asarray(backtest.known.positives.sum(axis=0)).ravel()
    return {
        MAIN: metrics.ndcg(found, wanted),
        "recall@10": metrics.recall(found, wanted),
        "mrr": metrics.mrr(found),
        "diversity": metrics.diversity(lists, directions),
        "novelty": metrics.novelty(lists, holders, backtest.known.n_users),
    }


def _segments(backtest: Backtest) -> Iterator[tuple[str, Ints]]:
    history = backtest.split.requests.history
    places = segment(np.bincount(history.user[history.positive], minlength=history.n_users).astype(np.int32))
    yield ALL, np.arange(len(places), dtype=np.int32)
    if len(np.unique(places)) > 1:
        for place in np.unique(places):
            yield NAMES[place], np.flatnonzero(places == place).astype(np.int32)


def _metrics(
    backtest: Backtest, values: Mapping[str, Mapping[str, Values]], name: str, here: Ints, drawn: np.ndarray
) -> Iterator[tuple[object, ...]]:
    n_items = backtest.known.n_items
    for arm, lists in backtest.lists.items():
        for metric, value in values[arm].items():
            yield backtest.protocol, arm, name, metric, *bootstrap.interval(value[here], drawn), len(here)
        covered = metrics.coverage(lists[here], n_items)
        resampled = [metrics.coverage(lists[here][rows], n_items) for rows in drawn[:RESAMPLES_OF_COVERAGE]]
        yield backtest.protocol, arm, name, "coverage", *bootstrap.recentred(covered, resampled), len(here)


def _ratios(
    protocol: str, values: Mapping[str, Mapping[str, Values]], name: str, here: Ints, drawn: np.ndarray
) -> Iterator[tuple[object, ...]]:
    for arm, theirs in values.items():
        if arm != OURS:
            found = bootstrap.ratio(values[OURS][MAIN][here], theirs[MAIN][here], drawn)
            yield protocol, name, MAIN, arm, *found, len(here)
