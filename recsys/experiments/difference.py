"""The difference of a ratio metric between an arm and the champion, with its variance, over steps of allocation.

A metric is a ratio of sums, such as clicks per impression, and users are what was randomised: a user's impressions are
not independent. The variance is that of the delta method over users (Deng, Knoblich, Lu 2018, "Applying the Delta
Method in Metric Analytics", KDD): of a ratio R = sum(total) / sum(shown) it is that of the users' residuals
total - R shown, summed, over sum(shown)^2. Differences are taken within each step, while the shares of the arms were
the same, so that days with other shares and other ratios do not mix (Simpson's paradox).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Outcomes:
    """What users did in an arm and beside it, in the champion: arrays (..., n_steps, n_users)."""

    total: Floats
    """Numerator of the metric: clicks, purchases, or their value."""
    shown: Floats
    """Impressions."""
    treated: Bools
    """Whether the user was in the arm in that step; False: in the champion, or not there at all."""


@dataclass(frozen=True)
class Difference:
    """An arm beside the champion; arrays over the leading axes of the outcomes."""

    value: Any
    """Ratio of the arm less that of the champion; nan while there is nothing to compare."""
    error: Any
    """Its standard error, over all steps."""
    champion: Any
    """Ratio of the champion, over all steps."""
    active: Any
    """Users with a numerator other than 0 that the arm is expected to hold if both are equal, over all steps."""


def difference(outcomes: Outcomes) -> Difference:
    """The arm less the champion, combined over steps by inverse variance.

    Weights take the variance per impression from both arms together, so that a rate that is low by chance does not
    raise its step. Users who are there in several steps, in the same arm or after a growth in the other, make the
    differences of steps dependent: the variance is clustered by user over all steps. Where few users are active an
    arm's own variance is too low whenever its ratio is; it is taken to be at least that of both arms together.

    >>> shown, total = np.ones((1, 8)), np.array([[1.0, 0, 0, 0, 1, 1, 0, 0]])
    >>> found = difference(Outcomes(total, shown, np.arange(8)[None] >= 4))
    >>> float(found.value), round(float(found.error), 3)
    (0.25, 0.382)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        arm, champion = (_Arm.of(outcomes, side) for side in (outcomes.treated, ~outcomes.treated))
        spread = _spread(outcomes)
        weights = 1 / (spread * (1 / arm.shown + 1 / champion.shown))
        weights = np.where(np.isfinite(weights) & (arm.users > 1) & (champion.users > 1), weights, 0.0)
        weights /= weights.sum(-1, keepdims=True)
        gaps = np.where(weights > 0, arm.ratio - champion.ratio, 0.0)
        parts = np.where(outcomes.treated, arm.parts(outcomes), -champion.parts(outcomes))
        lacking = sum(np.maximum(spread / side.shown - side.variance(outcomes), 0) for side in (arm, champion))
        influence = np.einsum("...s,...su->...u", weights, np.where(weights[..., None] > 0, parts, 0.0))
        variance = (influence**2).sum(-1) + (weights**2 * np.where(weights > 0, lacking, 0.0)).sum(-1)
        share = (outcomes.total != 0).sum(-1) / (outcomes.shown > 0).sum(-1)
        active = (arm.users * np.nan_to_num(share)).sum(-1)
        value = np.where(weights.sum(-1) > 0, (weights * gaps).sum(-1), np.nan)
        return Difference(value, np.sqrt(variance), champion.total.sum(-1) / champion.shown.sum(-1), active)


def _spread(outcomes: Outcomes) -> Floats:
    """Variance of the metric's total per impression, of both arms together; (..., n_steps)."""
    shown = outcomes.shown.sum(-1)
    ratio = outcomes.total.sum(-1) / shown
    residuals = outcomes.total - ratio[..., None] * outcomes.shown
    return np.asarray((residuals**2).sum(-1) / shown)


@dataclass(frozen=True)
class _Arm:
    """A side of the comparison; arrays (..., n_steps)."""

    mask: Bools
    total: Floats
    shown: Floats
    users: Floats

    @classmethod
    def of(cls, outcomes: Outcomes, mask: Bools) -> _Arm:
        return cls(
            mask,
            (outcomes.total * mask).sum(-1),
            (outcomes.shown * mask).sum(-1),
            ((outcomes.shown > 0) & mask).sum(-1).astype(float),
        )

    @property
    def ratio(self) -> Floats:
        return np.asarray(self.total / self.shown)

    def parts(self, outcomes: Outcomes) -> Floats:
        """What each user adds to the error of the ratio; 0 for users of the other side."""
        residuals = (outcomes.total - self.ratio[..., None] * outcomes.shown) * self.mask
        return np.asarray(residuals * (np.sqrt(self.users / (self.users - 1)) / self.shown)[..., None])

    def variance(self, outcomes: Outcomes) -> Floats:
        """Variance of the ratio by its users."""
        return np.asarray((self.parts(outcomes) ** 2).sum(-1))
