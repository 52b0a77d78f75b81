"""Events of feedback, beside those of the source: judged, and added where the source does not hold them too."""

from __future__ import annotations

import logging

import pyarrow as pa

from recsys.events.gauge import MICROSECONDS, unit_of
from recsys.events.reported import Reported
from recsys.events.times import MICRO
from recsys.events.typed import GIVEN, NO_NUMBER, enumerated
from recsys.events.weights import RATED
from recsys.privacy import intake
from recsys.schema import ACTION, IMPRESSION, ITEM_ID, OCCURRED_AT, ROW, USER_ID, VALUE
from recsys.settings import EventSettings
from recsys.sources.engine import Connection, literal, row, run

log = logging.getLogger(__name__)

TABLE, TIRED = "reported_events", "tired"
"""Tables of the engine: events of feedback, and items of which users are tired."""


def taken_in(con: Connection, feedback: Reported, store: str) -> str:
    """Makes `TABLE` and `TIRED` of feedback, without users who are forgotten in a store; the name of the first."""
    for name, rows in ((TABLE, feedback.events), (TIRED, feedback.tired)):
        con.register("given_feedback", intake.remembered(rows, store))
        run(con, f"CREATE TABLE {name} AS SELECT * FROM given_feedback")
        con.unregister("given_feedback")
    return TABLE


def added(con: Connection, beside: str, events: str, items: str, settings: EventSettings, rated: bool) -> None:
    """Adds the events of a table `beside` the source's to a table of good ones, below `row` 0.

    Dropped are those of items that are no longer in the catalogue and of actions without a weight, and ratings
    without a value where others (`rated`) have one. Times are cut to the unit of which all times of the source are
    whole. What the source has too (the same user, item, action and time) stays as the source has it. Nothing is added
    where an order stands in for times.
    """
    if row(con, f"SELECT bool_or({GIVEN}) FROM {events}") != (True,):
        log.info("ingest: feedback is dropped, for the events of the source have an order instead of times")
        return
    unit = max(unit_of(con, events) * MICRO, 1)
    actions, ratings = (", ".join(map(literal, names)) for names in (settings.action_weights, RATED))
    columns = ", ".join(f"{name}::{enumerated(name)} AS {name}" for name in (USER_ID, ITEM_ID, ACTION))
    same = ", ".join((USER_ID, ITEM_ID, ACTION, OCCURRED_AT))
    run(
        con,
        f"""
        INSERT INTO {events} BY NAME
        SELECT -1 - row_number() OVER () AS {ROW}, *, true AS {GIVEN}, false AS {NO_NUMBER} FROM (
            SELECT {columns}, make_timestamptz({MICROSECONDS} // {unit} * {unit}) AS {OCCURRED_AT},
                max({VALUE}) AS {VALUE}
            FROM {beside} SEMI JOIN {items} USING ({ITEM_ID})
            WHERE {ACTION} IN ({actions}) AND NOT ({rated} AND {ACTION} IN ({ratings}) AND {VALUE} IS NULL)
            GROUP BY ALL) AS given
        ANTI JOIN (SELECT {same} FROM {events}) AS known USING ({same})""",
    )


def count(con: Connection, events: str) -> dict[str, int]:
    """How many events of a table are of feedback."""
    return {"events of feedback": int(row(con, f"SELECT count(*) FROM {events} WHERE {ROW} < 0")[0])}


def untaken(con: Connection, events: str) -> pa.Table:
    """The pairs of `TIRED` of which no event but impressions is known, sorted."""
    taken = (
        f"SELECT {USER_ID}::VARCHAR AS {USER_ID}, {ITEM_ID}::VARCHAR AS {ITEM_ID} FROM {events} "
        f"WHERE {ACTION}::VARCHAR <> '{IMPRESSION}'"
    )
    return con.sql(
        f"SELECT {USER_ID}, {ITEM_ID} FROM {TIRED} ANTI JOIN ({taken}) AS taken USING ({USER_ID}, {ITEM_ID})"
        f" ORDER BY ALL"
    ).to_arrow_table()
