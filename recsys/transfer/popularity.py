"""Popularity as of a request time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from recsys.events.interactions import Days, Floats, Interactions

INTRODUCTION = 15
"""First positives of a user that count as those of a new user."""

YEAR = 365.0


@dataclass(frozen=True)
class Arrivals:
    """A clock that counts users by their first event instead of days."""

    first: Days
    """Day of each user's first event, rising, (n_users,)."""

    @staticmethod
    def of(interactions: Interactions) -> Arrivals:
        """The clock of all users with an event."""
        return Arrivals(np.sort(interactions.day[interactions.starts[:-1][np.diff(interactions.starts) > 0]]))

    def read(self, days: Days) -> Days:
        """Users who had come by each time, and less than 1 for the time since the first of all.

        So it never stands still, and later events do not change its earlier values.

        >>> Arrivals(np.array([0.0, 10.0])).read(np.array([0.0, 365.0])).tolist()
        [1.0, 2.5]
        """
        if not len(self.first):
            return np.zeros(len(days))
        since = np.maximum(days - self.first[0], 0.0)
        return np.asarray(np.searchsorted(self.first, days, side="right") + since / (since + YEAR))


def popularity(interactions: Interactions, at: Days, half_life_days: float, membership: Floats | None = None) -> Floats:
    """Positives of each item before each time, halved every `half_life_days`, (n_times, n_items).

    With `membership`, (n_items, n_interests), those of each interest instead, (n_times, n_interests).

    Events at or after a time do not count for it, so a request of the past cannot see its own future.

    >>> days = np.array([0.0, 10.0])
    >>> two = Interactions(np.arange(2, dtype=np.int32), np.zeros(2, np.int32), np.ones(2, np.float32), days, 2, 1)
    >>> popularity(two, np.array([0.0, 10.0, 20.0]), half_life_days=10.0).ravel().tolist()
    [0.0, 0.5, 0.75]
    """
    day, item = interactions.timeline
    width = interactions.n_items if membership is None else membership.shape[1]
    result, running = np.zeros((len(at), width), np.float32), np.zeros(width)
    clock, place = -np.inf, 0
    for row in np.argsort(at, kind="stable"):
        request_time = min(at[row], day[-1] + 1e6) if len(day) else at[row]
        until = int(np.searchsorted(day, at[row], side="left"))
        running *= np.exp2((clock - request_time) / half_life_days) if place else 0.0
        fresh, weight = item[place:until], np.exp2((day[place:until] - request_time) / half_life_days)
        if membership is not None and len(fresh) < interactions.n_items:
            running += weight @ membership[fresh]
        else:
            counts = np.bincount(fresh, weight, minlength=interactions.n_items)
            running += counts if membership is None else counts @ membership
        result[row], clock, place = running, request_time, until
    return result


@dataclass(frozen=True)
class Counts:
    """Decayed counts of items; those of a time that is asked for again are not counted again."""

    interactions: Interactions
    half_life: float
    """In the unit of the interactions' days."""
    latest: dict[float, Floats] = field(default_factory=dict, repr=False, compare=False)
    """The counts of the time asked for last."""

    def at(self, request_times: Days) -> Floats:
        """See `popularity`, (n_times, n_items)."""
        if len(request_times) != 1:
            return popularity(self.interactions, request_times, self.half_life)
        (request_time,) = request_times.tolist()
        if request_time not in self.latest:
            counts = popularity(self.interactions, request_times, self.half_life)
            self.latest.clear()
            self.latest[request_time] = counts
        return self.latest[request_time]

    def __getstate__(self) -> dict[str, object]:
        """Without the counts, which are quickly recomputed."""
        return {"interactions": self.interactions, "half_life": self.half_life, "latest": {}}


def not_after_all(interactions: Interactions, at: Days) -> Days:
    """The times, none later than just after the last positive: from there on no share of popularity changes.

    >>> row = np.zeros(1, np.int32)
    >>> not_after_all(Interactions(row, row, np.ones(1, np.float32), np.ones(1), 1, 1), np.array([0.5, 900.0])).round(9)
    array([0.5, 1. ])
    """
    after_all = float(np.nextafter(interactions.first_positives.day.max(initial=-np.inf), np.inf))
    return np.minimum(at, after_all).astype(np.float64)


def introductions(interactions: Interactions) -> Interactions:
    """The first `INTRODUCTION` positives of every user.

    >>> days = np.arange(20.0)
    >>> items = np.arange(20, dtype=np.int32)
    >>> one = Interactions(np.zeros(20, np.int32), items, np.ones(20, np.float32), days, 1, 20)
    >>> float(introductions(one).day.max())
    14.0
    """
    return interactions.first_positives.take(interactions.first_positives.order_from_start < INTRODUCTION)
