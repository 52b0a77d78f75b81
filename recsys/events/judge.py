"""Each table split in two: rows that keep its rules, and entries for the quarantine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from recsys import schema
from recsys.events import additions, quarantine, rules, times, typed
from recsys.events.rules import Rules, verdict
from recsys.settings import EventSettings
from recsys.sources.engine import Connection, Relation, literal, run
from recsys.sources.tables import Table

EVENTS, ITEMS, USERS, FOLLOWS = "good_events", "good_items", "good_users", "good_follows"
"""Tables of the rows that keep the rules."""
PEOPLE = "known_people"
"""Table of the users who are in an event or in the user table."""


@dataclass(frozen=True)
class Judged:
    """What became of a table."""

    name: str
    bad: pd.DataFrame
    """Quarantine entries: `schema.QUARANTINE`."""
    total: int
    """Rows judged, and lines that are no rows."""


def items(con: Connection, raw: Table) -> Judged:
    """Makes `ITEMS`, of items by `rules.items`."""
    return _judge(con, "items", raw, typed.items(con, raw.rows), rules.items(), ITEMS)


def users(con: Connection, raw: Table | None) -> Judged:
    """Makes `USERS`, of users by `rules.users`."""
    if raw is None:
        return _nothing(con, "users", USERS, f"{schema.USER_ID} VARCHAR")
    return _judge(con, "users", raw, typed.users(con, raw.rows), rules.users(), USERS)


def events(
    con: Connection, raw: Table, settings: EventSettings, as_of: date, now: datetime, beside: str | None = None
) -> tuple[Judged, int]:
    """Makes `EVENTS`, of events up to the day by `rules.events`; an event without a domain takes its item's.

    Events of feedback, in a table `beside` the source's, are added by `additions.added`.

    Returns also how many are later than the day. Those that are later than `now` too go to quarantine; the others
    leave no trace.
    """
    table = typed.events(con, raw, settings, as_of, beside)
    later = f"coalesce({schema.OCCURRED_AT} > '{times.end_of(as_of)}'::TIMESTAMPTZ, false)"
    until = table.filter(f"NOT {later}")
    ((rated,),) = until.aggregate(f"count({schema.VALUE}) > 0").fetchall()
    judged = _judge(con, "events", raw, until, rules.events(settings.action_weights, ITEMS, rated), EVENTS)
    if beside:
        additions.added(con, beside, EVENTS, ITEMS, settings, rated)
    _take_domains(con)
    future = table.filter(f"{later} AND {schema.OCCURRED_AT} > '{now.isoformat()}'::TIMESTAMPTZ")
    reason = future.select(f"{schema.ROW}, {literal(quarantine.IN_FUTURE)} AS {schema.REASON}")
    bad = pd.concat([judged.bad, quarantine.entries("events", raw.rows, reason)], ignore_index=True)
    return Judged("events", bad, judged.total), _count(table.filter(later))


def follows(con: Connection, raw: Table | None, as_of: date) -> Judged:
    """Makes `FOLLOWS`, of follows by `rules.follows`, each once; those of users who only come later go unjudged."""
    run(
        con,
        f"""CREATE TABLE {PEOPLE} AS
                 SELECT {schema.USER_ID} FROM {EVENTS} UNION SELECT {schema.USER_ID} FROM {USERS}""",
    )
    if raw is None:
        return _nothing(
            con,
            "follows",
            FOLLOWS,
            f"{schema.FOLLOWER_ID} VARCHAR, {schema.FOLLOWEE_ID} VARCHAR, {schema.WEIGHT} DOUBLE",
        )
    later = f"""SELECT {schema.USER_ID} FROM typed_events
                WHERE {schema.OCCURRED_AT} > '{times.end_of(as_of)}'::TIMESTAMPTZ AND {schema.USER_ID} IS NOT NULL
                EXCEPT SELECT {schema.USER_ID} FROM {PEOPLE}"""
    met = " AND ".join(f"coalesce({end} NOT IN ({later}), true)" for end in (schema.FOLLOWER_ID, schema.FOLLOWEE_ID))
    judged = _judge(con, "follows", raw, typed.follows(con, raw.rows).filter(met), rules.follows(PEOPLE), FOLLOWS)
    run(
        con,
        f"""DELETE FROM {FOLLOWS} WHERE {schema.ROW} NOT IN (
                 SELECT min({schema.ROW}) FROM {FOLLOWS} GROUP BY {schema.FOLLOWER_ID}, {schema.FOLLOWEE_ID})""",
    )
    return judged


def _take_domains(con: Connection) -> None:
    """Gives events without a domain that of their item."""
    kind = typed.enumerated(schema.DOMAIN)
    run(
        con,
        f"""CREATE TABLE domains AS SELECT {schema.ITEM_ID}::{typed.enumerated(schema.ITEM_ID)} AS item,
                 {schema.DOMAIN}::{kind} AS domain FROM {ITEMS} WHERE {schema.DOMAIN} IS NOT NULL""",
    )
    run(
        con,
        f"""UPDATE {EVENTS} SET {schema.DOMAIN} = domains.domain FROM domains
                 WHERE {EVENTS}.{schema.DOMAIN} IS NULL AND domains.item = {EVENTS}.{schema.ITEM_ID}""",
    )


def _judge(con: Connection, name: str, raw: Table, table: Relation, holds: Rules, good: str) -> Judged:
    """Makes the table `good`, and returns the entries of the others."""
    judged = table.select(f"*, {verdict(holds)} AS {schema.REASON}")
    judged.filter(f"{schema.REASON} IS NULL").select(f"* EXCLUDE ({schema.REASON})").create(good)
    lines, kept, total = quarantine.rejected(name, raw.rejected), _count(con.table(good)), _count(table)
    bad = quarantine.NONE
    if kept < total:
        judged.filter(f"{schema.REASON} IS NOT NULL").select(f"{schema.ROW}, {schema.REASON}").create(f"bad_{name}")
        bad = quarantine.entries(name, raw.rows, con.table(f"bad_{name}"))
    return Judged(name, pd.concat([lines, bad], ignore_index=True), total + len(lines))


def _count(rows: Relation) -> int:
    ((count,),) = rows.aggregate("count(*)").fetchall()
    return int(count)


def _nothing(con: Connection, name: str, good: str, columns: str) -> Judged:
    run(con, f"CREATE TABLE {good} ({columns})")
    return Judged(name, quarantine.rejected(name, None), 0)
