"""The tables as ingest judges them, of a sample of the events where there are many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from recsys import schema
from recsys.events import judge
from recsys.events.deduplicate import deduplicated
from recsys.events.judge import Judged
from recsys.events.quarantine import UNKNOWN_USER
from recsys.settings import Settings
from recsys.sources.engine import Connection, Relation
from recsys.sources.tables import Table, Tables

SAMPLE = 200_000
"""Events that are judged, about, where not all are."""


@dataclass(frozen=True)
class Seen:
    """Everything that sections look at."""

    con: Connection
    settings: Settings
    raw: Tables
    """As they were read, whole."""
    sample: Table
    """The events that are judged; the tables `typed_events` and `judge.EVENTS` are of these."""
    share: float
    """The part of all events that they are, in (0, 1]."""
    judged: Mapping[str, Judged]
    repeated: Mapping[str, int]
    """Good events of the sample that are there before, or share an id with another event, by the note on them."""
    later: int
    """Events of the sample that are later than the day."""
    as_of: date
    names_people: bool = True
    """Whether ids of users may be shown as examples."""

    @property
    def events(self) -> Relation:
        """Events of the sample in their types, good and bad."""
        return self.con.table("typed_events")

    @property
    def good(self) -> Relation:
        """Good events of the sample up to the day."""
        return self.con.table(judge.EVENTS)


def see(con: Connection, raw: Tables, settings: Settings, as_of: date, now: datetime, whole: bool) -> Seen:
    """Judges the tables by the rules of ingest; every event where `whole`."""
    sample, share = _sampled(raw.events, whole)
    items, users = judge.items(con, raw.items), judge.users(con, raw.users)
    events, later = judge.events(con, sample, settings.events, as_of, now)
    follows = judge.follows(con, raw.follows, as_of)
    if share < 1:  # a user may have events that are not in the sample
        follows = replace(follows, bad=follows.bad[follows.bad[schema.REASON] != UNKNOWN_USER])
    judged = {table.name: table for table in (events, items, users, follows)}
    repeated = deduplicated(con, judge.EVENTS, "unique_events")
    return Seen(con, settings, raw, sample, share, judged, repeated, later, as_of)


def _sampled(events: Table, whole: bool) -> tuple[Table, float]:
    """About `SAMPLE` of the events in their order, the same each time, and the share that they are."""
    ((total,),) = events.rows.aggregate("count(*)").fetchall()
    step = 1 if whole else max(1, round(total / SAMPLE))
    if step == 1:
        return events, 1.0
    numbered = events.rows.select("*, row_number() OVER () AS sample_row")
    sampled = numbered.filter(f"hash(sample_row) % {step} = 0").order("sample_row")
    return events.but(rows=sampled.select("* EXCLUDE (sample_row)")), 1 / step
