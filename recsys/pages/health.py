"""What the days measured of themselves, as series that a page can draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import connection

from recsys.evaluation.columns import ALL, leading
from recsys.pages import charts
from recsys.schema import RECSYS

DAYS = 60
"""Latest days of the charts."""
WORDS: Mapping[str, tuple[str, str]] = {
    "lag_days": ("Age of the newest event", "days before the day that was made"),
    "interest_drift": ("Interest drift", "Jensen–Shannon distance between recent events and earlier ones, 0 to 1"),
    "psi_actions": ("Shift of actions", "population stability index"),
    "psi_categories": ("Shift of categories", "population stability index"),
    "quarantined_share": ("Quarantined rows", "share of the rows read"),
    "events_change": ("Change of volume", "events beside the median of the days before"),
    "coverage": ("Coverage", "share of users with a list"),
    "cost_per_1000_users": ("Cost of 1,000 users", "of the day's results, by the prices of the settings"),
    "fallbacks": ("Fallbacks served", "answers that were not the user's own list"),
}
"""What the guarded measures are called, and what they mean."""
SHARES = {"quarantined_share", "coverage", "events_change"}
VOLUMES = ("events", "users", "items")
ROWS = """
    SELECT as_of, metric, part, value, low, high, bound, over FROM recsys.monitor
    WHERE as_of > (SELECT max(as_of) FROM recsys.monitor) - %s ORDER BY as_of, metric, part
"""


@dataclass(frozen=True)
class Reading:
    """A measure of a day."""

    as_of: date
    metric: str
    part: str
    value: float
    low: float | None
    high: float | None
    bound: float | None
    over: bool


@dataclass(frozen=True)
class Series:
    """A measure over the latest days."""

    metric: str
    title: str
    meaning: str
    latest: Reading
    days: int
    line: str
    """Points of its chart."""
    bound_at: float | None
    """Height of the bound in the chart, from the top."""

    @property
    def is_share(self) -> bool:
        """Whether it is read in percent."""
        return self.metric in SHARES


@dataclass(frozen=True)
class Health:
    """Everything that the page shows of the monitor."""

    as_of: date | None
    """Latest day with readings."""
    guards: Sequence[Series]
    volumes: Sequence[Series]
    quality: Series | None
    evidence: Sequence[charts.Mark]
    """Users by how much is known of them, in the order of the segments."""

    @property
    def alarms(self) -> list[Series]:
        """What is on the wrong side of its bound."""
        return [guard for guard in (*self.guards, *filter(None, [self.quality])) if guard.latest.over]


def readings(db: connection, days: int = DAYS) -> list[Reading]:
    """What was measured in the latest days, oldest first."""
    with db, db.cursor() as work:
        work.execute(ROWS, (days,))
        return [Reading(*row) for row in work.fetchall()]


def health(found: Sequence[Reading]) -> Health:
    """The readings, sorted out for the page."""
    latest = found[-1].as_of if found else None
    known = [reading for reading in found if reading.metric == "evidence" and reading.as_of == latest]
    return Health(
        latest,
        [made for metric in WORDS if (made := series(found, metric, *WORDS[metric]))],
        [made for metric in VOLUMES if (made := series(found, metric, metric.capitalize(), "known that day"))],
        _quality(found),
        charts.marks(
            (reading.part, reading.value, None, None)
            for reading in sorted(known, key=lambda reading: _order(reading.part))
        ),
    )


def _quality(found: Sequence[Reading]) -> Series | None:
    """NDCG@10 of recsys under the leading protocol of the latest day that has it; other protocols do not compare."""
    parts = [(reading.as_of, reading.part.split("/")) for reading in found if reading.metric == "quality"]
    measured = [(day, part[0]) for day, part in parts if part[1:] == [RECSYS, ALL]]
    latest = max((day for day, _ in measured), default=None)
    name = leading(protocol for day, protocol in measured if day == latest)
    title = f"NDCG@10 of what was published, {name}"
    return series(found, "quality", title, "users who were judged", f"{name}/{RECSYS}/{ALL}")


def series(found: Iterable[Reading], metric: str, title: str, meaning: str, part: str = "") -> Series | None:
    """The readings of a measure, or of a part of it, as a series; None without any."""
    own = [reading for reading in found if reading.metric == metric and reading.part == part]
    if not own:
        return None
    values, bound = [reading.value for reading in own], own[-1].bound
    at = None if bound is None else charts.height(bound, values)
    return Series(metric, title, meaning, own[-1], len(own), charts.line(values, bound), at)


def _order(segment: str) -> int:
    """Segments by their lower end: "0", "1-3", "31+"."""
    return int(segment.rstrip("+").split("-")[0])
