"""New users: some are hidden whole, then shown with their first events."""

from __future__ import annotations

from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Interactions, Mask
from recsys.events.split import reveal


def cuts(given: Given) -> list[Cut]:
    """Cuts `cold-n`: a share of the users is known to nobody, reveals its first n events and is asked for the next."""
    hidden = of_hidden_users(given)
    return revealed(given, hidden, given.interactions.take(~hidden))


def of_hidden_users(given: Given) -> Mask:
    """Where an event is of a user who is hidden whole, (n_events,)."""
    hidden = given.rng.random(given.interactions.n_users) < given.settings.cold_share
    return hidden[given.interactions.user]


def revealed(given: Given, hidden: Mask, known: Interactions) -> list[Cut]:
    """The cuts for the hidden events, of models that are fitted on `known`."""
    rng, settings, events = given.rng, given.settings, given.interactions.take(hidden)
    splits = {count: reveal(events, count, settings.cold_targets) for count in settings.cold_revealed}
    return [Cut(f"cold-{count}", known, given.judged(split, rng)) for count, split in splits.items()]
