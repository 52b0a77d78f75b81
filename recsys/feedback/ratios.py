"""Ratios of sums over users, with intervals: users are independent, what a user does is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t

Numbers = npt.NDArray[np.float64]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Ratio:
    """A ratio with its 95% interval; None for fewer than two users or no difference between them."""

    value: float
    low: float | None
    high: float | None


def ratio(numerator: Numbers, denominator: Numbers, top: float = np.inf) -> Ratio:
    """`Σ numerator / Σ denominator` over users, (n_users,) each, within its interval cut to [0, `top`] where positive.

    The variance is that of the delta method for a ratio of two means over clusters, `n / (n − 1) · Σ (N_u − R D_u)² /
    (Σ D_u)²` (Deng, Knoblich & Lu 2018, KDD, "Applying the Delta Method in Metric Analytics", eq. 4), and the quantile
    that of Student's t, since users may be few.

    >>> made = ratio(np.array([1.0, 0, 1, 2]), np.array([2.0, 2, 2, 2]), 1.0)
    >>> made.value, round(made.low, 3), round(made.high, 3)
    (0.5, 0.0, 1.0)
    >>> ratio(np.array([0.0, 0]), np.array([5.0, 5]))
    Ratio(value=0.0, low=None, high=None)
    """
    n, total = len(denominator), float(denominator.sum())
    value = float(numerator.sum()) / total
    rest = numerator - value * denominator
    spread = float((rest**2).sum())
    if n < 2 or spread == 0:
        return Ratio(value, None, None)
    half = float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * np.sqrt(n / (n - 1) * spread) / total
    low = max(value - half, 0.0) if (numerator >= 0).all() else value - half
    return Ratio(value, float(low), float(min(value + half, top)))
