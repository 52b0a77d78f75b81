"""What an evaluation measured, as charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import Any

from recsys.evaluation.columns import ALL, BY_DAY, HINDSIGHT, MAIN, leading
from recsys.pages import charts
from recsys.pages.files import read
from recsys.schema import NO_TRANSFER, RECSYS

COLUMNS = ("protocol", "arm", "segment", "value", "low", "high", "users")
MAX_LINES = 4
"""Arms that a learning curve shows besides recsys, the best ones."""


@dataclass(frozen=True)
class Chart:
    """NDCG@10 of every arm under a protocol, best first, with 95% intervals over users."""

    protocol: str
    users: int
    arms: Sequence[charts.Mark]


@dataclass(frozen=True)
class Segment:
    """recsys with and without transfer for users of a range of evidence."""

    name: str
    users: int
    marks: Sequence[charts.Mark]


def protocols(folder: str) -> list[Chart]:
    """A chart for each protocol that was measured, in the order of the table: hindsight first."""
    rows = _read(folder)
    everybody = [row for row in rows if row["segment"] == ALL]
    return [
        _chart(name, [row for row in everybody if row["protocol"] == name])
        for name in dict.fromkeys(row["protocol"] for row in everybody)
    ]


@dataclass(frozen=True)
class Curve:
    """NDCG@10 of the lists of earlier days, by day: whether the recommender gets better."""

    first: str
    last: str
    users: int
    """Users by whom the lists of the last day were judged."""
    top: float
    """The value at the top of the chart."""
    lines: Sequence[charts.Line]
    """That of recsys first; then the arms it is compared with, best on average first."""


def curve(folder: str, measured: Iterable[Chart]) -> Curve | None:
    """The learning curve of an evaluation; None where hindsight judged nothing."""
    if not any(chart.protocol == HINDSIGHT for chart in measured):
        return None
    rows = sorted(read(folder, "hindsight", BY_DAY, {}), key=lambda row: str(row["as_of"]))
    by_arm = {arm: [row for row in rows if row["arm"] == arm] for arm in {row["arm"] for row in rows}}
    means = {arm: fmean(row["value"] for row in of_arm) for arm, of_arm in by_arm.items()}
    order = sorted(by_arm, key=lambda arm: (arm != RECSYS, -means[arm], arm))[: MAX_LINES + 1]
    given = {
        arm: [
            (date.fromisoformat(row["as_of"]).toordinal(), row["value"], row["low"], row["high"]) for row in by_arm[arm]
        ]
        for arm in order
    }
    top = max(high for of_arm in given.values() for *_, high in of_arm)
    return Curve(rows[0]["as_of"], rows[-1]["as_of"], rows[-1]["users"], top, charts.lines(given))


def segments(folder: str) -> list[Segment]:
    """Users by how much is known of them, under the leading protocol."""
    measured = _read(folder)
    first = leading(row["protocol"] for row in measured)
    rows = [row for row in measured if row["protocol"] == first and row["arm"] in (RECSYS, NO_TRANSFER)]
    named = dict.fromkeys(row["segment"] for row in rows if row["segment"] != ALL)
    placed = charts.marks((row["arm"], row["value"], row["low"], row["high"]) for row in rows)
    return [
        Segment(
            name,
            next(row["users"] for row in rows if row["segment"] == name),
            [mark for row, mark in zip(rows, placed, strict=True) if row["segment"] == name],
        )
        for name in named
    ]


def _chart(protocol: str, rows: Sequence[dict[str, Any]]) -> Chart:
    best_first = sorted(rows, key=lambda row: -row["value"])
    placed = charts.marks((row["arm"], row["value"], row["low"], row["high"]) for row in best_first)
    return Chart(protocol, rows[0]["users"], placed)


def _read(folder: str) -> list[dict[str, Any]]:
    return read(folder, "metrics", COLUMNS, {"metric": [MAIN]})
