"""Feedback up to a day as events, and the items of which users are tired; what ingest loads by name."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
from psycopg2.extensions import connection

from recsys.events.reported import Reported
from recsys.feedback.table import rows, window
from recsys.publish.connection import database_url, is_named, session
from recsys.schema import ACTION, ITEM_ID, OCCURRED_AT, USER_ID, VALUE
from recsys.settings import Settings

EVENT_DAYS = 365
"""Days of feedback that count as events; it is kept for longer, so that what is dropped changes no day."""
PAIR = pa.schema([(USER_ID, pa.string()), (ITEM_ID, pa.string())])
EVENT = pa.schema([*PAIR, (ACTION, pa.string()), (OCCURRED_AT, pa.timestamp("us", "UTC")), (VALUE, pa.float64())])
EVENTS = """
    SELECT user_id, item_id, action, occurred_at, max(value) AS value FROM recsys.feedback
    WHERE action <> 'impression' AND occurred_at >= %(start)s AND occurred_at < %(end)s
    GROUP BY user_id, item_id, action, occurred_at
"""
TIRED = """
    SELECT user_id, item_id FROM recsys.feedback AS shown
    WHERE action = 'impression' AND occurred_at >= %(start)s AND occurred_at < %(end)s
    GROUP BY user_id, item_id
    HAVING count(*) >= %(minimum)s AND NOT EXISTS (
        SELECT FROM recsys.feedback AS taken
        WHERE taken.user_id = shown.user_id AND taken.item_id = shown.item_id AND taken.action <> 'impression'
          AND taken.occurred_at < %(end)s)
"""
DIGEST = """
    SELECT count(*) || ' ' || coalesce(sum(hashtextextended(concat_ws(E'\\x1f', {}), 0)::numeric), 0)
    FROM ({}) AS found
"""
EVENT_TEXT = "user_id, item_id, action, extract(epoch FROM occurred_at), coalesce(value::text, '')"


def digest(settings: Settings, as_of: date) -> str:
    """Digest of the feedback that counts on a day, whatever its order; "" where there is none to ask for."""
    if not _is_asked(settings):
        return ""
    with session(database_url(), settings.database) as db:
        found = [_digest(db, DIGEST.format(text, query), given) for text, query, given in _asked(settings, as_of)]
    return f" feedback {', '.join(found)}" if any(not text.startswith("0 ") for text in found) else ""


def read(settings: Settings, as_of: date) -> Reported | None:
    """Events other than impressions of the `EVENT_DAYS` up to a day, each once, and who is tired of what.

    None where no serving store is named, or nothing is asked. Raises `TransientError` where it does not answer.
    """
    if not _is_asked(settings):
        return None
    found = {EVENTS: EVENT.empty_table(), TIRED: PAIR.empty_table()}
    with session(database_url(), settings.database) as db:
        for _, query, given in _asked(settings, as_of):
            found[query] = rows(db, query, given, EVENT if query == EVENTS else PAIR)
    return Reported(found[EVENTS], found[TIRED])


def _is_asked(settings: Settings) -> bool:
    """Whether there is a serving store to ask, and anything to ask it for."""
    return is_named() and (settings.feedback.as_events or settings.feedback.fatigue_impressions > 0)


def _asked(settings: Settings, as_of: date) -> list[tuple[str, str, dict[str, object]]]:
    """Texts to be hashed, query and values of what the settings ask for."""
    feedback, asked = settings.feedback, list[tuple[str, str, dict[str, object]]]()
    if feedback.as_events:
        asked.append((EVENT_TEXT, EVENTS, window(as_of, EVENT_DAYS)))
    if feedback.fatigue_impressions:
        given = {**window(as_of, feedback.fatigue_days), "minimum": feedback.fatigue_impressions}
        asked.append(("user_id, item_id", TIRED, given))
    return asked


def _digest(db: connection, query: str, given: dict[str, object]) -> str:
    with db, db.cursor() as work:
        work.execute(query, given)
        return str(work.fetchone()[0])
