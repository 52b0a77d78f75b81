"""A backcast: models fitted on what came before a cutoff, asked for what really came after it.

Where no earlier day's models are kept, this is how requests are made whose answers are known. Kinds of requests that
were few after the cutoff are topped up from users and items that are hidden from the same fit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recsys.events.held_out import some_items, without_entries, without_items
from recsys.events.interactions import Interactions, Ints, Mask
from recsys.events.split import Split, at_moment, keep, last_visit, leave_last, one_cut, reveal, stack
from recsys.ranking import models
from recsys.ranking.models import Models
from recsys.ranking.ranker.examples import Examples, labelled
from recsys.ranking.world import World
from recsys.settings import Settings

log = logging.getLogger(__name__)

LATER = 0.1
"""Share of all events that come after the cutoff."""
HIDDEN = 0.2
"""Share of the users, and of the items, that are hidden from the fit."""
SMALL = 50_000
"""Events below which two backcasts are made, with other users and items hidden: each brings too few examples."""
REVEALED = (0, 1, 3, 5, 10, 30)
"""Positives of a new user that are known: one request each."""
NEXT = 10
"""Positives of a new user to be found; all of them where an order stands in for times."""
MAX_REQUESTS = 2000
"""Requests of one kind; of more a random sample is learnt from."""
MIN_REQUESTS = 1000
"""Requests of a kind after the cutoff below which hidden users top them up."""
MAX_HELD_OUT = 5
"""Of a user's latest positives; fewer where the median user has less than five times as many."""


WITHIN = (1, 2, 4)
"""Times as many of the latest positives are held out, one request each, within a visit mostly."""


class Asked(NamedTuple):
    """Requests of one kind, and the items ranked for them, (n_items,); None: all that are available."""

    kind: str
    split: Split
    pool: Mask | None = None


@dataclass(frozen=True)
class Backcast:
    """What models are fitted on, and what they are then asked."""

    known: Interactions
    asked: tuple[Asked, ...]


def examples(interactions: Interactions, world: World, settings: Settings) -> list[Examples]:
    """The examples of one backcast, or of two where events are few."""
    found: list[Examples] = []
    for number in range(2 if len(interactions.user) < SMALL else 1):
        rng = generator(settings.ranking.seed, number)
        cast = of(interactions, world, rng)
        fitted = models.fit(cast.known, world.then, settings)
        found += answered(fitted, cast.asked, settings)
        log.info("ranker: backcast %d: models fitted and asked", number + 1)
    return found


def answered(fitted: Models, asked: Sequence[Asked], settings: Settings) -> list[Examples]:
    """What the models nominate for each kind of requests, and what was chosen."""
    return [labelled(fitted.within(pool), split, settings) for _, split, pool in asked]


def generator(seed: int, number: int) -> np.random.Generator:
    """A stream of the backcast's own.

    An evaluation of the same seed hides users by the first draws of `default_rng(seed)`: were those drawn alike here,
    half of these requests would be empty.
    """
    return np.random.default_rng((seed, 2, number))


def of(interactions: Interactions, world: World, rng: np.random.Generator) -> Backcast:
    """The backcast from the last `LATER` of all events, or where an order stands in for times from each user's last.

    What is known leaves out hidden users and items whole.
    """
    hidden = rng.random(interactions.n_users) < HIDDEN
    new = some_items(interactions, HIDDEN, rng)
    count = held_out(interactions)
    before, cutoff = _before(interactions, world.timed, count)
    known = before.take(~hidden[before.user] & ~new[before.item])
    asked = [_enough(kind, hidden, cutoff, rng) for kind in _kinds(interactions, world, new, count)]
    end = known.end
    put = [kind if world.timed or end == -np.inf else kind._replace(split=at_moment(kind.split, end))
           for kind in asked if len(kind.split.requests)]  # fmt: skip
    return Backcast(known, tuple(put))


def held_out(interactions: Interactions) -> int:
    """Latest positives of a user that are asked for: a fifth of the median user's, from 1 to `MAX_HELD_OUT`.

    >>> user = np.repeat(np.arange(3, dtype=np.int32), (2, 12, 99))
    >>> item = np.arange(113, dtype=np.int32)
    >>> held_out(Interactions(user, item, np.ones(113, np.float32), np.zeros(113), 3, 113))
    2
    """
    counts = np.bincount(interactions.choices.user)
    return int(np.clip(np.median(counts[counts > 0]) // 5, 1, MAX_HELD_OUT)) if len(counts) else 1


def _before(interactions: Interactions, timed: bool, count: int) -> tuple[Interactions, np.ndarray]:
    """What came before the cutoff, and the cutoff of each user, (n_users,)."""
    if timed:
        cut = float(np.quantile(interactions.day, 1.0 - LATER, method="higher")) if len(interactions.day) else np.inf
        return interactions.take(interactions.day < cut), np.full(interactions.n_users, cut)
    requests = leave_last(interactions, count)[1].requests
    cutoff = np.full(interactions.n_users, np.inf)
    cutoff[requests.user] = requests.at
    return interactions.take(interactions.day < cutoff[interactions.user]), cutoff


def _kinds(interactions: Interactions, world: World, new: Mask, count: int) -> Iterator[Asked]:
    """All kinds of requests that users have ever made, whenever they were; hidden items are asked for apart."""
    if world.timed:
        yield Asked("next day", one_cut(interactions, LATER)[1], ~new)
        yield Asked("start of a visit", last_visit(interactions)[1], ~new)
    within = [leave_last(interactions, count * times)[1] for times in WITHIN]
    yield Asked("within a visit", stack(within), ~new)
    following = NEXT if world.timed else len(interactions.user)
    yield Asked("new users", stack([reveal(interactions, number, following) for number in REVEALED]), ~new)
    yield Asked("new items", without_items(interactions, new, count)[1], new)
    domain = world.side.domain
    domains = np.unique(domain[interactions.item[interactions.positive]])
    for place in domains if len(domains) > 1 else ():
        yield Asked("new to a domain", _entries(interactions, domain, int(place)), ~new & (domain == place))


def _entries(interactions: Interactions, domain: Ints, place: int) -> Split:
    """Requests of users with positives in other domains, when they first chose something in this one."""
    split = without_entries(interactions, domain, np.full(interactions.n_users, place, np.int32))[1]
    return keep(split, np.diff(split.requests.history.positives.indptr) > 0)


def _enough(asked: Asked, hidden: Mask, cutoff: np.ndarray, rng: np.random.Generator) -> Asked:
    """The requests from the cutoff on; where these are few, hidden users' earlier ones besides."""
    users = asked.split.requests.user
    later = _sampled(np.flatnonzero(asked.split.requests.at >= cutoff[users]), MAX_REQUESTS, rng)
    earlier = np.setdiff1d(np.flatnonzero(hidden[users]), later)
    more = _sampled(earlier, max(MIN_REQUESTS - len(later), 0), rng)
    rows = np.sort(np.concatenate([later, more]))
    chosen = np.zeros(len(users), bool)
    chosen[rows] = True
    return asked._replace(split=keep(asked.split, chosen))


def _sampled(rows: np.ndarray, most: int, rng: np.random.Generator) -> Ints:
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
