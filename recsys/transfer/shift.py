"""The transfer formula, in one place."""

from __future__ import annotations

import numpy as np

from recsys.events.interactions import Floats


def shrinkage(evidence: Floats, kappa: Floats | float) -> Floats:
    """α_u = κ / (κ + n_u) in [0, 1]: empirical-Bayes shrinkage (Efron & Morris 1973). No evidence gives 1.

    >>> shrinkage(np.array([0.0, 5.0, 45.0]), 5.0).round(2).tolist()
    [1.0, 0.5, 0.1]
    """
    total = kappa + evidence
    nothing = total == 0
    return np.asarray((kappa + nothing) / (total + nothing))


def shift(observed: Floats, source: Floats, alpha: Floats | float) -> Floats:
    """P̃ = P̂ + α (P_src − P̂): the observed distribution moved towards the source by the share α.

    `observed` and `source` are (…, n_interests) with rows summing to 1, `alpha` broadcasts over rows; for α in [0, 1]
    the result sums to 1 as well. Three other shifts are found in writing; each is this shift with other arguments:

    | written as                          | is                                 | what it does                          |
    | ----------------------------------- | ---------------------------------- | ------------------------------------- |
    | P + α (P − P̂), P the source         | shift(P̂, P, 1 + α)                 | overshoots the source, may go below 0 |
    | target + (target − source)          | shift(target, source, -1)          | moves away from the source            |
    | source + α (target − source)        | shift(target, source, 1 − α)       | this shift from the other end         |

    >>> shift(np.array([0.15, 0.35, 0.5]), np.array([0.1, 0.4, 0.5]), 0.1).round(3).tolist()
    [0.145, 0.355, 0.5]
    """
    return observed + alpha * (source - observed)
