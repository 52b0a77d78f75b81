"""The time that events span, and whose clock they seem to be of."""

from __future__ import annotations

from typing import Any

import numpy as np

from recsys import schema
from recsys.check.section import Section, counted, percent, unusable, warning
from recsys.check.seen import Seen
from recsys.events import times
from recsys.sources.columns import column_of

ZONED = r"(Z|[+-]\d{2}:?\d{2})\s*$"
"""Ends a text that names its zone."""
MIN_GUESS, MAX_MIDNIGHT = 1_000, 0.5
"""Events that a guess of the zone takes, and share of them at midnight from which on they are days only."""
QUIET_HOURS, QUIET_FROM = 4, 2
"""People do least for four hours from about 2 o'clock of their own time."""


def section(seen: Seen) -> Section:
    """Span, what is missing, and a guess of the zone; a note where no event is up to the day."""
    good, when = len(seen.good), schema.OCCURRED_AT
    if not good:
        return _nothing(seen)
    if when not in seen.sample.rows.columns:
        return Section("times", {"events": good, "ordered": True}, ["none: an order stands in for them"])
    ((first, last),) = seen.good.aggregate(f"min({when}), max({when})").fetchall()
    day = seen.as_of.isoformat()
    span = {"first": first.isoformat(), "last": last.isoformat(), "as_of": day, "later_than_as_of": seen.later}
    facts = {**span, **_zone(seen)}
    lines = [
        f"from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} (UTC), {(last - first).days:,} days; as of {seen.as_of}"
    ]
    if seen.later:
        lines.append(f"{counted(seen.later, 'event')} later than that day dropped")
    lines.append(_said(facts))
    notes = [warning("all times are at midnight: within a day the order is lost")] if facts["midnight"] == 1 else []
    return Section("times", facts, lines, notes)


def _nothing(seen: Seen) -> Section:
    remedy = "choose a later --as-of, or see the rows that would be dropped"
    note = unusable(f"there are no good events up to {seen.as_of} (UTC): {remedy}")
    return Section("times", {"events": 0}, [f"no good event up to {seen.as_of}"], [note])


def _zone(seen: Seen) -> dict[str, Any]:
    """Whether times name a zone, the share at midnight, and the quietest hours where there are enough events."""
    hours = f"date_part('hour', {schema.OCCURRED_AT})"
    day = f"{schema.OCCURRED_AT} = date_trunc('day', {schema.OCCURRED_AT})"
    rows = seen.good.aggregate(f"{hours} AS hour, count(*), sum(({day})::INT)", hours).fetchall()
    counts, events = np.zeros(24, int), len(seen.good)
    counts[[int(hour) for hour, *_ in rows]] = [count for _, count, _ in rows]
    midnight = sum(at for *_, at in rows) / events
    quiet = _quietest(counts) if events >= MIN_GUESS and midnight < MAX_MIDNIGHT else None
    offset = None if quiet is None else (QUIET_FROM - quiet + 12) % 24 - 12
    return {"name_zone": _zoned(seen), "midnight": midnight, "quiet_from_utc_hour": quiet, "zone_guess": offset}


def _zoned(seen: Seen) -> float | None:
    """Share of the times in text that name their zone; None where none is a text with a date."""
    rows, column = seen.sample.rows, column_of(seen.sample.rows, schema.OCCURRED_AT)
    if not column.is_text:
        return None
    dated = rows.filter(f"{times.parsed(rows)} IS NOT NULL AND {column.sql} LIKE '%-%'")
    ((share,),) = dated.aggregate(f"avg(regexp_matches({column.sql}, '{ZONED}')::INT)").fetchall()
    return None if share is None else float(share)


def _quietest(counts: np.ndarray) -> int:
    """The hour from which on the fewest events fall into `QUIET_HOURS`."""
    return int(np.argmin([np.take(counts, range(hour, hour + QUIET_HOURS), mode="wrap").sum() for hour in range(24)]))


def _said(facts: dict[str, Any]) -> str:
    named = {None: "read as UTC", 0: "they name no zone and are read as UTC", 1: "every one names its zone"}
    zone = named.get(facts["name_zone"]) or f"{percent(facts['name_zone'], 1)} name a zone, the others are read as UTC"
    if facts["zone_guess"] is None:
        return zone
    quiet = facts["quiet_from_utc_hour"]
    return (
        f"{zone}; quietest from {quiet}:00 to {(quiet + QUIET_HOURS) % 24}:00, as by the clock of UTC"
        f"{facts['zone_guess']:+d}"
    )
