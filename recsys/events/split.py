"""Cuts in time: what a model may know, and what it is asked for. Used both to learn to rank and to evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Days, Floats, Interactions, Ints, Mask

PAUSE = 0.5
"""Days without a first positive after which a user's next first positive begins another visit."""


@dataclass(frozen=True)
class Requests:
    """Users at a request time: the history that is known then. A user may make several requests."""

    history: Interactions
    """Its rows are requests, not users."""
    at: Days
    """Time of each request, in days since 1970, (n_requests,); no event of its history is after it."""
    user: Ints
    """Row of the user, (n_requests,); -1 for somebody who is in no table."""
    drift: Floats | None = None
    """Drift of each history where it is known already, (n_requests,); None: it is to be measured."""
    tired: sp.csr_matrix | None = None
    """1 where the user was shown an item often and never took it, (n_requests, n_items); None: nowhere."""

    def __len__(self) -> int:
        return len(self.at)

    def part(self, rows: Ints) -> Requests:
        """Some of the requests, in the order given."""
        drift = None if self.drift is None else self.drift[rows]
        tired = None if self.tired is None else self.tired[rows]
        return Requests(self.history.of_users(rows), self.at[rows], self.user[rows], drift, tired)


@dataclass(frozen=True)
class Split:
    """Requests and the items that answer them."""

    requests: Requests
    weights: sp.csr_matrix
    """What the strongest action with the items wanted weighs, (n_requests, n_items) float32; 1 where all weigh the
    same. No item of the history is among them."""

    @cached_property
    def targets(self) -> sp.csr_matrix:
        """1 at the items wanted, (n_requests, n_items) float32."""
        return (self.weights > 0).astype(np.float32)


def sample(split: Split, most: int, rng: np.random.Generator) -> Split:
    """At most `most` of the requests, drawn at random, in their order: what a large set can be judged by."""
    if len(split.requests) <= most:
        return split
    rows = np.sort(rng.choice(len(split.requests), most, replace=False)).astype(np.int32)
    return Split(split.requests.part(rows), split.weights[rows])


def now(interactions: Interactions, at: float, drift: Floats | None = None) -> Requests:
    """A request of every user at one time: what a daily run asks; `drift` of users, (n_users,), if known."""
    rows = np.arange(interactions.n_users, dtype=np.int32)
    return Requests(interactions, np.full(interactions.n_users, at), rows, drift)


def requested_at(split: Split, day: float) -> Split:
    """The same requests at one time: where an order stands in for times, their own would distinguish users."""
    return Split(replace(split.requests, at=np.full(len(split.requests), day)), split.weights)


def stack(splits: Sequence[Split]) -> Split:
    """Several splits stacked, in the order given."""
    histories = [split.requests.history for split in splits]
    *starts, n_users = np.cumsum([0, *(history.n_users for history in histories)], dtype=np.int32)
    user = np.concatenate([history.user + start for history, start in zip(histories, starts, strict=True)])
    item, weight, day = (
        np.concatenate(column)
        for column in zip(*((history.item, history.weight, history.day) for history in histories), strict=True)
    )
    given = [history.repeatable for history in histories if history.repeatable is not None]
    joined = Interactions(
        user,
        item,
        weight,
        day,
        int(n_users),
        histories[0].n_items,
        np.concatenate(given) if len(given) == len(histories) else None,
    )
    at = np.concatenate([split.requests.at for split in splits])
    users = np.concatenate([split.requests.user for split in splits])
    return Split(Requests(joined, at, users), sp.vstack([split.weights for split in splits]).tocsr())


def leave_last(interactions: Interactions, count: int) -> tuple[Interactions, Split]:
    """What is known before each user's last `count` first positives, and the requests for those.

    Users with `count` first positives or fewer keep all of theirs and make no request. Whatever a user did between
    the hidden events is hidden too.
    """
    enough = np.bincount(interactions.first_positives.user, minlength=interactions.n_users) > count
    asked = interactions.latest(count) & enough[interactions.user]
    return ask(interactions, asked, np.zeros_like(asked))


def last_visit(interactions: Interactions) -> tuple[Interactions, Split]:
    """What is known before each user's last visit, and requests for all their first positives then.

    Users of a single visit keep all of theirs and make no request.
    """
    asked, positives = interactions.first_positive.copy(), interactions.first_positives
    place = np.arange(len(positives.user))
    begins = (np.diff(positives.day, prepend=0) >= PAUSE) & (place > positives.starts[positives.user])
    last = np.full(interactions.n_users, len(place))
    last[positives.user[begins]] = place[begins]
    asked[asked] = place >= last[positives.user]
    return ask(interactions, asked, np.zeros_like(asked))


def reveal(interactions: Interactions, count: int, targets: int) -> Split:
    """Requests of new users: the first `count` first positives are revealed, the next `targets` are to be predicted.

    Users without a further first positive make no request.
    """
    asked, order = interactions.first_positive.copy(), interactions.first_positives.order_from_start
    asked[asked] = (order >= count) & (order < count + targets)
    return ask(interactions, asked, np.full(len(asked), count == 0))[1]


def ask(interactions: Interactions, asked: Mask, hidden: Mask) -> tuple[Interactions, Split]:
    """What is known before each user's first event where `asked`, and the requests for these events, at its time.

    Users without such an event keep all of theirs. They make no request, nor do users who had seen all of these items.
    What is `hidden` is known at no time.
    """
    place = np.arange(len(interactions.user))
    first = np.full(interactions.n_users, len(place))
    np.minimum.at(first, interactions.user[asked], place[asked])
    before = place < first[interactions.user]
    known = interactions.take(before & ~hidden)
    rows = np.flatnonzero(first < len(place)).astype(np.int32)
    split = _split(known, interactions, asked, ~before, rows, interactions.day[first[rows]])
    return known, keep(split, np.diff(split.weights.indptr) > 0)


def one_cut(interactions: Interactions, share: float) -> tuple[Interactions, Split]:
    """What is known before the cutoff after which `share` of all events lies, and requests for what comes after it.

    Users with a positive event before it make a request, if they have a positive with an unseen item after it.
    """
    if not len(interactions.day):
        return interactions, _nobody(interactions)
    cut = np.quantile(interactions.day, 1.0 - share, method="higher")
    known, later = interactions.take(interactions.day < cut), interactions.day >= cut
    rows = np.flatnonzero(np.diff(known.first_positives.starts)).astype(np.int32)
    split = _split(known, interactions, later & interactions.first_positive, later, rows, np.full(len(rows), cut))
    return known, keep(split, np.diff(split.weights.indptr) > 0)


def later(interactions: Interactions, at: float, until: float, rows: Ints) -> Split:
    """Requests of these users at the time `at`, for their first positives from then on and before `until`.

    Users without an unseen positive in that time make no request.
    """
    known = interactions.take(interactions.day < at)
    within = (interactions.day >= at) & (interactions.day < until)
    split = _split(known, interactions, interactions.first_positive & within, within, rows, np.full(len(rows), at))
    return keep(split, np.diff(split.weights.indptr) > 0)


def keep(split: Split, kept: Mask) -> Split:
    """The requests where `kept`, (n_requests,)."""
    rows = np.flatnonzero(kept).astype(np.int32)
    return Split(split.requests.part(rows), split.weights[rows])


def _nobody(interactions: Interactions) -> Split:
    rows, none = np.zeros(0, np.int32), np.zeros(len(interactions.user), bool)
    return _split(interactions, interactions, none, none, rows, np.zeros(0))


def _split(known: Interactions, interactions: Interactions, asked: Mask, since: Mask, rows: Ints, at: Days) -> Split:
    """Requests for the items `asked` for, which weigh as much as the user's strongest action with them `since`."""
    history = known.of_users(rows)
    wanted = interactions.take(asked).of_users(rows).positives
    fresh = wanted - wanted.multiply(history.seen)
    fresh.eliminate_zeros()
    if interactions.grade is not None:
        fresh = fresh.multiply(interactions.take(since).of_users(rows).strongest)
    return Split(Requests(history, at, rows), fresh.tocsr())
