"""Columns of the tables of metrics and of ratios, and what stands in them."""

from __future__ import annotations

METRICS = ("protocol", "arm", "segment", "metric", "value", "low", "high", "users")
RATIOS = ("protocol", "segment", "metric", "arm", "against", "value", "low", "high", "users")
NUMBERS = {"value": "float64", "low": "float64", "high": "float64", "users": "int64"}
"""Types of the columns that are not texts."""
ALL = "all"
MAIN = "ndcg@10"
SINGLE, CLEAN = "best single retriever", "without noise"
PAIRS = (("transferred interests", "own interests"),)
"""Arms that are compared besides recsys with every other."""
