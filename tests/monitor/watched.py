"""How a day is watched, and feedback to watch."""

from __future__ import annotations

from recsys import results
from recsys.artifacts import Manifest
from recsys.settings import Settings
from tests.publish.day import AS_OF, Day

SHOWN = """
    INSERT INTO recsys.feedback (pub_id, user_id, item_id, action, occurred_at, position, audience)
    SELECT 1, 'u' || number, 'a', action, '2025-12-29T12:00Z'::timestamptz, 1, 'user'
    FROM generate_series(1, 10) AS number, unnest(ARRAY['impression', 'click']) AS action
    WHERE action = 'impression' OR number <= 4
"""


def watch(day: Day, settings: Settings) -> Manifest:
    return results.run("monitor", settings, AS_OF, day.made)
