"""Protocols: who is asked for what, when models know what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recsys.evaluation.protocols import (
    cold_items,
    cold_users,
    cross_domain,
    drift,
    global_time,
    noise,
    social,
    warm,
)
from recsys.evaluation.protocols.cut import Cut, Given

PROTOCOLS: Mapping[str, Callable[[Given], list[Cut]]] = {
    "warm": warm.cuts, "drift": drift.cuts, "noise": noise.cuts, "global-time": global_time.cuts,
    "cold-users": cold_users.cuts, "cold-items": cold_items.cuts, "cross-domain": cross_domain.cuts,
    "social": social.cuts,
}  # fmt: skip
"""By name; those that share what is known stand together, so that models are fitted once."""
DAILY = ("warm", "cold-users")
"""The protocols of a daily run."""


def cuts(name: str, given: Given) -> list[Cut]:
    """The cuts of a protocol that ask somebody. Raises `DataError` where the data lacks what the protocol needs."""
    return [cut for cut in PROTOCOLS[name](given) if len(cut.split.requests)]
