"""The table `recsys.feedback`, read in batches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
from psycopg2.extensions import connection

AT_ONCE = 50_000
"""Rows that are fetched at a time."""


def window(as_of: date, days: int) -> dict[str, object]:
    """The end of a day (UTC), exclusive, and the `start` so many days before."""
    end = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=UTC)
    return {"start": end - timedelta(days=days), "end": end}


def rows(db: connection, query: str, given: Mapping[str, object], columns: pa.Schema) -> pa.Table:
    """The rows of a query; memory holds no more of them as Python objects than are fetched at a time."""
    with db, db.cursor("recsys_feedback") as work:
        work.itersize = AT_ONCE
        work.execute(query, given)
        batches = []
        while fetched := work.fetchmany(AT_ONCE):
            arrays = [
                pa.array(column, field.type) for column, field in zip(zip(*fetched, strict=True), columns, strict=True)
            ]
            batches.append(pa.record_batch(arrays, schema=columns))
    return pa.Table.from_batches(batches, columns)
