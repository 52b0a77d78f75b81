"""One cutoff for all users: no event after it is known."""

from __future__ import annotations

from recsys.errors import DataError
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.split import one_cut


def cuts(given: Given) -> list[Cut]:
    """One cut, `global-time`: the last share of all events is hidden, users with a history before are asked for it.

    Raises `DataError` for events without times.
    """
    if not given.timed:
        raise DataError(
            "protocol global-time needs times",
            where="events",
            seen="an order of events",
            expected="occurred_at",
            remedy="give the events times, or leave the protocol out",
        )
    known, split = one_cut(given.interactions, given.settings.late_share)
    return [Cut("global-time", known, given.judged(split, given.rng))]
