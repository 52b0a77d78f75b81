"""The evaluation as Markdown."""

from __future__ import annotations

import pandas as pd

from recsys.evaluation.arms import OURS
from recsys.evaluation.columns import ALL, MAIN


def markdown(metrics: pd.DataFrame, ratios: pd.DataFrame) -> str:
    """Tables of all protocols: every arm, then how ours compares; intervals are 95%, over users."""
    parts = ["# Evaluation", "Intervals are 95% user bootstraps; ratios are paired."]
    for protocol in metrics["protocol"].unique():
        here = metrics[(metrics["protocol"] == protocol) & (metrics["segment"] == ALL)]
        users = int(here["users"].iloc[0]) if len(here) else 0
        parts += [f"## {protocol} ({users} users)", _arms(here), _ratios(ratios[ratios["protocol"] == protocol])]
    return "\n\n".join(parts) + "\n"


def _arms(here: pd.DataFrame) -> str:
    names = list(here["metric"].unique())
    lines = ["| arm | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for arm in here["arm"].unique():
        cells = [_cell(here[(here["arm"] == arm) & (here["metric"] == name)].iloc[0]) for name in names]
        lines.append(f"| {arm} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _ratios(here: pd.DataFrame) -> str:
    blocks = [_compared(arm, here[here["arm"] == arm]) for arm in here["arm"].unique()]
    return "\n\n".join(blocks) if blocks else _compared(OURS, here)


def _compared(arm: str, here: pd.DataFrame) -> str:
    lines = [f"| {MAIN}: {arm} against | segment | ratio | users |", "| --- | --- | --- | --- |"]
    for row in here.itertuples():
        lines.append(
            f"| {row.against} | {row.segment} | {row.value:.2f} [{row.low:.2f}, {row.high:.2f}] | {row.users} |"
        )
    return "\n".join(lines)


def _cell(row: pd.Series) -> str:
    return f"{row['value']:.4f} [{row['low']:.4f}, {row['high']:.4f}]"
