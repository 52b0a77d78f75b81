"""Whether users arrived in the arms by the shares: where they did not, something loses users of an arm."""

from __future__ import annotations

from collections.abc import Mapping

from scipy.stats import chisquare

MISMATCH = 0.001
"""p-value below which the shares are taken not to hold (Fabijan and others 2019, "Diagnosing Sample Ratio Mismatch in
Online Controlled Experiments", KDD)."""
MIN_EXPECTED = 5
"""Users expected in every arm for the chi-square to hold."""


def mismatch(users: Mapping[str, int], shares: Mapping[str, float]) -> float | None:
    """The p-value of the exposed users of each arm against its share; None where too few are expected.

    >>> round(mismatch({"champion": 900, "challenger": 100}, {"champion": 90, "challenger": 10}), 3)
    1.0
    >>> mismatch({"champion": 4500, "challenger": 5500}, {"champion": 50, "challenger": 50}) < MISMATCH
    True
    """
    arms = [arm for arm, share in shares.items() if share > 0]
    seen, whole = [users.get(arm, 0) for arm in arms], sum(shares[arm] for arm in arms)
    expected = [sum(seen) * shares[arm] / whole for arm in arms]
    if len(arms) < 2 or min(expected) < MIN_EXPECTED:
        return None
    return float(chisquare(seen, expected).pvalue)
