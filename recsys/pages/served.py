"""What the serving store holds: when what is live changed, and what a user is given and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg2.extensions import connection, cursor

FOUND = 20
"""Users that a search shows."""

MOVES = "SELECT moved_at, pub_id, before, why, actor FROM recsys.pointer_move ORDER BY moved_at DESC LIMIT 20"
LIKE_ID = """
    SELECT user_id FROM recsys.recommendation_list
    WHERE pub_id = (SELECT pub_id FROM recsys.live) AND user_id LIKE %s
    ORDER BY length(user_id), user_id LIMIT %s
"""


@dataclass(frozen=True)
class Move:
    """A time when what is live changed."""

    moved_at: datetime
    pub_id: int
    before: int | None
    why: str
    actor: str


@dataclass(frozen=True)
class Interest:
    """An interest of a user, as a share before and after transfer."""

    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Explanation:
    """What is known of a user, and what was transferred."""

    evidence: float
    """Sum of the weights of positive events."""
    alpha: float
    """Share of what follows that came from donors, in [0, 1]."""
    donors: Mapping[str, float]
    """Shares of the donors; they sum to 1 where any donor contributed."""
    interests: Sequence[Interest]
    """Strongest first."""


@dataclass(frozen=True)
class Given:
    """The list that a user gets."""

    item_ids: Sequence[str]
    scores: Sequence[float]
    reasons: Sequence[str]
    terms: Sequence[str]
    """What the phrases of each reason add to its score, and all else; none of a set of an earlier version."""
    audience: str
    """`user`, or whose list it is."""
    as_of: date
    model_version: str


def moves(db: connection) -> list[Move]:
    """The latest times when what is live changed, newest first."""
    return [Move(*row) for row in _rows(db, MOVES)]


def find(db: connection, beginning: str) -> list[str]:
    """Ids of users of the live set that begin so, shortest first."""
    literal = beginning.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [user_id for (user_id,) in _rows(db, LIKE_ID, (f"{literal}%", FOUND))]


def given(db: connection, user_id: str) -> Given | None:
    """What applications get for the user now; None while nothing is live."""
    found = _rows(
        db, "SELECT item_ids, scores, reasons, terms, audience, as_of, model_version FROM explain_list(%s)", (user_id,)
    )
    return Given(*found[0]) if found else None


def explanation(db: connection, user_id: str) -> Explanation | None:
    """Interests before and after transfer; None for a user of whom the live set knows nothing."""
    found = _rows(db, "SELECT name, before, after, evidence, alpha, donors FROM explain(%s)", (user_id,))
    if not found:
        return None
    *_, evidence, alpha, donors = found[0]
    return Explanation(evidence, alpha, donors or {}, [Interest(*row[:3]) for row in found])


def inputs(db: connection) -> Mapping[str, Sequence[str]]:
    """Folders of what the live set was made from, by stage; empty while nothing is live."""
    found = _rows(db, "SELECT manifest -> 'inputs' FROM recsys.publication JOIN recsys.live USING (pub_id)")
    return (found[0][0] or {}) if found else {}


def _rows(db: connection, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    work: cursor
    with db, db.cursor() as work:
        work.execute(statement, values)
        return list(work.fetchall())
