"""What ingest lets in: users by pseudonym where there is a key, without users who asked to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recsys.privacy import pseudonyms
from recsys.privacy.forgotten import Forgotten
from recsys.schema import CONTENT, REASON, ROW, USER_ID
from recsys.sources.tables import Table, Tables

if TYPE_CHECKING:
    import pyarrow as pa

    from recsys.sources.engine import Connection


def digest(store: str) -> str:
    """Digest of what `private` depends on besides the tables; "" with no key and no forgotten user."""
    return "".join(part for part in (pseudonyms.digest(), Forgotten(store).digest()))


def private(con: Connection, raw: Tables, store: str) -> Tables:
    """The source's tables as the product may see them; the very same where there is no key and no user is forgotten.

    A line that could not be read then loses its content, for it may name anybody.
    """
    if not digest(store):
        return raw
    from recsys.privacy import people  # it imports Arrow: a task that finds its result needs none

    is_forgotten = Forgotten(store).is_forgotten()

    def known_as(user_id: str) -> str | None:
        pseudonym = pseudonyms.pseudonym(user_id)
        return None if is_forgotten(pseudonym) else pseudonym

    return raw.each(lambda name, table: _without_content(people.changed(con, name, table, known_as)))


def remembered(rows: pa.Table, store: str) -> pa.Table:
    """Rows of a table, whose users go by the ids known here, without those who are forgotten in a store."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_forgotten = Forgotten(store).is_forgotten()
    gone = [user for user in pc.unique(rows[USER_ID]).to_pylist() if is_forgotten(user)]
    return rows.filter(pc.invert(pc.is_in(rows[USER_ID], pa.array(gone, pa.string())))) if gone else rows


def _without_content(table: Table) -> Table:
    if table.rejected is None:
        return table
    return table.but(rejected=table.rejected.select(f"{ROW}, {REASON}, '' AS {CONTENT}"))
