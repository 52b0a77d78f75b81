"""What an item is to all users: who likes it, what is listed beside it, and in which lists it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg2.extensions import connection, cursor

from recsys.pages.files import read
from recsys.schema import ITEM_ID

SHOWN = 10
"""Items of a list, and reasons, that a page shows."""
STANDS = """
    WITH stands AS MATERIALIZED (
        SELECT array_position(item_ids, %(item)s) AS rank, reasons
        FROM recsys.recommendation_list
        WHERE pub_id = (SELECT pub_id FROM recsys.live) AND item_ids @> ARRAY[%(item)s]
    )
    (SELECT 'rank', rank::text, count(*) FROM stands GROUP BY rank ORDER BY rank)
    UNION ALL
    (SELECT 'reason', reasons[rank], count(*) FROM stands GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT %(most)s)
"""
LISTED = {
    "similar": "SELECT item_id, score FROM similar_items(%s, %s)",
    "next": "SELECT item_id, score FROM often_next(%s, %s)",
}


class Listed(NamedTuple):
    """An item of a list without a user."""

    item_id: str
    score: float


class Share(NamedTuple):
    """How many lists have something, a rank or a reason."""

    label: str
    lists: int


@dataclass(frozen=True)
class Placement:
    """Where an item stands in the lists of the live set."""

    ranks: Sequence[Share]
    """By rank, the best first."""
    reasons: Sequence[Share]
    """The most frequent, most lists first."""

    @property
    def lists(self) -> int:
        """Lists that hold the item."""
        return sum(share.lists for share in self.ranks)


def listed(db: connection, item_id: str, kind: str) -> list[Listed]:
    """Items of the list `kind`, similar or next, of an item."""
    return [Listed(*row) for row in _rows(db, LISTED[kind], (item_id, SHOWN))]


def placement(db: connection, item_id: str) -> Placement:
    """In how many lists of users an item is, at which ranks and for which reasons; every live list is looked at."""
    rows = _rows(db, STANDS, {"item": item_id, "most": SHOWN})
    ranks, reasons = ([Share(label, lists) for of, label, lists in rows if of == kind] for kind in ("rank", "reason"))
    return Placement(ranks, reasons)


def users(folder: str, item_id: str) -> int | None:
    """Users with a positive interaction; None for an item that the day does not know. Raises as `read`."""
    found = read(folder, "items", [ITEM_ID, "users"], {ITEM_ID: [item_id]})
    return found[0]["users"] if found else None


def _rows(db: connection, statement: str, values: Any) -> list[tuple[Any, ...]]:
    work: cursor
    with db, db.cursor() as work:
        work.execute(statement, values)
        return list(work.fetchall())
