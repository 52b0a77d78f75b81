"""What difference an experiment can be expected to find, known before it starts from the days before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from recsys.experiments.difference import Floats
from recsys.experiments.interval import ALPHA, half_width

POWER = 0.8


@dataclass(frozen=True)
class Detectable:
    """The smallest difference that an experiment of some days finds with a probability of `POWER`."""

    days: int
    users: int
    """Users of whom something was shown in as many days before."""
    ratio: float
    """The metric in these days."""
    difference: float
    """Absolute."""

    @property
    def relative(self) -> float:
        """The difference as a share of the ratio."""
        return self.difference / self.ratio


def detectable(
    total: Floats, shown: Floats, days: int, shares: tuple[float, float], smallest_effect: float
) -> Detectable | None:
    """Of the users of the latest `days` days, split by shares of the arm and the champion; None without a variance.

    `total` and `shown` are (n_users,). The difference is half the width of the always-valid interval at the end of
    these days, and as many standard errors more as it takes to be beyond it with a probability of `POWER`: who looks
    daily may find it earlier.

    >>> rng = np.random.default_rng(0)
    >>> found = detectable(rng.binomial(10, 0.1, 20_000) * 1.0, np.full(20_000, 10.0), 7, (0.5, 0.5), 0.05)
    >>> round(found.ratio, 2), round(found.relative, 2)
    (0.1, 0.05)
    """
    users, impressions = int((shown > 0).sum()), float(shown.sum())
    ratio = float(total.sum() / impressions) if impressions else 0.0
    if not ratio or users < 2:
        return None
    variance = float(((total - ratio * shown) ** 2).sum()) / impressions**2
    error = np.sqrt(variance * sum(1 / share for share in shares))
    width = half_width(error, smallest_effect * ratio, ALPHA)
    return Detectable(days, users, ratio, float(width + norm.ppf(POWER) * error))
