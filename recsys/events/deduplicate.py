"""Events in one total order, each once."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.schema import ACTION, DOMAIN, EVENT_ID, ITEM_ID, OCCURRED_AT, SPLIT, USER_ID, VALUE
from recsys.sources.engine import Connection, row, run

NAMED = (EVENT_ID, USER_ID, ITEM_ID, ACTION)
"""What rows of one event have in common: an id that stands for several users, items or actions is no event's own."""
SAME = (USER_ID, ITEM_ID, ACTION, OCCURRED_AT, VALUE, DOMAIN)
ORDER = (USER_ID, OCCURRED_AT, f"{EVENT_ID} NULLS LAST", f"hash({ITEM_ID}::VARCHAR, {ACTION}::VARCHAR, {VALUE})")
"""Events of one time are ordered by their ids, else in no order that their items have."""
SHARED = "event ids that stand for several events"


def deduplicated(con: Connection, events: str, name: str) -> dict[str, int]:
    """Makes a table of the events of another by `ORDER`, each once, by `event_id` and by content.

    The order of the rows given does not matter. Of rows with one id the earliest is kept. Returns the counts of what
    was dropped and of ids that several events share.
    """
    before, given = row(con, f"SELECT count(*), count({EVENT_ID}) FROM {events}")
    content = (*SAME, *(column for column in con.table(events).columns if column == SPLIT))
    source, counts = events, {}
    if given:
        source = _by_id(con, events, content)
        ids, distinct = row(con, f"SELECT count({EVENT_ID}), count(DISTINCT {EVENT_ID}) FROM {source}")
        counts = {SHARED: ids - distinct} if ids > distinct else {}
    same, first = ", ".join(content), f"min({EVENT_ID})" if given else "NULL::VARCHAR"
    run(
        con,
        f"""CREATE TABLE {name} AS SELECT {same}, {first} AS {EVENT_ID} FROM {source} GROUP BY {same}
                 ORDER BY {", ".join(ORDER)}""",
    )
    (after,) = row(con, f"SELECT count(*) FROM {name}")
    return {"duplicate events": before - after, **counts}


def _by_id(con: Connection, events: str, content: Sequence[str]) -> str:
    """A table of the events with each `event_id` once; events without an id all stay."""
    rest = [column for column in content if column not in NAMED]
    first = f"arg_min({{{', '.join(f'{column}: {column}' for column in rest)}}}, ({', '.join(_keys(rest))}))"
    run(
        con,
        f"""
        CREATE TABLE events_by_id AS
        SELECT {", ".join(NAMED)}, unnest(first) FROM (
            SELECT {", ".join(NAMED)}, {first} AS first FROM {events} WHERE {EVENT_ID} IS NOT NULL
            GROUP BY {", ".join(NAMED)})
        UNION ALL SELECT {", ".join((*NAMED, *rest))} FROM {events} WHERE {EVENT_ID} IS NULL""",
    )
    return "events_by_id"


def _keys(columns: list[str]) -> list[str]:
    """Keys of an order in which nulls come last."""
    return [key for column in columns for key in (f"{column} IS NULL", column)]
