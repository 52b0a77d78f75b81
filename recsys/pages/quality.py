"""What an evaluation measured, as charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recsys.evaluation.columns import ALL, MAIN
from recsys.pages import charts
from recsys.pages.files import read

COLUMNS = ("protocol", "arm", "segment", "value", "low", "high", "users")
RECSYS, WITHOUT = "recsys", "recsys without transfer"


@dataclass(frozen=True)
class Chart:
    """NDCG@10 of every arm under one protocol, best first, with 95% intervals over users."""

    protocol: str
    users: int
    arms: Sequence[charts.Mark]


@dataclass(frozen=True)
class Segment:
    """Ours with and without transfer for users of one range of evidence."""

    name: str
    users: int
    marks: Sequence[charts.Mark]


def protocols(folder: str) -> list[Chart]:
    """A chart for each protocol that was measured, in the order of the table."""
    rows = _read(folder)
    everybody = [row for row in rows if row["segment"] == ALL]
    return [_chart(name, [row for row in everybody if row["protocol"] == name])
            for name in dict.fromkeys(row["protocol"] for row in everybody)]  # fmt: skip


def segments(folder: str) -> list[Segment]:
    """Users with a history, by how much is known of them."""
    rows = [row for row in _read(folder) if row["protocol"] == "warm" and row["arm"] in (RECSYS, WITHOUT)]
    named = dict.fromkeys(row["segment"] for row in rows if row["segment"] != ALL)
    placed = charts.marks((row["arm"], row["value"], row["low"], row["high"]) for row in rows)
    return [Segment(name, next(row["users"] for row in rows if row["segment"] == name),
                    [mark for row, mark in zip(rows, placed, strict=True) if row["segment"] == name])
            for name in named]  # fmt: skip


def _chart(protocol: str, rows: Sequence[dict[str, Any]]) -> Chart:
    best_first = sorted(rows, key=lambda row: -row["value"])
    placed = charts.marks((row["arm"], row["value"], row["low"], row["high"]) for row in best_first)
    return Chart(protocol, rows[0]["users"], placed)


def _read(folder: str) -> list[dict[str, Any]]:
    return read(folder, "metrics", COLUMNS, {"metric": [MAIN]})
