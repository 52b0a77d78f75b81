"""How long a first day may take, and how much memory."""

from __future__ import annotations

from recsys.check.section import Section
from recsys.check.seen import Seen
from recsys.library.duration import estimate
from recsys.schema import ITEM_ID, USER_ID


def section(seen: Seen) -> Section:
    """Counts, and a rough estimate from measured runs."""
    rows = seen.raw.events.rows
    ((events, users),) = rows.aggregate(f"count(*), count(DISTINCT {USER_ID})").fetchall()
    ((items,),) = seen.raw.items.rows.aggregate(f"count(DISTINCT {ITEM_ID})").fetchall()
    seconds, megabytes = (estimate(events, measure) for measure in (1, 2))
    facts = {"events": events, "users": users, "items": items, "seconds": seconds, "megabytes": megabytes}
    time = f"{seconds} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    line = (
        f"{events:,} events of {users:,} users with {items:,} items: a first day takes about "
        f"{time} of one core and {megabytes / 1000:.1f} GB"
    )
    return Section("size", facts, [line])
