"""The figures of the latest impressions that had their days, from the table of feedback."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pyarrow as pa
from psycopg2.extensions import connection

from recsys.feedback.attribution import Figure, figures, outcomes
from recsys.feedback.table import rows, window
from recsys.schema import ACTION, ITEM_ID, OCCURRED_AT, POSITION, USER_ID, VALUE
from recsys.settings import FeedbackSettings

WINDOW_DAYS = 7
"""Days of impressions that are measured, the latest that had their days of attribution."""
MAX_ROWS = 2_000_000
"""Rows of feedback that are read; of more, those of a random part of the users."""
BUCKETS = 10_000
COLUMNS = pa.schema(
    [
        ("pub_id", pa.int64()),
        (USER_ID, pa.string()),
        (ITEM_ID, pa.string()),
        (ACTION, pa.string()),
        (OCCURRED_AT, pa.timestamp("us", "UTC")),
        (POSITION, pa.int32()),
        ("signal", pa.string()),
        ("audience", pa.string()),
        ("experiment", pa.string()),
        ("arm", pa.string()),
        (VALUE, pa.float64()),
    ]
)
COUNT = "SELECT count(*) FROM recsys.feedback WHERE occurred_at >= %(start)s AND occurred_at < %(end)s"
ROWS = """
    SELECT pub_id, user_id, item_id, action, occurred_at, position, signal, audience, experiment, arm, value
    FROM recsys.feedback
    WHERE occurred_at >= %(start)s AND occurred_at < %(end)s
      AND (%(buckets)s >= 10000 OR recsys.bucket('feedback', user_id) < %(buckets)s)
"""


def measure(db: connection, as_of: date, feedback: FeedbackSettings) -> list[Figure]:
    """Figures of the impressions of `WINDOW_DAYS`, the last of which are `attribution_days` old at the end of a day.

    Nothing after the day is looked at; none where no impression is so old.
    """
    wanted = WINDOW_DAYS + feedback.attribution_days
    given = window(as_of, wanted + feedback.fatigue_days)
    with db, db.cursor() as work:
        work.execute(COUNT, given)
        (count,) = work.fetchone()
    if not count:
        return []
    found = rows(db, ROWS, {**given, "buckets": max(BUCKETS * MAX_ROWS // count, 1)}, COLUMNS).to_pandas()
    last = pd.Timestamp(as_of, tz="UTC") + timedelta(days=1 - feedback.attribution_days)
    first = last - timedelta(days=WINDOW_DAYS)
    return list(figures(outcomes(found, first, last, feedback.attribution_days, feedback.fatigue_days)))
