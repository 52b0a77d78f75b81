"""A backcast: models fitted on what came before a cutoff, asked for what really came after it.

Requests whose answers are known come from it where earlier days' models left too few of a kind (`served`). Kinds that
were rare after the cutoff are topped up from users and items that are hidden from the same fit.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.events.held_out import some_items
from recsys.events.interactions import Days, Interactions, Ints, Mask
from recsys.events.split import keep, leave_last, requested_at
from recsys.ranking import models
from recsys.ranking.models import Models
from recsys.ranking.ranker.examples import Examples, labelled
from recsys.ranking.ranker.kinds import Asked, held_out, kinds
from recsys.ranking.world import World
from recsys.settings import Settings

log = logging.getLogger(__name__)

LATER = 0.1
"""Share of all events that come after the cutoff."""
HIDDEN = 0.2
"""Share of the users, and of the items, that are hidden from the fit, at most."""
MAX_HIDDEN_USERS, MAX_HIDDEN_ITEMS = 2000, 1000
"""Hidden users and items, at most. A ranker learnt from models of sparser data trusts those of all data too little."""
SMALL = 2000
"""Users below which two backcasts are made, with other users and items hidden: each brings too few examples."""
MAX_REQUESTS = 2000
"""Maximum requests of one kind; of more, a random sample is learnt from."""
MIN_REQUESTS = 1000
"""Requests of a kind after the cutoff below which hidden users top them up."""


@dataclass(frozen=True)
class Backcast:
    """What models are fitted on, and what they are then asked."""

    known: Interactions
    asked: tuple[Asked, ...]


def examples(
    interactions: Interactions, world: World, settings: Settings, without: Collection[str] = ()
) -> list[Examples]:
    """The examples of one backcast, or of two where users are few; nothing is fitted where all kinds are `without`."""
    found: list[Examples] = []
    for number in range(2 if interactions.n_users < SMALL else 1):
        rng = generator(settings.seed, number)
        cast = of(interactions, world, rng, without)
        if not cast.asked:
            continue
        fitted = models.fit(cast.known, world.then, settings)
        found += answered(fitted, cast.asked, settings)
        log.info(
            "ranker: backcast %d: models fitted and asked for %s",
            number + 1,
            ", ".join(dict.fromkeys(asked.kind for asked in cast.asked)),
        )
    return found


def answered(fitted: Models, asked: Sequence[Asked], settings: Settings) -> list[Examples]:
    """What the models nominate for each kind of requests, and the positives among these."""
    return [labelled(fitted.within(pool), split, settings) for _, split, pool in asked]


def generator(seed: int, number: int) -> np.random.Generator:
    """A stream of the backcast's own.

    An evaluation of the same seed hides users by the first draws of `default_rng(seed)`: with the same draws here,
    half of these requests would be empty.
    """
    return np.random.default_rng((seed, 2, number))


def of(interactions: Interactions, world: World, rng: np.random.Generator, without: Collection[str] = ()) -> Backcast:
    """The backcast from the last `LATER` of all events, or where an order stands in for times from each user's last.

    Hidden users and items are dropped whole from what is known. Kinds of requests in `without` are not asked.
    """
    hidden = rng.random(interactions.n_users) < share(MAX_HIDDEN_USERS, interactions.n_users)
    new = some_items(interactions, share(MAX_HIDDEN_ITEMS, interactions.n_items), rng)
    count = held_out(interactions)
    cutoff = _cutoff(interactions, world.timed, count, rng)
    before = interactions.take(interactions.day < cutoff[interactions.user])
    known = before.take(~hidden[before.user] & ~new[before.item])
    latest = float(cutoff.max(initial=-np.inf)) if world.timed else None
    found = kinds(interactions, world.side.domain, new, count, latest)
    lacking = (_enough(asked, hidden, cutoff, rng) for asked in found if asked.kind not in without)
    end = known.end
    put = [
        asked if world.timed or end == -np.inf else asked._replace(split=requested_at(asked.split, end))
        for asked in lacking
        if len(asked.split.requests)
    ]
    return Backcast(known, tuple(put))


def share(most: int, count: int) -> float:
    """Share of `count` users or items that is hidden, of whom about `most` are.

    >>> share(1000, 2000), share(1000, 10_000)
    (0.2, 0.1)
    """
    return min(HIDDEN, most / max(count, 1))


def _cutoff(interactions: Interactions, timed: bool, count: int, rng: np.random.Generator) -> Days:
    """The cutoff of each user, (n_users,): one time for all, or where there are none the last positives of each.

    Of many users without times some keep theirs, as hidden ones are few: at infinity.
    """
    cutoff = np.full(interactions.n_users, np.inf)
    if timed and len(interactions.day):
        cutoff[:] = np.quantile(interactions.day, 1.0 - LATER, method="higher")
    if timed:
        return cutoff
    requests = leave_last(interactions, count)[1].requests
    rows = _sampled(np.arange(len(requests)), 2 * MAX_REQUESTS, rng)
    cutoff[requests.user[rows]] = requests.at[rows]
    return cutoff


def _enough(asked: Asked, hidden: Mask, cutoff: np.ndarray, rng: np.random.Generator) -> Asked:
    """The requests from the cutoff on; where these are few, hidden users' earlier ones besides."""
    users = asked.split.requests.user
    later = _sampled(np.flatnonzero(asked.split.requests.at >= cutoff[users]), MAX_REQUESTS, rng)
    earlier = np.setdiff1d(np.flatnonzero(hidden[users]), later)
    more = _sampled(earlier, max(MIN_REQUESTS - len(later), 0), rng)
    rows = np.sort(np.concatenate([later, more]))
    kept = np.zeros(len(users), bool)
    kept[rows] = True
    return asked._replace(split=keep(asked.split, kept))


def _sampled(rows: np.ndarray, most: int, rng: np.random.Generator) -> Ints:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
