"""Cross-validation of the ranker by users: whether trees pay, and whether donors help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from recsys.events.interactions import Floats
from recsys.ranking.ranker.examples import Examples
from recsys.ranking.ranker.trees import ROUNDS, grow

CHANCE = 0.02
"""Risk of taking chance for a gain, or for a loss."""
SLIGHT = 1.0
"""Standard errors that trees may seem to lose: one booster from half the examples shows less than several from all."""
MIN_JUDGED = 20
"""Users of a split below which nothing is clear."""
ONE_HALF = 500
"""Requests above which one half is enough to learn from, and the other to judge by."""
SHOWN = 10

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Validation:
    """What came of it."""

    rounds: int
    """Those that pay: all, or 0, the blend alone."""
    ndcg: tuple[Values, ...]
    """NDCG@10 under these, by split: the sum over each user's requests, (n_users,); NaN for who asked for nothing."""


def run(examples: Sequence[Examples], asked: Sequence[Examples], seed: int, most: int = ROUNDS) -> Validation:
    """Trees of `most` rounds grown on what every other user asked order the rest; where these are few, both ways.

    Trees pay unless they lose to the blend by more than `SLIGHT`, or hardly anybody is there to judge. Halves are of
    users, not of requests: whoever asks several times would be known to both, and trees that learn users by heart would
    seem to pay.

    `asked` are the same examples with all their candidates, of which `examples` may lack some: what was chosen of these
    and cannot be found counts as missed.
    """
    wanted, n_users = [_wanted(one) for one in asked], 1 + max((one.user.max(initial=-1) for one in asked), default=-1)
    halves = (0, 1) if sum(np.count_nonzero(one) for one in wanted) <= ONE_HALF else (0,)
    values = {rounds: [np.full(n_users, np.nan) for _ in wanted] for rounds in (0, most)}
    for half in halves:
        trees = grow([_half(one, half) for one in examples], seed, boosters=1, rounds=most)
        for place, one in enumerate(examples):
            judged = np.flatnonzero((wanted[place] > 0) & (one.user % 2 != half))
            users, row = np.unique(one.user[judged], return_inverse=True)
            others = _half(one, 1 - half)
            for rounds, into in values.items():
                found = ndcg(others, wanted[place], trees.score(others.candidates, rounds))
                into[place][users] = np.bincount(row, found[judged])
    gain = _together([grown - blended for grown, blended in zip(values[most], values[0], strict=True)])
    rounds = most if len(gain) >= MIN_JUDGED and _standard_errors(gain) >= -SLIGHT else 0
    return Validation(rounds, tuple(values[rounds]))


def ndcg(examples: Examples, wanted: Values, scores: Floats) -> Values:
    """NDCG@10 of every request under the scores of its candidates, (n_requests,); 0 for one without candidates.

    `wanted` counts what was to be found.
    """
    request, count = examples.candidates.request, examples.candidates.n_requests
    order = np.lexsort((-scores, request))
    rank = np.arange(len(order)) - np.searchsorted(request, np.arange(count))[request[order]]
    found = examples.chosen[order] * (rank < SHOWN) / np.log2(rank + 2)
    ideal = np.concatenate([[np.inf], np.cumsum(1 / np.log2(np.arange(SHOWN) + 2))])
    best = ideal[np.minimum(wanted, SHOWN).astype(int)]
    return np.asarray(np.bincount(request[order], found, minlength=count) / best, np.float64)


def gains(with_donors: Validation, without: Validation) -> list[Values]:
    """What each user gains in each split by donors, (n_users,); NaN for who asked for nothing."""
    return [one - other for one, other in zip(with_donors.ndcg, without.ndcg, strict=True)]


def in_words(gains: Sequence[Values]) -> str:
    """The gain of each split in standard errors, in words.

    >>> in_words([np.array([0.0, 0.01] * 50), np.array([np.nan])])
    '+9.9, +0.0'
    """
    return ", ".join(f"{_standard_errors(_asked(one)):+.1f}" for one in gains)


def better(gains: Sequence[Values]) -> bool:
    """Whether donors clearly help in any kind of split, and do no harm in all together.

    They may tell much of newcomers and nothing of others. The more kinds are looked at, the clearer one has to be
    (Bonferroni), so that the risk of `CHANCE` is that of all looks together.

    >>> better([np.array([0.0, 0.01] * 50), np.array([0.0, 0.0] * 50)]), better([np.array([0.01, -0.01] * 50)])
    (True, False)
    """
    judged = [one for one in map(_asked, gains) if len(one) >= MIN_JUDGED]
    return not worse(gains) and any(_standard_errors(one) > norm.isf(CHANCE / len(judged)) for one in judged)


def worse(gains: Sequence[Values]) -> bool:
    """Whether donors clearly do harm, in all splits together."""
    together = _together(gains)
    return len(together) >= MIN_JUDGED and _standard_errors(together) < -norm.isf(CHANCE)


def _together(splits: Sequence[Values]) -> Values:
    """The sum over all splits of every user who asked in one."""
    if not splits:
        return np.zeros(0)
    return np.asarray(np.nansum(splits, axis=0)[~np.isnan(splits).all(axis=0)])


def _asked(split: Values) -> Values:
    return split[~np.isnan(split)]


def _wanted(examples: Examples) -> Values:
    """Candidates of each request that were chosen, (n_requests,)."""
    request, count = examples.candidates.request, examples.candidates.n_requests
    return np.asarray(np.bincount(request, examples.chosen, minlength=count), np.float64)


def _half(examples: Examples, half: int) -> Examples:
    return examples.take(examples.user[examples.candidates.request] % 2 == half)


def _standard_errors(gain: Values) -> float:
    spread = float(gain.std(ddof=1)) if len(gain) > 1 else 0.0
    return float(gain.mean()) / spread * len(gain) ** 0.5 if spread else 0.0
