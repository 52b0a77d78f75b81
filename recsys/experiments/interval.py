"""A confidence interval that holds at every look at once, so that looking daily, and stopping at will, is no error."""

from __future__ import annotations

from typing import Any

import numpy as np

ALPHA = 0.05
"""Chance that an interval ever fails to hold the true difference, however often it is looked at."""


def half_width(error: Any, tau: Any, alpha: float = ALPHA) -> Any:
    """Half the width of the always-valid interval of an estimate with that standard error.

    `V = error^2`, `sqrt(V (V + tau^2) / tau^2 * (2 log(1/alpha) + log((V + tau^2) / V)))`: the values at which the
    likelihood ratio of a normal mixture N(0, tau^2) of differences against none stays below 1/alpha (Robbins 1970,
    "Statistical methods related to the law of the iterated logarithm"; Johari, Koomen, Pekelis, Walsh 2022, "Always
    Valid Inference"). Any fixed `tau` is valid; the interval is narrowest for differences of about that size.

    >>> round(float(half_width(0.01, 0.05)), 4), round(1.96 * 0.01, 4)
    (0.031, 0.0196)
    """
    variance, mixed = np.square(error), np.square(error) + np.square(tau)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(variance * mixed / np.square(tau) * (2 * np.log(1 / alpha) + np.log(mixed / variance)))
