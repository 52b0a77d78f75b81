"""On which scale ratings are given."""

from __future__ import annotations

from recsys.check.section import Note, Section, counted, percent, warning
from recsys.check.seen import Seen
from recsys.events.ratings import scale
from recsys.events.weights import RATED
from recsys.schema import ACTION, VALUE
from recsys.sources.columns import column_of
from recsys.sources.engine import literal

GROUPS = r"\s*-?[1-9]\d{0,2}\.\d{3}\s*"
"""A number whose point may group."""


def section(seen: Seen) -> Section:
    """The scale found, what is neutral on it, and how many ratings are above; a note where none is."""
    listed = ", ".join(map(literal, RATED))
    doubts = _doubts(seen)
    rated = seen.good.filter(f"{ACTION} IN ({listed}) AND {VALUE} IS NOT NULL")
    values = rated.select(f"{VALUE}::DOUBLE AS {VALUE}").fetchnumpy()[VALUE]
    if not len(values):
        return Section("ratings", {"ratings": 0}, ["no ratings"], doubts)
    found = scale(values, seen.settings.events)
    liked = int((values > found.neutral).sum())
    lowest, highest = float(values.min()), float(values.max())
    facts = {"ratings": len(values), "lowest": lowest, "highest": highest, "neutral": found.neutral, "span": found.span}
    line = (
        f"{len(values):,} ratings from {lowest:g} to {highest:g}: {found.neutral:g} is neutral, "
        f"{found.neutral + found.span:g} is the strongest; {percent(liked, len(values))} are above neutral"
    )
    none = [] if liked else [warning("no rating is above neutral: set events.rating_neutral and events.rating_span")]
    return Section("ratings", {**facts, "above_neutral": liked}, [line], [*none, *doubts])


def _doubts(seen: Seen) -> list[Note]:
    """A note where every point of the values may stand before thousands."""
    rows, column = seen.sample.rows, column_of(seen.sample.rows, VALUE)
    if not column.is_text:
        return []
    pointed = rows.filter(f"{column.sql} LIKE '%.%'").aggregate(
        f"bool_and(regexp_full_match({column.sql}, {literal(GROUPS)})), count(*)"
    )
    ((grouped, count),) = pointed.fetchall()
    if not grouped:
        return []
    return [warning(f"{counted(count, 'value')} such as 1.234 may be thousands; they are read with a decimal point")]
