"""New users: some are hidden whole, then shown with their first events."""

from __future__ import annotations

from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.split import reveal


def cuts(given: Given) -> list[Cut]:
    """Cuts `cold-n`: a share of the users is known to nobody, reveals its first n events and is asked for the next."""
    rng, chosen = given.rng, given.settings
    newcomer = rng.random(given.interactions.n_users) < chosen.cold_share
    hidden = newcomer[given.interactions.user]
    known, newcomers = given.interactions.take(~hidden), given.interactions.take(hidden)
    splits = {count: reveal(newcomers, count, chosen.cold_targets) for count in chosen.cold_revealed}
    return [Cut(f"cold-{count}", known, given.judged(split, rng)) for count, split in splits.items()]
