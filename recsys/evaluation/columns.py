"""Columns of the tables of metrics and of ratios, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable

METRICS = ("protocol", "arm", "segment", "metric", "value", "low", "high", "users")
RATIOS = ("protocol", "segment", "metric", "arm", "against", "value", "low", "high", "users")
ABLATION = (
    "protocol",
    "kind",
    "part",
    "segment",
    "ndcg@10",
    "without",
    "value",
    "low",
    "high",
    "users",
    "fit_s",
    "ask_ms",
)
"""Columns of an ablation: `value` is the ratio of NDCG@10 with the part to that without."""
NUMBERS = {
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "users": "int64",
    "ndcg@10": "float64",
    "without": "float64",
    "fit_s": "float64",
    "ask_ms": "float64",
}
"""Types of the columns that are not texts."""
ALL = "all"
MAIN = "ndcg@10"
SINGLE, CLEAN = "best single signal", "without noise"
PAIRS = (("transferred interests", "own interests"),)
"""Arms that are compared besides recsys with every other."""
HINDSIGHT = "hindsight"
"""The protocol that judges lists of earlier days by the later positives of their users."""
BY_DAY = ("as_of", "arm", "users", "value", "low", "high")
"""Columns of hindsight.parquet: NDCG@10 of each day's lists by arm."""
ORDER = (HINDSIGHT, "global-time", "warm")
"""Protocols that are shown first and watched, the protocol nearest to what users see first."""


def leading(protocols: Iterable[str]) -> str:
    """The protocol that stands for all: the first of `ORDER` that is there, else the first; "" for none.

    >>> leading(["cold-0", "warm", "hindsight"]), leading(["cold-3", "cold-5"]), leading([])
    ('hindsight', 'cold-3', '')
    """
    found = list(dict.fromkeys(protocols))
    return next((name for name in (*ORDER, *found) if name in found), "")
