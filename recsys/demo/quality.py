"""Measured quality as rows of a table: recsys with and without transfer, and what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from recsys.evaluation.columns import HINDSIGHT, ORDER
from recsys.schema import NO_TRANSFER, RECSYS

METRICS = ("ndcg@10", "recall@10", "mrr", "coverage")
"""Those whose columns fit a page; the report of the stage has all."""
BASELINES = ("ease", "transitions", "recent popularity", "popularity")
"""What recsys is compared with. The other signals that answer alone are parts of it."""
ARMS = (RECSYS, NO_TRANSFER, *BASELINES, "source document")
"""Those shown, in their order."""
TITLES = {
    HINDSIGHT: "Hindsight: lists of earlier days, judged by later positives",
    "global-time": "Returning users: everything after a cutoff hidden",
    "warm": "Users with a history: latest positives hidden",
}
"""What the protocols that are shown whole ask."""


def main(metrics: pd.DataFrame) -> list[tuple[str, list[list[str]]]]:
    """Tables of the protocols shown whole, leading ones first, each with its title.

    They have a row for each arm: its name, then every metric with its interval.
    """
    found = set(metrics["protocol"])
    return [
        (TITLES[name], _rows(metrics[metrics["protocol"] == name], "metric", METRICS))
        for name in ORDER
        if name in found
    ]


def cold(metrics: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Numbers of revealed events, and for each arm NDCG@10 of new users who revealed so many."""
    selected = metrics[metrics["protocol"].str.startswith("cold-") & (metrics["metric"] == "ndcg@10")]
    protocols = sorted(selected["protocol"].unique(), key=lambda name: int(name.removeprefix("cold-")))
    return [name.removeprefix("cold-") for name in protocols], _rows(selected, "protocol", protocols)


def compared(ratios: pd.DataFrame) -> list[str]:
    """NDCG@10 of recsys as a multiple of every other arm's over the same users: a sentence for each protocol shown."""
    return [sentence for name in ORDER if (sentence := _compared(name, ratios))]


def _compared(protocol: str, ratios: pd.DataFrame) -> str:
    selected = ratios[(ratios["protocol"] == protocol) & (ratios["segment"] == "all")]
    found = [
        f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}] times {row['against']}"
        for row in selected.to_dict("records")
        if row["against"] in (NO_TRANSFER, *BASELINES)
    ]
    return f"NDCG@10 of recsys, {protocol}, is {'; '.join(found)}" if found else ""


def _rows(metrics: pd.DataFrame, column: str, values: Sequence[str]) -> list[list[str]]:
    overall = metrics[metrics["segment"] == "all"]
    cells = {(row["arm"], row[column]): cell(row) for row in overall.to_dict("records")}
    found = set(overall["arm"])
    return [[arm, *(cells.get((arm, value), "") for value in values)] for arm in ARMS if arm in found]


def cell(row: Mapping[str, float]) -> str:
    """A share and its interval, short enough for a page of many columns.

    >>> cell({"value": 0.1014, "low": 0.0903, "high": 0.1131})
    '.101 [.090, .113]'
    >>> cell({"value": 1.0, "low": float("nan"), "high": float("nan")})
    '1.000'
    """
    if pd.isna(row["low"]):
        return _short(row["value"])
    return f"{_short(row['value'])} [{_short(row['low'])}, {_short(row['high'])}]"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
