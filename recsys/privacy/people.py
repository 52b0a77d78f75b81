"""Ids of users in a table, all changed in the same way."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from recsys.schema import PEOPLE
from recsys.sources.engine import Connection, identifier, run, stored
from recsys.sources.tables import Table


def changed(con: Connection, name: str, table: Table, change: Callable[[str], str | None]) -> Table:
    """The table of that name with every id of a user changed; a row with an id that becomes None goes.

    Each id is changed once, however many rows have it. Missing ids stay missing.
    """
    people = [column for column in table.rows.columns if column in PEOPLE]
    if not people:
        return table
    rows = stored(con, f"named_{name}", table.rows)
    ids = rows.select(people[0]) if len(people) == 1 else rows.select(people[0]).union(rows.select(people[1]))
    known = ids.filter(f"{people[0]} IS NOT NULL").distinct().fetchall()
    pairs = pa.table(
        {"id": [each for (each,) in known], "becomes": [change(each) for (each,) in known]},
        schema=pa.schema([("id", pa.string()), ("becomes", pa.string())]),
    )
    con.register("pairs", pairs)
    run(con, f"CREATE TABLE ids_{name} AS SELECT * FROM pairs")
    con.unregister("pairs")
    return table.but(rows=stored(con, f"changed_{name}", con.sql(_changed(name, rows.columns, people))))


def _changed(name: str, columns: list[str], people: list[str]) -> str:
    fields = [
        f"{column}_now.becomes AS {column}" if column in people else f"here.{identifier(column)}" for column in columns
    ]
    joins = " ".join(f"LEFT JOIN ids_{name} AS {column}_now ON {column}_now.id = here.{column}" for column in people)
    kept = " AND ".join(f"({column}_now.becomes IS NOT NULL OR here.{column} IS NULL)" for column in people)
    return f"""SELECT {", ".join(fields)} FROM (SELECT row_number() OVER () AS place, * FROM named_{name}) AS here
               {joins} WHERE {kept} ORDER BY here.place"""
