"""Events in row numbers: what every model below reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Days = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Interactions:
    """Weighted events sorted by user, then time. All arrays are (n_events,)."""

    user: Ints
    item: Ints
    weight: Floats
    """Above 0: for the item; below: against it."""
    day: Days
    """Days since 1970 (UTC), with fractions."""
    n_users: int
    n_items: int
    repeatable: Mask | None = None
    """Where an event leaves its item to be recommended again; None: nowhere."""
    grade: Floats | None = None
    """Weight of each event's action, whatever its value; None: that of all positive events is the same."""

    def take(self, mask: Mask) -> Interactions:
        """The events where `mask`, with the same users and items."""
        return self._at(np.flatnonzero(mask))

    def of_users(self, rows: Ints) -> Interactions:
        """The events of some users, who become rows 0, 1, … in the order given (a user may come twice)."""
        counts = np.diff(self.starts)[rows]
        places = np.repeat(self.starts[rows] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        user = np.repeat(np.arange(len(rows), dtype=np.int32), counts)
        return replace(self._at(places), user=user, n_users=len(rows))

    def _at(self, places: npt.NDArray[np.int64]) -> Interactions:
        repeatable = None if self.repeatable is None else self.repeatable[places]
        grade = None if self.grade is None else self.grade[places]
        return replace(
            self,
            user=self.user[places],
            item=self.item[places],
            weight=self.weight[places],
            day=self.day[places],
            repeatable=repeatable,
            grade=grade,
        )

    @property
    def positive(self) -> Mask:
        """Where an event is positive, (n_events,)."""
        return self.weight > 0

    @cached_property
    def first_positive(self) -> Mask:
        """Where an event is a first positive, (n_events,): the user's first positive with its item, or repeatable."""
        places = np.flatnonzero(self.positive)
        pairs = self.user[places].astype(np.int64) * self.n_items + self.item[places]
        found = np.zeros(len(self.user), bool)
        found[places[np.unique(pairs, return_index=True)[1]]] = True
        return found if self.repeatable is None else found | (self.positive & self.repeatable)

    @cached_property
    def first_positives(self) -> Interactions:
        """The events that are first positives."""
        return self.take(self.first_positive)

    @cached_property
    def timeline(self) -> tuple[Days, Ints]:
        """Day and item of every first positive, in the order of time, (n_first_positives,) each."""
        order = np.argsort(self.first_positives.day, kind="stable")
        return self.first_positives.day[order], self.first_positives.item[order]

    def latest(self, count: int) -> Mask:
        """Where an event is among its user's last `count` first positives, (n_events,)."""
        found = self.first_positive.copy()
        found[found] = self.first_positives.order_from_end < count
        return found

    @cached_property
    def starts(self) -> npt.NDArray[np.int64]:
        """Place of each user's first event, and the end, (n_users + 1,)."""
        return np.searchsorted(self.user, np.arange(self.n_users + 1))

    @cached_property
    def positives(self) -> sp.csr_matrix:
        """1 where a user has a positive event for an item, (n_users, n_items) float32."""
        return _binary(self.take(self.positive))

    @cached_property
    def strongest(self) -> sp.csr_matrix:
        """Largest grade of a user's positive events for an item, (n_users, n_items) float32; 1 without grades."""
        if self.grade is None:
            return self.positives
        places = np.flatnonzero(self.positive)
        places = places[np.argsort(-self.grade[places], kind="stable")]
        pairs = self.user[places].astype(np.int64) * self.n_items + self.item[places]
        kept = places[np.unique(pairs, return_index=True)[1]]
        cells = (self.grade[kept], (self.user[kept], self.item[kept]))
        return sp.csr_matrix(cells, shape=(self.n_users, self.n_items), dtype=np.float32)

    @cached_property
    def seen(self) -> sp.csr_matrix:
        """1 where an event of a user keeps an item from being recommended to them, (n_users, n_items) float32."""
        return _binary(self if self.repeatable is None else self.take(~self.repeatable))

    @property
    def met(self) -> Mask:
        """Where an item has an event, (n_items,)."""
        return np.bincount(self.item, minlength=self.n_items) > 0

    @cached_property
    def last_day(self) -> Days:
        """Day of each user's latest weighted interaction, (n_users,); -inf without any."""
        last, weighs = np.full(self.n_users, -np.inf), self.weight != 0
        np.maximum.at(last, self.user[weighs], self.day[weighs])
        return last

    @property
    def end(self) -> float:
        """Day of the latest weighted interaction; -inf without any."""
        return float(self.last_day.max(initial=-np.inf))

    @cached_property
    def order_from_end(self) -> Ints:
        """How many positive events of the same user come after each event, (n_events,)."""
        upto = np.concatenate([[0], np.cumsum(self.positive)])
        after: Ints = (upto[self.starts[self.user + 1]] - upto[1:]).astype(np.int32)
        return after

    @cached_property
    def order_from_start(self) -> Ints:
        """How many positive events of the same user come before each event, (n_events,)."""
        upto = np.concatenate([[0], np.cumsum(self.positive)])
        before: Ints = (upto[:-1] - upto[self.starts[self.user]]).astype(np.int32)
        return before


def decayed(interactions: Interactions, half_life_days: float) -> Floats:
    """Positive weights (others 0), halved every `half_life_days` back from the user's own latest event, (n_events,).

    Age is measured on the user's own clock: a user who returns after a year is no new user. Events that weigh nothing
    do not move it.
    """
    age = np.maximum(interactions.last_day[interactions.user] - interactions.day, 0)
    return (np.maximum(interactions.weight, 0) * np.exp2(-age / half_life_days)).astype(np.float32)


def _binary(interactions: Interactions) -> sp.csr_matrix:
    ones = np.ones(len(interactions.user), np.float32)
    shape = (interactions.n_users, interactions.n_items)
    matrix = sp.csr_matrix((ones, (interactions.user, interactions.item)), shape=shape)
    matrix.data[:] = 1.0
    return matrix
