"""Pictures of transfer: whom it moves how far, and what it changes in three users of little, some and much evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from recsys import schema
from recsys.tracking.pictures import palette

SAMPLES: Final = (3, 30, 300)
"""Events of the users that are shown, as near as there are."""
SHOWN: Final = 8
"""Interests shown of a user."""
LONGEST_NAME: Final = 44


def draw(trace: Path, interests: Path, folder: Path) -> None:
    """Writes `alpha.png` and `interests.png`."""
    table, names = pd.read_parquet(trace), pd.read_parquet(interests).sort_values("interest")["name"].tolist()
    _alpha(table, folder)
    _interests(samples(table), names, folder)


def samples(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of up to three users whose events are nearest to 3, 30 and 300; equals are taken by user_id."""
    seen = table[table.events > 0].sort_values(schema.USER_ID)
    nearest = [np.log(seen.events / wanted).abs().idxmin() for wanted in SAMPLES] if len(seen) else []
    return table.loc[list(dict.fromkeys(nearest))]


def _alpha(table: pd.DataFrame, folder: Path) -> None:
    figure = palette.page("Transfer: how much comes from donors, by what is known of a user", 8.5, 4.8)
    axes = figure.add_subplot()
    by_evidence = table.groupby(schema.SEGMENT)[schema.EVIDENCE].median().sort_values()
    for number, segment in enumerate(by_evidence.index):
        rows = table[table[schema.SEGMENT] == segment]
        axes.scatter(
            rows[schema.EVIDENCE],
            rows[schema.ALPHA],
            s=16,
            alpha=0.6,
            linewidths=0,
            color=palette.SERIES[number % len(palette.SERIES)],
            label=f"{segment} ({len(rows):,} users)",
        )
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(left=-0.05)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("evidence (weighed positive events, log scale)", fontsize=9)
    palette.tidy(axes, "alpha: share of a user's interests that is transferred", grid="both")
    axes.legend(frameon=False, fontsize=9, title="segment", loc="center left", bbox_to_anchor=(1.0, 0.5))
    palette.save(figure, folder, "alpha")


def _interests(users: pd.DataFrame, names: list[str], folder: Path) -> None:
    if not len(users):
        return
    figure = palette.page("Interests before and after transfer", 9.5, 0.6 + 2.9 * len(users))
    for axes, user in zip(
        np.atleast_1d(figure.subplots(len(users), 1)), [row for _, row in users.iterrows()], strict=True
    ):
        _user(axes, user, names)
    figure.axes[0].legend(frameon=False, fontsize=9, loc="lower right")
    palette.save(figure, folder, "interests")


def _user(axes: Axes, user: pd.Series, names: list[str]) -> None:
    """Two dots an interest, before and after, joined; the interests that weigh most on top."""
    before, after = np.asarray(user[schema.OBSERVED]), np.asarray(user[schema.TRANSFERRED])
    shown = np.argsort(-np.maximum(before, after), kind="stable")[:SHOWN][::-1]
    places = np.arange(len(shown))
    axes.hlines(places, before[shown], after[shown], color=palette.GREY, linewidth=2, zorder=1)
    axes.scatter(before[shown], places, s=42, color=palette.ORANGE, marker="o", label="before", zorder=2)
    axes.scatter(after[shown], places, s=42, color=palette.BLUE, marker="D", label="after", zorder=3)
    axes.set_yticks(places, [_short(names[interest]) for interest in shown])
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    donors = ", ".join(f"{donor['donor']} {donor['share']:.0%}" for donor in user["donors"])
    palette.tidy(
        axes,
        f"user {user[schema.USER_ID]}: {user['events']} events, alpha {user[schema.ALPHA]:.2f}, "
        f"donors: {donors or 'none'}",
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
