"""The evaluation as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

import pandas as pd

from recsys.evaluation.columns import ALL, HINDSIGHT, MAIN
from recsys.schema import NO_TRANSFER, RECSYS

DASH = "–"
SHORT = (NO_TRANSFER, "recent popularity", "ease")
"""Arms that recsys is compared with at a glance."""


def markdown(metrics: pd.DataFrame, ratios: pd.DataFrame, by_day: pd.DataFrame | None = None) -> str:
    """Tables of all protocols: every arm, then how recsys compares; intervals are 95%, over users."""
    parts = [
        "# Evaluation",
        "Intervals are 95% user bootstraps; ratios are paired. A dash: the other found nothing.",
        *([_in_short(metrics, ratios)] if metrics.empty or (metrics["arm"] == RECSYS).any() else []),
    ]
    for protocol in metrics["protocol"].unique():
        here = metrics[(metrics["protocol"] == protocol) & (metrics["segment"] == ALL)]
        users = int(here["users"].iloc[0]) if len(here) else 0
        parts += [f"## {protocol} ({users} users)", _arms(here), _ratios(ratios[ratios["protocol"] == protocol])]
        if protocol == HINDSIGHT and by_day is not None and len(by_day):
            parts.append(_by_day(by_day))
    return "\n\n".join(parts) + "\n"


def ablated(table: pd.DataFrame) -> str:
    """A table for each protocol: what each part brings to all users and to the segment it serves best, and its cost."""
    parts = [
        "# Ablation",
        f"Ratio of {MAIN} with a part to without it; intervals are paired 95% user bootstraps. "
        "CPU seconds of fitting a signal, CPU milliseconds of asking it for one request.",
    ]
    for protocol, here in table.groupby("protocol", sort=False):
        parts += [f"## {protocol} ({here['users'].max()} users)", _parts(here)]
    return "\n\n".join(parts) + "\n"


def _parts(here: pd.DataFrame) -> str:
    lines = ["| part | with | without | ratio | best served segment | fit, s | ask, ms |", "| --- |" + " --- |" * 6]
    whole = here[here["segment"] == ALL].sort_values("value", ascending=False)
    for row in whole.to_dict("records"):
        others = here[(here["part"] == row["part"]) & (here["segment"] != ALL)].dropna(subset="value")
        best = max(others.to_dict("records"), key=lambda one: float(one["low"]), default=None)
        served = DASH if best is None else f"{best['segment']}: {_with_interval(best, 3)}"
        lines.append(
            f"| {row['kind']} {row['part']} | {row[MAIN]:.4f} | {row['without']:.4f} | {_with_interval(row, 3)} | "
            f"{served} | {row['fit_s']:.2f} | {row['ask_ms']:.2f} |"
        )
    return "\n".join(lines)


def _by_day(by_day: pd.DataFrame) -> str:
    """One row a day, one column an arm."""
    names = list(by_day["arm"].unique())
    lines = [f"| {MAIN}: lists of | users | " + " | ".join(names) + " |", "| --- | --- |" + " --- |" * len(names)]
    for day, rows in by_day.groupby("as_of"):
        cells = {row["arm"]: _cell(row) for row in rows.to_dict("records")}
        values = " | ".join(cells.get(name, DASH) for name in names)
        lines.append(f"| {day} | {rows['users'].iloc[0]} | {values} |")
    return "\n".join(lines)


def _in_short(metrics: pd.DataFrame, ratios: pd.DataFrame) -> str:
    """One row a protocol: recsys, and its ratios to other arms."""
    whole = metrics[(metrics["segment"] == ALL) & (metrics["metric"] == MAIN) & (metrics["arm"] == RECSYS)]
    against = ratios[(ratios["segment"] == ALL) & (ratios["arm"] == RECSYS)].set_index(["protocol", "against"])
    lines = [
        f"| protocol | users | {MAIN} | " + " | ".join(f"recsys / {arm}" for arm in SHORT) + " |",
        "| --- | --- | --- |" + " --- |" * len(SHORT),
    ]
    for row in whole.to_dict("records"):
        found = [(row["protocol"], arm) for arm in SHORT]
        cells = [_ratio(against.loc[pair].to_dict()) if pair in against.index else DASH for pair in found]
        lines.append(f"| {row['protocol']} | {row['users']} | {_cell(row)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _arms(here: pd.DataFrame) -> str:
    names = list(here["metric"].unique())
    lines = ["| arm | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for arm in here["arm"].unique():
        cells = [_cell(here[(here["arm"] == arm) & (here["metric"] == name)].iloc[0].to_dict()) for name in names]
        lines.append(f"| {arm} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _ratios(here: pd.DataFrame) -> str:
    blocks = [_compared(arm, here[here["arm"] == arm]) for arm in here["arm"].unique()]
    return "\n\n".join(blocks) if blocks else _compared(RECSYS, here)


def _compared(arm: str, here: pd.DataFrame) -> str:
    lines = [f"| {MAIN}: {arm} against | segment | ratio | users |", "| --- | --- | --- | --- |"]
    for row in here.itertuples():
        lines.append(f"| {row.against} | {row.segment} | {_ratio(row._asdict())} | {row.users} |")
    return "\n".join(lines)


def _cell(row: Mapping[str, float]) -> str:
    return _with_interval(row, 4)


def _ratio(row: Mapping[str, float]) -> str:
    return _with_interval(row, 2)


def _with_interval(row: Mapping[str, float], digits: int) -> str:
    value, low, high = (DASH if isnan(row[name]) else f"{row[name]:.{digits}f}" for name in ("value", "low", "high"))
    return DASH if value == DASH else f"{value} [{low}, {high}]"
