"""Intervals by resampling users (Efron 1979): what other users, drawn the same way, would have shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.evaluation.metrics import Values

LEVEL = (0.025, 0.975)
"""Quantiles of a 95% interval."""


def draws(count: int, resamples: int, seed: int) -> np.ndarray:
    """Rows of `count` users drawn with replacement, (resamples, count); the same for every arm, so arms are paired."""
    return np.random.default_rng(seed).integers(0, count, (resamples, count))


def interval(values: Values, drawn: np.ndarray) -> tuple[float, float, float]:
    """Mean and the bounds of its 95% interval.

    >>> interval(np.array([2.0, 2.0]), draws(2, 100, seed=0))
    (2.0, 2.0, 2.0)
    """
    value, (low, high) = float(values.mean()), np.quantile(values[drawn].mean(axis=1), LEVEL)
    return value, min(float(low), value), max(float(high), value)


def recentred(value: float, resampled: Sequence[float]) -> tuple[float, float, float]:
    """A share and the bounds of an interval as wide as that of `resampled`, but around the value, within [0, 1].

    A set drawn with repeats covers less than the whole set, so the plain bootstrap of a coverage lies below it.

    >>> recentred(0.5, [0.2, 0.2])
    (0.5, 0.5, 0.5)
    """
    low, high = np.quantile(resampled, LEVEL) - np.mean(resampled)
    return value, max(float(value + low), 0.0), min(float(value + high), 1.0)


def ratio(ours: Values, theirs: Values, drawn: np.ndarray) -> tuple[float, float, float]:
    """Ratio of two means over the same users, and the bounds of its paired 95% interval; nan when theirs is 0.

    >>> ratio(np.array([2.0, 4.0]), np.array([1.0, 2.0]), draws(2, 100, seed=0))
    (2.0, 2.0, 2.0)
    """
    below = theirs.mean()
    resampled = theirs[drawn].mean(axis=1)
    ratios = np.divide(ours[drawn].mean(axis=1), resampled, out=np.full(len(drawn), np.nan), where=resampled > 0)
    if below == 0 or np.isnan(ratios).all():
        return float("nan"), float("nan"), float("nan")
    value, (low, high) = float(ours.mean() / below), np.nanquantile(ratios, LEVEL)
    return value, min(float(low), value), max(float(high), value)
