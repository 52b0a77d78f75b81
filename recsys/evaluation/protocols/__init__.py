"""Protocols: which users are asked for which targets, and what models know."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recsys.evaluation.protocols import (
    cold_items,
    cold_users,
    cross_domain,
    drift,
    given_split,
    global_time,
    next_item,
    noise,
    social,
    warm,
)
from recsys.evaluation.protocols.cut import Cut, Given

PROTOCOLS: Mapping[str, Callable[[Given], list[Cut]]] = {
    "global-time": global_time.cuts,
    "warm": warm.cuts,
    "drift": drift.cuts,
    "noise": noise.cuts,
    "cold-users": cold_users.cuts,
    "cold-items": cold_items.cuts,
    "cross-domain": cross_domain.cuts,
    "social": social.cuts,
    "given-split": given_split.cuts,
    "given-split-valid": given_split.with_valid,
    "next-item": next_item.cuts,
}
"""By name, in the order of reports: `global-time`, whose requests are those of a next visit, stands first. Those that
share what is known stand together, so that models are fitted once."""
PEOPLE = 100
"""Returning users below which a daily run omits `global-time`: their figures would not be significant."""


def cuts(name: str, given: Given) -> list[Cut]:
    """The cuts of a protocol that ask somebody. Raises `DataError` where the data lacks what the protocol needs."""
    return _asking(PROTOCOLS[name](given))


def daily(given: Given) -> list[Cut]:
    """The cuts of a daily run: what is nearest to the next day where many users return; known beside new users."""
    later = cuts("global-time", given) if given.timed else []
    next_visit = [cut for cut in later if len(cut.split.requests) >= PEOPLE]
    return next_visit + _asking(warm.beside_new_users(given))


def _asking(found: list[Cut]) -> list[Cut]:
    """The cuts that ask somebody."""
    return [cut for cut in found if len(cut.split.requests)]
