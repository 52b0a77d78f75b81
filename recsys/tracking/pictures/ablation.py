"""Picture of an ablation: what each part of the ranker brings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from recsys.evaluation.columns import ALL, MAIN
from recsys.tracking.pictures import palette


def draw(table: pd.DataFrame, file: Path) -> None:
    """Writes a picture with a panel for each protocol to the PNG file: gain of each part, in percent, all users."""
    rows = table[table.segment == ALL]
    names = rows.protocol.unique().tolist()
    figure = palette.page(
        f"What is lost of {MAIN} without a part, 95% intervals over users",
        6.5 * len(names),
        1.2 + 0.26 * rows.part.nunique(),
    )
    panels = figure.subplots(1, len(names), squeeze=False).ravel()
    for axes, name in zip(panels, names, strict=True):
        _dots(axes, rows[rows.protocol == name])
        palette.tidy(axes, f"{name} ({rows[rows.protocol == name].users.max():,} users): gain, percent")
    figure.savefig(file, format="png")


def _dots(axes: Axes, rows: pd.DataFrame) -> None:
    """A dot with its interval for each part, the largest gain on top."""
    ordered = rows.sort_values("value")
    value, low, high = (100 * (ordered[name].to_numpy(np.float64) - 1) for name in ("value", "low", "high"))
    axes.errorbar(
        value,
        ordered.kind + " " + ordered.part,
        xerr=np.clip([value - low, high - value], 0, None),
        fmt="o",
        color=palette.INK,
        elinewidth=1,
        capsize=2,
        markersize=4,
    )
    axes.axvline(0, color=palette.GREY, linewidth=1)
