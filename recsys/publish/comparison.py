"""A new set beside the live set: the overlap of their users and of the users' lists."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import cursor

from recsys.errors import GateError
from recsys.publish import pointer, tables
from recsys.publish.lists import Counts
from recsys.settings import DatabaseSettings

SAMPLE = 1000
"""Users of the live set whose lists are compared, drawn by whole pages of the table."""
COMPARED = """
    SELECT count(*), count(stays), avg(stays)
    FROM (
        SELECT (SELECT (SELECT count(*) FROM unnest(old.item_ids) AS item WHERE item = ANY (new.item_ids))::float
                       / cardinality(old.item_ids)
                FROM {new} AS new WHERE new.pub_id = {pub_id} AND new.user_id = old.user_id) AS stays
        FROM {old} AS old TABLESAMPLE SYSTEM ({percent}) REPEATABLE (0)
    ) AS compared
"""


@dataclass(frozen=True)
class Comparison:
    """How a new set compares with the live set."""

    live: int
    """Number of the live publication."""
    users: int
    """Users of the new set."""
    live_users: int
    users_who_stay: float
    """Share of the users of the live set who have a list in the new set, by a sample."""
    items_that_stay: float | None
    """Mean share of their live items that the new list holds too; None where no user is in both."""


def compare(work: cursor, pub_id: int, counts: Counts) -> Comparison | None:
    """The new set beside the live set; None before the first publication."""
    live = pointer.live(work)
    if live is None:
        return None
    percent = min(100.0, 100.0 * SAMPLE / live.users)
    query = sql.SQL(COMPARED).format(
        new=tables.of(tables.LISTS, pub_id),
        old=tables.of(tables.LISTS, live.pub_id),
        pub_id=sql.Literal(pub_id),
        percent=sql.Literal(percent),
    )
    work.execute(query)
    sampled, stay, items = work.fetchone()
    share = stay / sampled if sampled else 1.0
    return Comparison(
        live.pub_id, counts.users, live.users, round(share, 4), None if items is None else round(items, 4)
    )


def judge(compared: Comparison | None, limits: DatabaseSettings) -> None:
    """Raises `GateError` for a set that would leave too many without, or is for quite other users."""
    if compared is None:
        return
    where, live = f"publication {compared.live} is live", compared.live_users
    if compared.users < limits.min_coverage * live:
        raise GateError(
            "a publication for so few users would leave many without, so nothing was published",
            where=where,
            seen=f"{compared.users} users, {live} now",
            expected=f"at least {limits.min_coverage:.0%} of them (database.min_coverage)",
            remedy="see why users are missing, or lower that setting for this run",
        )
    if compared.users_who_stay < limits.min_overlap:
        raise GateError(
            "a publication for quite other users would leave many without, so nothing was published",
            where=where,
            seen=f"{compared.users_who_stay:.0%} of its users have a list in the new set",
            expected=f"at least {limits.min_overlap:.0%} of them (database.min_overlap)",
            remedy="see whether user ids have changed, or lower that setting for this run",
        )
