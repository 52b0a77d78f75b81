"""How long a first day may take, and how much memory."""

from __future__ import annotations

import math

from recsys.check.section import Section
from recsys.check.seen import Seen
from recsys.schema import ITEM_ID, USER_ID

SMALL, MEDIUM = (55_000, 136, 1_173), (250_000, 246, 1_918)
"""Events, CPU seconds and MB of a first day of two shops, see docs/performance.md."""
LEAST = (20, 300)
"""Seconds and MB of a run whose input is tiny."""


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


def estimate(events: int, measure: int) -> int:
    """CPU seconds (`measure` 1) or MB (2) of so many events, by the power of them that lies between the two shops.

    >>> estimate(250_000, 1), estimate(55_000, 2), estimate(10, 1)
    (246, 1173, 20)
    """
    power = math.log(MEDIUM[measure] / SMALL[measure]) / math.log(MEDIUM[0] / SMALL[0])
    expected = MEDIUM[measure] * math.pow(max(events, 1) / MEDIUM[0], power)
    return max(LEAST[measure - 1], round(expected))
