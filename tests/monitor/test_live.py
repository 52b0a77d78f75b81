from psycopg2.extensions import cursor

from recsys.monitor.live import live
from recsys.monitor.measures import Measure

PUBLISHED = """
    INSERT INTO recsys.publication (as_of, model_version, fingerprint, status, manifest)
    VALUES ('2026-01-05', 'm', 'f', 'published', '{}') RETURNING pub_id
"""


def test_the_end_of_the_live_day_is_in_utc_whatever_the_session_thinks(work: cursor) -> None:
    work.execute("SET LOCAL timezone = 'Asia/Tokyo'")
    work.execute("DELETE FROM recsys.live")
    work.execute(PUBLISHED)
    work.execute(
        "INSERT INTO recsys.live (pub_id, as_of, model_version) VALUES (%s, '2026-01-05', 'm')", work.fetchone()
    )
    assert list(live(work)) == [Measure("live_as_of", 1767657600.0)]  # 2026-01-06T00:00Z


def test_while_nothing_is_live_it_has_no_age(work: cursor) -> None:
    work.execute("DELETE FROM recsys.live")
    assert list(live(work)) == []
