"""Pictures of an evaluation: how well each arm ranks, from day to day and for new users, and what it shows of the
catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from recsys.evaluation.columns import leading
from recsys.schema import RECSYS
from recsys.tracking.pictures import palette

ACCURACY: Final = "ndcg@10"
SPREAD: Final = {
    "coverage": "Catalogue coverage (share of items shown)",
    "diversity": "Intra-list diversity",
    "novelty": "Novelty (bits)",
}
COLD: Final = "cold-"
MAX_TICKS: Final = 10
MARKERS: Final = "osD^vPX<>*"


def draw(metrics: Path, hindsight: Path, folder: Path) -> None:
    """Writes `hindsight.png`, `accuracy.png`, `new_users.png` and `spread.png`, those whose figures are there.

    Accuracy and spread are of the leading protocol.
    """
    table, by_day = pd.read_parquet(metrics), pd.read_parquet(hindsight)
    table = table[table.segment == "all"]
    if len(by_day):
        _hindsight(by_day, folder)
    first = table[table.protocol == leading(table.protocol)]
    if (first.metric == ACCURACY).any():
        _accuracy(first[first.metric == ACCURACY], folder)
    cold = table[table.protocol.str.startswith(COLD) & (table.metric == ACCURACY)]
    if len(cold):
        _new_users(cold, folder)
    spread = first[first.metric.isin(list(SPREAD))]
    if len(spread):
        _spread(spread, folder)


def draw_protocols(table: pd.DataFrame, file: Path) -> None:
    """Writes a picture of NDCG@10 of every arm, a panel for each protocol, to the PNG file."""
    rows = table[(table.segment == "all") & (table.metric == ACCURACY)]
    names = rows.protocol.unique().tolist()
    width = min(len(names), 3)
    height = -(-len(names) // width)
    figure = palette.page(
        "NDCG@10, full ranking, 95% intervals over users", 5.5 * width, 0.6 + (1.0 + 0.26 * rows.arm.nunique()) * height
    )
    panels = figure.subplots(height, width, squeeze=False).ravel()
    for axes, name in zip(panels, names, strict=False):
        here = rows[rows.protocol == name]
        _bars(axes, here, f"{name} ({here.users.max():,} users)")
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    figure.savefig(file, format="png")


def _hindsight(by_day: pd.DataFrame, folder: Path) -> None:
    """A line per arm: NDCG@10 of the lists of a day, against the day."""
    figure = palette.page("Hindsight: lists of earlier days, judged by later positives", 9.5, 4.8)
    axes = figure.add_subplot()
    table = by_day.assign(day=pd.to_datetime(by_day.as_of))
    days = pd.DatetimeIndex(sorted(table.day.unique()))
    users = table[table.arm == RECSYS].set_index("day").users
    _lines(axes, table.assign(place=(table.day - days[0]).dt.days))
    ticks = days[:: -(-len(days) // MAX_TICKS)]
    axes.set_xticks((ticks - days[0]).days, [f"{day:%d %b}\n{users.get(day, 0):,} users" for day in ticks])
    axes.set_xlim(-0.5, (days[-1] - days[0]).days + 0.5)
    axes.set_xlabel("day of the lists, and users by whom they are judged", fontsize=9)
    palette.tidy(axes, "NDCG@10, 95% interval over users", grid="y")
    palette.save(figure, folder, "hindsight")


def _lines(axes: Axes, table: pd.DataFrame) -> None:
    """A line with intervals for each arm over the column `place`, side by side enough to be distinguished."""
    own, others = dict(palette.ARMS), iter(palette.SERIES[1:5] + (palette.GREY,) * 20)
    arms = sorted(table.arm.unique(), key=lambda arm: (arm not in own, arm))
    for number, arm in enumerate(arms):
        rows = table[table.arm == arm].sort_values("place")
        axes.errorbar(
            rows.place + (number - (len(arms) - 1) / 2) * 0.06,
            rows.value,
            _errors(rows),
            label=arm,
            color=own.get(arm) or next(others),
            marker=MARKERS[number % len(MARKERS)],
            markersize=6,
            linewidth=2.2 if arm in own else 1.2,
            elinewidth=1,
            capsize=2,
            zorder=3 if arm in own else 2,
        )
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _accuracy(table: pd.DataFrame, folder: Path) -> None:
    figure = palette.page(f"How well the next items are found: {table.protocol.iloc[0]}", 8.5, 1.4 + 0.36 * len(table))
    axes = figure.add_subplot()
    _bars(axes, table, f"NDCG@10, full ranking, 95% interval over {table.users.max():,} users")
    palette.save(figure, folder, "accuracy")


def _new_users(table: pd.DataFrame, folder: Path) -> None:
    """A line per arm: NDCG@10 against the number of a new user's events that were revealed."""
    figure = palette.page("New users: what the first events are worth", 8.5, 4.8)
    axes = figure.add_subplot()
    revealed = table.protocol.str.removeprefix(COLD).astype(int)
    ticks = sorted(revealed.unique())
    _lines(axes, table.assign(place=revealed.map(ticks.index)))
    axes.set_xticks(range(len(ticks)), [str(tick) for tick in ticks])
    axes.set_xlabel("events revealed", fontsize=9)
    palette.tidy(axes, f"NDCG@10, 95% interval over {table.users.max():,} users", grid="y")
    palette.save(figure, folder, "new_users")


def _spread(table: pd.DataFrame, folder: Path) -> None:
    names = [name for name in SPREAD if (table.metric == name).any()]
    figure = palette.page(
        "Beyond accuracy: how widely each arm chooses", 4.2 * len(names) + 1.5, 1.5 + 0.36 * table.arm.nunique()
    )
    order = table[table.metric == names[0]].arm.tolist()
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(names), sharey=True)), names, strict=True):
        _bars(axes, table[table.metric == name].set_index("arm").reindex(order).reset_index(), SPREAD[name], order)
    palette.save(figure, folder, "spread")


def _bars(axes: Axes, table: pd.DataFrame, title: str, order: list[str] | None = None) -> None:
    """Bars with intervals and their values, the best on top unless an order is given."""
    rows = table.iloc[::-1] if order else table.sort_values(["value", "arm"])
    axes.barh(rows.arm, rows.value, color=palette.colours(list(rows.arm)), height=0.7)
    axes.errorbar(rows.value, rows.arm, xerr=_errors(rows), fmt="none", ecolor=palette.INK, elinewidth=1, capsize=2)
    edge = rows[["value", "high"]].max(axis=1)
    for place, (end, value) in enumerate(zip(edge, rows.value, strict=True)):
        axes.annotate(f"{value:.3f}", (end, place), (5, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.set_xlim(0, float(edge.max()) * 1.15 or 1.0)
    palette.tidy(axes, title)


def _errors(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Distances below and above the value, (2, rows); NaN, which draws nothing, where there is no interval."""
    distances = [rows.value - rows.low, rows.high - rows.value]
    return np.clip(np.array(distances, dtype=np.float64), 0, None)
