"""From backtests to tables of metrics and of ratios, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.evaluation import bootstrap, metrics
from recsys.evaluation.backtest import Backtest
from recsys.evaluation.columns import ALL, CLEAN, MAIN, METRICS, NUMBERS, PAIRS, RATIOS, SINGLE
from recsys.evaluation.metrics import Values
from recsys.evaluation.protocols.cut import SHOWN
from recsys.events.interactions import Floats, Ints
from recsys.schema import RECSYS
from recsys.transfer.segments import NAMES, segment

RESAMPLES_OF_COVERAGE = 200


@dataclass(frozen=True)
class Part:
    """Users that are reported together."""

    name: str
    rows: Ints
    """Their requests."""
    place: Ints
    """Place of the user of each request among the users of the part, (n_rows,)."""
    drawn: np.ndarray
    """Resamples of the users: places, (resamples, n_users)."""

    def by_user(self, values: Values) -> Values:
        """The mean of each user over their requests, (n_users,)."""
        return np.asarray(np.bincount(self.place, values[self.rows]) / np.bincount(self.place))

    def rows_of(self, places: np.ndarray) -> Ints:
        """Requests of the users at these places."""
        selected = np.zeros(self.drawn.shape[1], bool)
        selected[places] = True
        return self.rows[selected[self.place]]


def part(name: str, rows: Ints, user: Ints, resamples: int, seed: int) -> Part:
    """Requests at these rows, each of a `user`, reported together; whole users are resampled."""
    users, place = np.unique(user[rows], return_inverse=True)
    return Part(name, rows, place.astype(np.int32), bootstrap.draws(len(users), resamples, seed))


def tables(backtest: Backtest, directions: Floats, resamples: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Metrics of every arm, and ratios of recsys to every other, in all and by segment of evidence."""
    return pooled([backtest], directions, resamples, seed)


def pooled(
    backtests: Sequence[Backtest], directions: Floats, resamples: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of one cut answered under several training seeds: each user counts with their mean over the seeds.

    So does a user with several requests: with the mean over these.

    So an interval is over users, given these seeds; how far seeds differ is seen in their own tables.
    """
    first = backtests[0]
    values = _means([_values(backtest, directions) for backtest in backtests])
    rows: list[tuple[object, ...]] = []
    ratios: list[tuple[object, ...]] = []
    for name, here in _segments(first):
        segment_part = part(name, here, first.split.requests.user, resamples, seed)
        rows += list(_metrics(backtests, values, segment_part))
        ratios += list(_ratios(first, values, segment_part))
    return table(rows, METRICS), table(ratios, RATIOS)


def table(rows: Sequence[tuple[object, ...]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a table whose columns have their types even when there is no row.

    >>> table([], METRICS).dtypes[["value", "users"]].astype(str).tolist()
    ['float64', 'int64']
    """
    return pd.DataFrame(rows, columns=list(columns)).astype({name: NUMBERS.get(name, "str") for name in columns})


def per_request(backtest: Backtest, lists: Ints, directions: Floats) -> dict[str, Values]:
    """Every metric that has a value for each request, by name."""
    wanted = np.asarray(backtest.split.targets.sum(axis=1)).ravel()
    deeper = [
        (f"{name}@{k}", metric(metrics.hits(lists[:, :k], backtest.split.targets), wanted))
        for k in backtest.at
        for name, metric in (("ndcg", metrics.ndcg), ("recall", metrics.recall))
    ]
    lists = lists[:, :SHOWN]
    found = metrics.hits(lists, backtest.split.targets)
    holders = np.asarray(backtest.known.positives.sum(axis=0)).ravel()
    return {
        MAIN: metrics.ndcg(found, wanted),
        "recall@10": metrics.recall(found, wanted),
        "debiased recall@10": metrics.debiased_recall(lists, backtest.split.targets, holders),
        "mrr": metrics.mrr(found),
        "diversity": metrics.diversity(lists, directions),
        "novelty": metrics.novelty(lists, holders, backtest.known.n_users),
        **dict(deeper),
    }


def _values(backtest: Backtest, directions: Floats) -> dict[str, dict[str, Values]]:
    """Metrics of every request by arm, those before the known side was spoiled as arms of their own."""
    spoiled = {arm: per_request(backtest, lists, directions) for arm, lists in backtest.lists.items()}
    clean = {arm: per_request(backtest, lists, directions) for arm, lists in backtest.clean.items()}
    return spoiled | {f"{arm} {CLEAN}": values for arm, values in clean.items()}


def _means(seeds: Sequence[Mapping[str, Mapping[str, Values]]]) -> dict[str, dict[str, Values]]:
    return {
        arm: {metric: np.mean([seed[arm][metric] for seed in seeds], axis=0) for metric in found}
        for arm, found in seeds[0].items()
    }


def _segments(backtest: Backtest) -> Iterator[tuple[str, Ints]]:
    history = backtest.split.requests.history
    places = segment(np.bincount(history.first_positives.user, minlength=history.n_users).astype(np.int32))
    yield ALL, np.arange(len(places), dtype=np.int32)
    if backtest.groups:
        yield from backtest.groups.items()
    elif len(np.unique(places)) > 1:
        for place in np.unique(places):
            yield NAMES[place], np.flatnonzero(places == place).astype(np.int32)


def _metrics(
    backtests: Sequence[Backtest], values: Mapping[str, Mapping[str, Values]], part: Part
) -> Iterator[tuple[object, ...]]:
    protocol, count = backtests[0].protocol, part.drawn.shape[1]
    for arm in backtests[0].lists:
        for metric, value in values[arm].items():
            yield protocol, arm, part.name, metric, *bootstrap.interval(part.by_user(value), part.drawn), count
        covered = [_covered(backtests, arm, part.rows_of(drawn)) for drawn in part.drawn[:RESAMPLES_OF_COVERAGE]]
        interval = bootstrap.recentred(_covered(backtests, arm, part.rows), covered)
        yield protocol, arm, part.name, "coverage", *interval, count


def _covered(backtests: Sequence[Backtest], arm: str, rows: Ints) -> float:
    return float(
        np.mean([metrics.coverage(backtest.lists[arm][rows, :SHOWN], backtest.known.n_items) for backtest in backtests])
    )


def _ratios(backtest: Backtest, values: Mapping[str, Mapping[str, Values]], part: Part) -> Iterator[tuple[object, ...]]:
    main = {arm: part.by_user(found[MAIN]) for arm, found in values.items()}
    for arm, against, name in _pairs(backtest, main):
        found = bootstrap.ratio(main[arm], main[against], part.drawn)
        yield backtest.protocol, part.name, MAIN, arm, name, *found, part.drawn.shape[1]


def _pairs(backtest: Backtest, main: Mapping[str, Values]) -> Iterator[tuple[str, str, str]]:
    """Arm, its baseline, and the name of the comparison.

    The best single signal is the best on these very users: selected with hindsight, which favours it, not recsys.
    """
    for lead in backtest.leads:
        yield from ((lead, arm, arm) for arm in backtest.lists if arm != lead)
    if backtest.singles:
        best_single = max(backtest.singles, key=lambda arm: float(main[arm].mean()))
        yield RECSYS, best_single, f"{SINGLE} ({best_single})"
    yield from ((arm, other, other) for arm, other in PAIRS if {arm, other} <= set(backtest.lists))
    yield from ((arm, f"{arm} {CLEAN}", f"{arm} {CLEAN}") for arm in backtest.lists if arm in backtest.clean)
