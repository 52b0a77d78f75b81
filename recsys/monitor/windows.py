"""The newest days of events, and those before them that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recsys.events.interactions import Days, Ints, Mask
from recsys.settings import MonitorSettings

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """Two stretches of whole days (UTC), in days since 1970: from `start` to before `cut`, and on to before `end`."""

    start: int
    cut: int
    end: int

    def within(self, day: Days) -> Mask:
        """Where a time lies in either, (n,)."""
        return (day >= self.start) & (day < self.end)


@dataclass(frozen=True)
class Counted:
    """What users did in both windows, a row for each user on each day: the events of a user on a day stay together."""

    done: sp.csr_matrix
    """How much was done with what, (n_user_days, n_things)."""
    newest: Mask
    """Rows of the newest days, (n_user_days,)."""
    kinds: sp.csr_matrix | Numbers
    """Of what share each thing is which kind, (n_things, n_kinds)."""

    def amounts(self, rows: Mask) -> Numbers:
        """How much was done of each kind in some rows, (n_kinds,)."""
        return np.asarray((self.done.T @ rows.astype(float)) @ self.kinds, float)

    def by(self, kinds: sp.csr_matrix | Numbers) -> Counted:
        """The same by kinds of what are kinds now."""
        return Counted(self.done, self.newest, self.kinds @ kinds)


def windows(newest: float, settings: MonitorSettings) -> Windows:
    """The windows of a history whose newest event is at that time, in days since 1970.

    >>> windows(100.7, MonitorSettings(window_days=7, reference_days=28))
    Windows(start=66, cut=94, end=101)
    """
    end = int(np.floor(newest)) + 1
    cut = end - settings.window_days
    return Windows(cut - settings.reference_days, cut, end)


def count(within: Windows, user: Ints, day: Days, thing: Ints, amount: Numbers, n_things: int) -> Counted:
    """Events counted by user and day, every thing a kind of its own; each event weighs its `amount`, (n_events,)."""
    inside = within.within(day)
    user, thing, amount, whole = user[inside], thing[inside], amount[inside], np.floor(day[inside]).astype(np.int64)
    pairs, row = np.unique(np.stack([user.astype(np.int64), whole]), axis=1, return_inverse=True)
    done = sp.csr_matrix((amount, (row.ravel(), thing)), shape=(pairs.shape[1], n_things))
    return Counted(done, pairs[1] >= within.cut, sp.identity(n_things, format="csr"))
