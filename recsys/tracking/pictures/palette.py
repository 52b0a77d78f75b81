"""How every picture looks: a light page, the colour-blind safe colours of Okabe and Ito, a common way to save."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from recsys.schema import NO_TRANSFER, RECSYS

BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
ORANGE: Final = "#E69F00"
GREEN: Final = "#009E73"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#A8ADB4"
INK: Final = "#2B2F36"
SERIES: Final = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, GREY)
ARMS: Final = {RECSYS: BLUE, NO_TRANSFER: SKY}
"""Colours of the product's own arms; every other arm is grey."""


def colours(arms: Sequence[str]) -> list[str]:
    """A colour for each arm, the product's own emphasised."""
    return [ARMS.get(arm, GREY) for arm in arms]


def page(title: str, width: float, height: float) -> Figure:
    """An empty page, size in inches, with its title."""
    roomy = ConstrainedLayoutEngine(h_pad=0.09, w_pad=0.09)
    figure = Figure(figsize=(width, height), dpi=130, layout=roomy, facecolor="white")
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    return figure


def tidy(axes: Axes, title: str, grid: str = "x") -> None:
    """Takes the frame away and puts the title left."""
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9, colors=INK)
    axes.grid(axis=grid, color="#E6E8EB", linewidth=0.8)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def save(figure: Figure, folder: Path, name: str) -> None:
    """Writes the page as a PNG."""
    figure.savefig(folder / f"{name}.png")
