"""The publications that are kept: what each was made of, how good it was, and who made it live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg2.extensions import connection

from recsys.publish.connection import session

PUBLICATIONS = """
    SELECT pub_id, as_of, model_version,
           CASE WHEN pub_id = (SELECT pub_id FROM recsys.live) THEN 'live' ELSE status END,
           (manifest ->> 'users')::bigint, (manifest -> 'manifests' -> 'interests' -> 0 -> 'rows' ->> 'users')::bigint,
           coalesce(manifest -> 'metrics', '{}'), coalesce(nullif(manifest -> 'compared', 'null'), '{}'),
           (manifest -> 'manifests' -> 'interests' -> 0 -> 'metrics' ->> 'drift_mean')::float,
           published_at, refusal, coalesce(last.actor, ''), coalesce(last.why, '')
    FROM recsys.publication
    LEFT JOIN LATERAL (SELECT actor, why FROM recsys.pointer_move AS move WHERE move.pub_id = publication.pub_id
                       ORDER BY moved_at DESC LIMIT 1) AS last ON true
    ORDER BY as_of DESC, pub_id DESC
"""


@dataclass(frozen=True)
class Publication:
    """A publication as a row of a page."""

    pub_id: int
    as_of: date
    model_version: str
    status: str
    """live, published, withdrawn, loading or refused."""
    users: int | None
    """Users with a list; None before it is whole."""
    known: int | None
    """Users of whom anything is known."""
    metrics: Mapping[str, float]
    """What was measured before it was published."""
    compared: Mapping[str, Any]
    """How it compares with what was live before it; empty for the first."""
    drift: float | None
    """Mean drift of the users' interests, in [0, 1]."""
    published_at: datetime | None
    """When it was last published."""
    refusal: str | None
    actor: str
    """Who made it live."""
    why: str

    @property
    def coverage(self) -> float | None:
        """Share of the known users who have a list."""
        return self.users / self.known if self.users is not None and self.known else None

    @property
    def may_return(self) -> bool:
        """Whether it can be published again."""
        return self.status in ("published", "withdrawn")


def publications(dsn: str) -> list[Publication]:
    """Every publication that is kept, newest first."""
    with session(dsn) as db:
        return read(db)


def read(db: connection) -> list[Publication]:
    """The same, over a connection that is open."""
    with db, db.cursor() as work:
        work.execute(PUBLICATIONS)
        return [Publication(*row) for row in work]
