"""The forms of answers of signals: sparse rows, factors whose products are scores, and one row a request time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recsys.events.interactions import Days, Floats, Ints
from recsys.ranking.signals.contract import Nominees, Open
from recsys.ranking.signals.index import Index

SLACK = 32
"""Items searched for beside those asked for: some are closed to a request."""
PAIRS = 2_000
"""Products of factors that are summed at once: so few that their factors stay in a processor's cache."""

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Sparse:
    """Scores that are 0 for most items, (n_requests, n_items)."""

    scores: sp.csr_matrix

    def nominate(self, k: int, open_items: Open) -> Nominees:
        """The `k` best open items of each request."""
        n_requests, item = self.scores.shape[0], self.scores.indices
        request = np.repeat(np.arange(n_requests, dtype=np.int32), np.diff(self.scores.indptr))
        score = np.where(cells(open_items.closed, request, item), np.float32(0), self.scores.data)
        return best(request, item, score, k, n_requests)

    def at(self, request: Ints, item: Ints) -> Floats:
        """Scores of pairs, (n_pairs,)."""
        return np.asarray(cells(self.scores.toarray(), request, item), np.float32)


@dataclass(frozen=True)
class Factors:
    """Scores that are max(scale · (⟨query, item⟩ − offset), 0)."""

    queries: Floats
    """(n_requests, rank)."""
    items: Index
    scale: Floats
    """Above 0, or 0 where the signal abstains, (n_requests,)."""
    offset: Floats
    """(n_requests,)."""

    @classmethod
    def plain(cls, queries: Floats, items: Index) -> Factors:
        """Scores that are products, where these are above 0."""
        active = np.any(queries, axis=1)
        return cls(
            np.ascontiguousarray(queries, np.float32),
            items,
            active.astype(np.float32),
            np.zeros(len(queries), np.float32),
        )

    def nominate(self, k: int, open_items: Open) -> Nominees:
        """The `k` best open items of each request.

        Of more than `SLACK` items that tie with the last, some are found.
        """
        asked = np.flatnonzero(self.scale).astype(np.int32)
        request, item, searched = self.items.search(self.queries[asked], k + SLACK, open_items.available)
        request = asked[request]
        kept = ~cells(open_items.closed, request, item)
        request, item = request[kept], item[kept]
        short = asked[searched & (np.bincount(request, minlength=len(self.scale))[asked] < k)]
        if len(short):
            others = ~np.isin(request, short)
            rows, columns = self._every_open(short, open_items)
            request, item = np.concatenate([request[others], rows]), np.concatenate([item[others], columns])
        return best(request, item, self.at(request, item), k, len(self.scale))

    def at(self, request: Ints, item: Ints) -> Floats:
        """Scores of pairs, (n_pairs,): each product is summed apart, so it is the same in any group."""
        product, vectors = np.zeros(len(request), np.float32), np.asarray(self.items.vectors)
        for start in range(0, len(request), PAIRS):
            part = slice(start, start + PAIRS)
            product[part] = np.einsum("ij,ij->i", self.queries.take(request[part], 0), vectors.take(item[part], 0))
        scores = np.maximum((product - self.offset.take(request)) * self.scale.take(request), 0)
        return np.asarray(scores * self.items.known.take(item), np.float32)

    def _every_open(self, rows: Ints, open_items: Open) -> tuple[Ints, Ints]:
        place, item = np.nonzero(~open_items.closed[rows] & self.items.known)
        return rows[place], item.astype(np.int32)


@dataclass(frozen=True)
class ByTime:
    """Scores that are the same for all requests of one request time."""

    rows: Floats
    """(n_times, n_items)."""
    place: Ints
    """Index of the request time of each request, (n_requests,)."""

    def nominate(self, k: int, open_items: Open) -> Nominees:
        """The first `k` open items of each request in the ranking of its request time."""
        seen, items = np.diff(open_items.seen.indptr).tolist(), [np.zeros(0, np.int32)] * len(self.place)
        for time in np.unique(self.place).tolist():
            asked = np.flatnonzero(self.place == time).tolist()
            score = np.where(open_items.available, self.rows[time], 0)
            ordered = _largest(score, k + max(seen[row] for row in asked))
            for row in asked:
                first = ordered[: k + seen[row]]
                items[row] = first[~open_items.closed[row].take(first)][:k]
        request = np.repeat(np.arange(len(items), dtype=np.int32), [len(found) for found in items])
        item = np.concatenate([np.zeros(0, np.int32), *items])
        return Nominees(request, item, self.at(request, item))

    def at(self, request: Ints, item: Ints) -> Floats:
        """Scores of pairs, (n_pairs,)."""
        return np.asarray(cells(self.rows, self.place.take(request), item), np.float32)


def cells(table: npt.NDArray[Number], row: Ints, column: Ints) -> npt.NDArray[Number]:
    """Entries of a table, (n_entries,): several times as fast as an index of rows and columns."""
    found: npt.NDArray[Number] = np.asarray(table).ravel().take(row.astype(np.int64) * table.shape[1] + column)
    return found


def best(request: Ints, item: Ints, score: Floats, k: int, n_requests: int) -> Nominees:
    """The `k` highest scores above 0 of each request; ties go to the first items; `request` in any order.

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> best(ints(0, 0, 0), ints(3, 1, 2), np.array([1.0, 1.0, 2.0], np.float32), 2, 1).item.tolist()
    [1, 2]
    """
    if np.any(request[1:] < request[:-1]):
        order = np.argsort(request, kind="stable")
        request, item, score = request[order], item[order], score[order]
    ends = np.searchsorted(request, np.arange(n_requests + 1)).tolist()
    kept = [start + _best_of(score[start:end], item[start:end], k) for start, end in pairwise(ends)]
    place = np.concatenate([np.zeros(0, np.int64), *kept])
    return Nominees(request.take(place), item.take(place), score.take(place))


def _best_of(score: Floats, item: Ints, k: int) -> np.ndarray:
    ordered, least = score.copy(), np.float32(0)
    if len(score) > k:
        ordered.partition(len(score) - k)
        least = ordered[len(score) - k]
    found = ((score >= least) if least > 0 else (score > 0)).nonzero()[0]
    if len(found) <= k:
        return found
    level = found[score[found] == least]
    surplus = level[np.argsort(item[level], kind="stable")[k - len(found) :]]
    return np.setdiff1d(found, surplus, assume_unique=True)


def _largest(score: Floats, count: int) -> Ints:
    """Places of the `count` largest scores above 0, the largest first; ties go to the first."""
    positive = np.flatnonzero(score > 0)
    if len(positive) > count:
        least = np.partition(score[positive], len(positive) - count)[len(positive) - count]
        positive = positive[score[positive] >= least]
    order = np.argsort(-score[positive], kind="stable")[:count]
    return np.asarray(positive[order], np.int32)


def distinct_times(at: Days) -> tuple[Days, Ints]:
    """The distinct request times, and which of them each request has."""
    different, place = np.unique(at, return_inverse=True)
    return different, place.astype(np.int32)
