"""Histories as rows of one length: positives, and the next positive of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recsys.events.interactions import Days, Interactions, Ints

LENGTH = 50
"""Latest events that are looked at."""
WIDTH, LAYERS, HEADS = 64, 2, 2
"""Of the network that reads them."""
SPREAD = 0.02
"""Standard deviation of its embeddings before training."""


@dataclass(frozen=True)
class Windows:
    """Histories cut from their ends into pieces of `LENGTH` events; the rest of a row is 0 and comes last."""

    item: Ints
    """Number of the item, plus 1, (n_windows, LENGTH)."""
    liked: Ints
    """1 for a positive event, 2 for any other, (n_windows, LENGTH)."""
    following: Ints
    """Number of the next event's item, plus 1, where that event is positive, (n_windows, LENGTH)."""
    user: Ints
    """Whose they are, in order of time for each of them, (n_windows,)."""
    day: Days
    """Day of a window's latest event, (n_windows,); -inf for a window without events."""

    def take(self, rows: np.ndarray) -> Windows:
        """The windows of `rows`, in that order."""
        return Windows(self.item[rows], self.liked[rows], self.following[rows], self.user[rows], self.day[rows])


def windows(interactions: Interactions, latest_only: bool) -> Windows:
    """All windows of all users in order; or the latest of each user alone, one row a user.

    A repeated positive of an item that is not repeatable is skipped.
    """
    interactions = interactions.take(interactions.first_positive | ~interactions.positive)
    ends = interactions.starts[interactions.user + 1]
    back = ends - 1 - np.arange(len(interactions.user))
    piece = back // LENGTH
    counts = np.maximum(-(-np.diff(interactions.starts) // LENGTH), 1)
    first = np.zeros(interactions.n_users, int) if latest_only else np.concatenate([[0], np.cumsum(counts)[:-1]])
    row = interactions.user if latest_only else first[interactions.user] + counts[interactions.user] - 1 - piece
    size = np.minimum(LENGTH, (ends - interactions.starts[interactions.user]) - piece * LENGTH)
    place = size - 1 - back % LENGTH
    after = np.zeros(len(row), np.int32)
    same = interactions.user[1:] == interactions.user[:-1]
    after[:-1] = np.where(same & interactions.positive[1:], interactions.item[1:] + 1, 0)
    kept = piece == 0 if latest_only else np.ones(len(row), bool)
    shape = (interactions.n_users if latest_only else int(counts.sum()), LENGTH)
    filled = [np.zeros(shape, np.int32) for _ in range(3)]
    columns = (interactions.item + 1, np.where(interactions.positive, 1, 2), after)
    for target, column in zip(filled, columns, strict=True):
        target[row[kept], place[kept]] = column[kept]
    user = np.repeat(np.arange(interactions.n_users, dtype=np.int32), 1 if latest_only else counts)
    item, liked, following = filled
    day = np.full(shape[0], -np.inf)
    np.maximum.at(day, row[kept], interactions.day[kept])
    return Windows(item, liked, following, user, day)


@dataclass(frozen=True)
class HeldOut:
    """Events that a network is not trained to predict."""

    row: Ints
    """Windows they are in, (n,)."""
    place: Ints
    """The last event that is known, (n,)."""
    following: Ints
    """Number of the item that came next, plus 1, (n,)."""


def hold_out(data: Windows, most: int, rng: np.random.Generator, since: float = -np.inf) -> tuple[Windows, HeldOut]:
    """Windows in which the latest positive event of a quarter of the users, at most `most`, is not predicted.

    These are users with an event after day `since`; their latest events are held out.
    """
    latest = np.flatnonzero(np.diff(data.user, append=-1))
    asked = latest[data.following[latest].any(axis=1) & (data.day[latest] > since)]
    row = np.sort(rng.permutation(asked)[: min(most, len(asked) // 4)])
    place = LENGTH - 1 - np.argmax(data.following[row, ::-1] > 0, axis=1)
    held = HeldOut(row, place, data.following[row, place])
    following = data.following.copy()
    following[row, place] = 0
    return replace(data, following=following), held


def refresh(data: Windows, since: float, most: float, rng: np.random.Generator) -> Windows:
    """Windows with an event after day `since`, and others at random with as many events to be predicted again.

    Fewer where `most` events are reached before. At least one window is returned where there is any.
    """
    order, recent = rng.permutation(len(data.user)), data.day > since
    order = order[np.argsort(~recent[order], kind="stable")]
    events = np.count_nonzero(data.following[order], axis=1)
    most = min(most, 2 * int(events[: np.count_nonzero(recent)].sum()))
    return data.take(np.sort(order[: 1 + int(np.searchsorted(np.cumsum(events), most))]))
