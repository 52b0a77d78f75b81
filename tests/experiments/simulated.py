"""Users with click rates of their own, day by day: what an experiment over them would see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys.experiments.difference import Outcomes


@dataclass(frozen=True)
class Crowd:
    """Users whose click rates come from a beta distribution, and whose impressions a day from a gamma distribution."""

    users: int
    concentration: float
    """Sum of the beta's parameters: the lower, the more users differ, and the more their days depend."""
    rate: float = 0.05
    shown_daily: float = 2.0

    def days(
        self, rng: np.random.Generator, treated: np.ndarray, days: int, effect: float = 0.0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Clicks and impressions of each day, of the shape of `treated` (..., users), whose rates are (1 + effect)."""
        rates = rng.beta(self.rate * self.concentration, (1 - self.rate) * self.concentration, treated.shape)
        rates = np.minimum(np.where(treated, rates * (1 + effect), rates), 1)
        activity = rng.gamma(0.7, self.shown_daily / 0.7, treated.shape)
        for _ in range(days):
            shown = rng.poisson(activity)
            yield rng.binomial(shown, rates), shown


def cumulated(
    crowd: Crowd, rng: np.random.Generator, treated: np.ndarray, days: int, effect: float = 0.0
) -> Iterator[Outcomes]:
    """All until the end of each day, as one step; `treated` is (..., users)."""
    total, shown = np.zeros(treated.shape), np.zeros(treated.shape)
    for clicks, impressions in crowd.days(rng, treated, days, effect):
        total, shown = total + clicks, shown + impressions
        yield Outcomes(total[..., None, :], shown[..., None, :], treated[..., None, :])
