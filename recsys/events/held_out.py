"""Items and domains that are hidden on purpose, and requests for them. Used both to learn to rank and to evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recsys.events.interactions import Interactions, Ints, Mask
from recsys.events.split import Requests, Split, ask, keep

NOWHERE = -1
MAX_NEW = 0.5
"""Share of the users of several domains that may be made new to a domain."""


def some_items(interactions: Interactions, share: float, rng: np.random.Generator) -> Mask:
    """A share of the items with a positive event, drawn at random, (n_items,)."""
    drawn = rng.random(interactions.n_items) < share
    drawn[np.bincount(interactions.item[interactions.positive], minlength=interactions.n_items) == 0] = False
    return drawn


def without_items(interactions: Interactions, new: Mask, count: int) -> tuple[Interactions, Split]:
    """What is known of all but the `new` items, (n_items,), and requests for each user's last `count` of these.

    Known are a user's events with other items before that request time. New items that they had before it are excluded
    for them, and are no other evidence. Users without a positive with another item before make no request.
    """
    before, split = ask(interactions, _last(interactions, new, count), np.zeros(len(interactions.user), bool))
    muted = _muted(split, new)
    liked = np.diff(muted.requests.history.positives.indptr) > 0
    return before.take(~new[before.item]), keep(muted, liked)


def _last(interactions: Interactions, new: Mask, count: int) -> Mask:
    """Where an event is among a user's last first positives with the new items, (n_events,)."""
    asked = new[interactions.item]
    inside = interactions.take(asked)
    asked[asked] = inside.latest(count)
    return asked


def _muted(split: Split, new: Mask) -> Split:
    """Histories in which events with new items weigh nothing, and so are seen without being positive."""
    history = split.requests.history
    weight = np.where(new[history.item], 0, history.weight).astype(np.float32)
    muted = Requests(replace(history, weight=weight), split.requests.at, split.requests.user)
    return Split(muted, split.weights)


def some_entries(
    interactions: Interactions, domain: Ints, targets: Sequence[int], share: float, rng: np.random.Generator
) -> Ints:
    """The domain that each user is made new to, (n_users,); `NOWHERE` for most, and a single domain at most.

    Drawn from users with a positive in other domains before their first positive in it: for each domain a `share` of
    them, as far as no more than `MAX_NEW` of the users of several domains are drawn. `domain` is that of each item.
    """
    positives, entered = interactions.first_positives, np.full(interactions.n_users, NOWHERE, np.int32)
    came = np.array([_had_other_domain(positives, domain == place) for place in targets])
    domains = came.sum(axis=0)
    drawn = rng.random(len(entered)) < np.minimum(share * domains, max(share, MAX_NEW))
    which = (rng.random(len(entered)) * domains).astype(int)
    users = np.flatnonzero(drawn)
    entered[users] = np.asarray(targets)[np.argmax(came.cumsum(axis=0)[:, users] > which[users], axis=0)]
    return entered


def without_entries(interactions: Interactions, domain: Ints, entered: Ints) -> tuple[Interactions, Split]:
    """What is known before users' first positive in the domain they `entered`, and requests for theirs in it."""
    hidden = domain[interactions.item] == entered[interactions.user]
    return ask(interactions, interactions.first_positive & hidden, hidden)


def _had_other_domain(positives: Interactions, within: Mask) -> Mask:
    """Whether a user has a positive outside of a domain before the first positive within, (n_users,)."""
    inside = within[positives.item]
    first = np.full(positives.n_users, -1)
    places = np.flatnonzero(inside)[::-1]
    first[positives.user[places]] = places
    return np.asarray(first > positives.starts[:-1])
