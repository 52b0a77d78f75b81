"""On which scale ratings are given, and what they mean on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.settings import EventSettings

Values = npt.NDArray[np.float64]

STARS = 5.0
"""The scale of a few ratings of 1 and less: five stars."""
SCALES = (1.0, STARS, 10.0, 100.0)
"""Highest ratings of usual scales."""
NEUTRAL = 0.7
"""The rating that means neither liked nor disliked, as a share of the highest: 3.5 of 5."""
STRAY = 0.01
"""Share of ratings that may lie outside of a scale all the same."""
FEWEST = 20
"""Ratings, none above 1, from which on they are taken for thumbs instead of stars."""


@dataclass(frozen=True)
class Scale:
    """Meaning of a rating: (value - neutral) / span in [-1, 1]."""

    neutral: float
    span: float

    def strength(self, values: Values) -> Values:
        """From -1, disliked, over 0, neither, to 1, liked; same shape."""
        return np.clip((values - self.neutral) / self.span, -1.0, 1.0)


def scale(values: Values, settings: EventSettings) -> Scale:
    """The scale of the settings, or the lowest usual scale that holds nearly all of the ratings, (n_ratings,).

    With negative ratings 0 is neutral, and the highest usual rating is the strongest.

    >>> scale(np.array([9.0, 7.0, 3.0]), EventSettings())
    Scale(neutral=7.0, span=3.0)
    """
    signed = len(values) > 0 and float(np.mean(values < 0)) > STRAY
    highest = _highest(np.abs(values))
    if highest < STARS and len(values) < FEWEST and not signed:
        highest = STARS
    neutral = settings.rating_neutral if settings.rating_neutral is not None else 0.0 if signed else NEUTRAL * highest
    return Scale(neutral, settings.rating_span or abs(highest - neutral) or 1.0)


def _highest(sizes: Values) -> float:
    usual = (size for size in SCALES if np.sum(sizes > size) <= STRAY * len(sizes))
    return next(usual, float(sizes.max(initial=STARS)))
