"""Measured quality as rows of a table: recsys with and without transfer, and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

METRICS = ("ndcg@10", "recall@10", "mrr", "coverage", "diversity", "novelty")
ARMS = ("recsys", "recsys without transfer", "ease", "recent popularity", "popularity", "source document")
"""In the order shown; arms not named here follow."""


def warm(metrics: pd.DataFrame) -> list[list[str]]:
    """A row for each arm: its name, then every metric with its interval, for users with a history."""
    return _rows(metrics[metrics["protocol"] == "warm"], "metric", METRICS)


def cold(metrics: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Numbers of revealed events, and for each arm NDCG@10 of newcomers who revealed so many."""
    chosen = metrics[metrics["protocol"].str.startswith("cold-") & (metrics["metric"] == "ndcg@10")]
    protocols = sorted(chosen["protocol"].unique(), key=lambda name: int(name.removeprefix("cold-")))
    return [name.removeprefix("cold-") for name in protocols], _rows(chosen, "protocol", protocols)


def compared(ratios: pd.DataFrame) -> list[str]:
    """Our NDCG@10 as a multiple of every other arm's, over the same users, in words; users with a history."""
    found = ratios[(ratios["protocol"] == "warm") & (ratios["segment"] == "all")].to_dict("records")
    return [f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}] times {row['against']}" for row in found]


def _rows(metrics: pd.DataFrame, column: str, values: Sequence[str]) -> list[list[str]]:
    overall = metrics[metrics["segment"] == "all"]
    cells = {(row["arm"], row[column]): _cell(row) for row in overall.to_dict("records")}
    arms = sorted(overall["arm"].unique(), key=lambda arm: (ARMS.index(arm) if arm in ARMS else len(ARMS), arm))
    return [[arm, *(cells.get((arm, value), "") for value in values)] for arm in arms]


def _cell(row: dict[str, float]) -> str:
    """A value and its interval, as people read them.

    >>> _cell({"value": 0.1014, "low": 0.0903, "high": 0.1131})
    '0.101 [0.090, 0.113]'
    >>> _cell({"value": 0.25, "low": float("nan"), "high": float("nan")})
    '0.250'
    """
    if pd.isna(row["low"]):
        return f"{row['value']:.3f}"
    return f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
