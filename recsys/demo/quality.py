"""Measured quality as rows of a table: recsys with and without transfer, and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from recsys.evaluation.columns import HINDSIGHT, ORDER
from recsys.schema import NO_TRANSFER, RECSYS

METRICS = ("ndcg@10", "recall@10", "mrr", "coverage")
"""Those whose columns fit a page; the report of the stage has all."""
ARMS = (RECSYS, NO_TRANSFER, "ease", "recent popularity", "popularity", "source document")
"""In the order shown; arms not named here follow."""
AGAINST = (NO_TRANSFER, "ease", "recent popularity", "popularity")
"""Arms with which recsys is compared in a sentence."""
TITLES = {
    HINDSIGHT: "Hindsight: lists of earlier days, judged by later positives",
    "global-time": "Users who come back: all that came after one moment hidden",
    "warm": "Users with a history: latest choices hidden",
}
"""What the protocols that are shown whole ask."""


def main(metrics: pd.DataFrame) -> list[tuple[str, list[list[str]]]]:
    """Tables of the protocols shown whole, leading ones first, each with its title.

    They have a row for each arm: its name, then every metric with its interval.
    """
    found = set(metrics["protocol"])
    return [(TITLES[name], _rows(metrics[metrics["protocol"] == name], "metric", METRICS))
            for name in ORDER if name in found]  # fmt: skip


def cold(metrics: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Numbers of revealed events, and for each arm NDCG@10 of newcomers who revealed so many."""
    chosen = metrics[metrics["protocol"].str.startswith("cold-") & (metrics["metric"] == "ndcg@10")]
    protocols = sorted(chosen["protocol"].unique(), key=lambda name: int(name.removeprefix("cold-")))
    return [name.removeprefix("cold-") for name in protocols], _rows(chosen, "protocol", protocols)


def compared(ratios: pd.DataFrame) -> list[str]:
    """NDCG@10 of recsys as a multiple of every other arm's over the same users: a sentence for each protocol shown."""
    return [sentence for name in ORDER if (sentence := _compared(name, ratios))]


def _compared(protocol: str, ratios: pd.DataFrame) -> str:
    chosen = ratios[(ratios["protocol"] == protocol) & (ratios["segment"] == "all")]
    found = [f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}] times {row['against']}"
             for row in chosen.to_dict("records") if row["against"] in AGAINST]  # fmt: skip
    return f"NDCG@10 of recsys, {protocol}, is {'; '.join(found)}" if found else ""


def _rows(metrics: pd.DataFrame, column: str, values: Sequence[str]) -> list[list[str]]:
    overall = metrics[metrics["segment"] == "all"]
    cells = {(row["arm"], row[column]): cell(row) for row in overall.to_dict("records")}
    arms = sorted(overall["arm"].unique(), key=lambda arm: (ARMS.index(arm) if arm in ARMS else len(ARMS), arm))
    return [[arm, *(cells.get((arm, value), "") for value in values)] for arm in arms]


def cell(row: dict[str, float]) -> str:
    """A value and its interval, as people read them.

    >>> cell({"value": 0.1014, "low": 0.0903, "high": 0.1131})
    '0.101 [0.090, 0.113]'
    >>> cell({"value": 0.25, "low": float("nan"), "high": float("nan")})
    '0.250'
    """
    if pd.isna(row["low"]):
        return f"{row['value']:.3f}"
    return f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
