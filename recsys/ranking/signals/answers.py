"""The forms that answers of signals have: sparse rows, factors whose products are scores, and one row a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Days, Floats, Ints
from recsys.ranking.signals.contract import Nominees, Open
from recsys.ranking.signals.index import Index

SORTED = 4
"""Times as many scores as are asked for up to which all are sorted; of more, each request's best are picked first."""
SLACK = 32
"""Items searched for beside those asked for: some are closed to a request."""
PAIRS = 100_000
"""Products of factors that are summed at once."""


@dataclass(frozen=True)
class Sparse:
    """Scores that are 0 for most items, (n_requests, n_items)."""

    scores: sp.csr_matrix

    def nominate(self, k: int, open_items: Open) -> Nominees:
        """The `k` best open items of each request."""
        request = np.repeat(np.arange(self.scores.shape[0], dtype=np.int32), np.diff(self.scores.indptr))
        score = np.asarray(self.scores.data, np.float32)
        kept = (score > 0) & ~open_items.closed[request, self.scores.indices]
        return best(request[kept], self.scores.indices[kept], score[kept], k, self.scores.shape[0])

    def at(self, request: Ints, item: Ints) -> Floats:
        """Scores of pairs, (n_pairs,)."""
        return np.asarray(self.scores.toarray()[request, item], np.float32)


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
        return cls(np.ascontiguousarray(queries, np.float32), items, active.astype(np.float32),
                   np.zeros(len(queries), np.float32))  # fmt: skip

    def nominate(self, k: int, open_items: Open) -> Nominees:
        """The `k` best open items of each request.

        Of more than `SLACK` items that tie with the last one some are found; an index searched in part misses a few.
        """
        asked = np.flatnonzero(self.scale).astype(np.int32)
        request, item, searched = self.items.search(self.queries[asked], k + SLACK, open_items.available)
        request = asked[request]
        kept = ~open_items.closed[request, item]
        request, item = request[kept], item[kept]
        short = asked[searched & (np.bincount(request, minlength=len(self.scale))[asked] < k)]
        if len(short):
            others = ~np.isin(request, short)
            rows, columns = self._every_open(short, open_items)
            request, item = np.concatenate([request[others], rows]), np.concatenate([item[others], columns])
        score = self.at(request, item)
        some = score > 0
        return best(request[some], item[some], score[some], k, len(self.scale))

    def at(self, request: Ints, item: Ints) -> Floats:
        """Scores of pairs, (n_pairs,): each product is summed apart, so it is the same in any group."""
        product = np.zeros(len(request), np.float32)
        for start in range(0, len(request), PAIRS):
            part = slice(start, start + PAIRS)
            product[part] = np.einsum("ij,ij->i", self.queries[request[part]], self.items.vectors[item[part]])
        scores = np.maximum((product - self.offset[request]) * self.scale[request], 0)
        return np.asarray(scores * self.items.known[item], np.float32)

    def _every_open(self, rows: Ints, open_items: Open) -> tuple[Ints, Ints]:
        place, item = np.nonzero(~open_items.closed[rows] & self.items.known)
        return rows[place], item.astype(np.int32)


@dataclass(frozen=True)
class ByMoment:
    """Scores that are the same for all requests of one moment."""

    rows: Floats
    """(n_moments, n_items)."""
    place: Ints
    """Moment of each request, (n_requests,)."""

    def nominate(self, k: int, open_items: Open) -> Nominees:
        """The `k` best open items of each request."""
        nobody = (np.zeros(0, np.int32), np.zeros(0, np.int32))
        parts = [nobody, *(self._of_moment(moment, k, open_items) for moment in np.unique(self.place).tolist())]
        request, item = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return best(request, item, self.at(request, item), k, len(self.place))

    def at(self, request: Ints, item: Ints) -> Floats:
        """Scores of pairs, (n_pairs,)."""
        return np.asarray(self.rows[self.place[request], item], np.float32)

    def _of_moment(self, moment: int, k: int, open_items: Open) -> tuple[Ints, Ints]:
        """Requests of a moment and their open items among its best: as many as leave `k` to everybody."""
        score, asked = np.where(open_items.available, self.rows[moment], 0), np.flatnonzero(self.place == moment)
        seen = np.diff(open_items.seen.indptr)[asked].max(initial=0)
        columns = _largest(score, k + int(seen))
        closed = open_items.closed[asked[:, None], columns]
        row, column = np.nonzero(~closed & (np.cumsum(~closed, axis=1) <= k))
        return asked[row].astype(np.int32), columns[column]


def best(request: Ints, item: Ints, score: Floats, k: int, n_requests: int) -> Nominees:
    """The `k` highest scores of each request, of equal ones those of the first items; `request` in any order.

    >>> ints = lambda *x: np.array(x, np.int32)
    >>> best(ints(0, 0, 0), ints(3, 1, 2), np.array([1.0, 1.0, 2.0], np.float32), 2, 1).item.tolist()
    [2, 1]
    """
    if len(request) <= SORTED * k * n_requests:
        order = np.lexsort((item, -score, request))
        rank = np.arange(len(order)) - np.searchsorted(request[order], request[order])
        order = order[rank < k]
        return Nominees(request[order], np.asarray(item[order], np.int32), score[order])
    if np.any(np.diff(request) < 0):
        order = np.argsort(request, kind="stable")
        request, item, score = request[order], item[order], score[order]
    ends = np.searchsorted(request, np.arange(n_requests + 1))
    kept = [start + _best_of(score[start:end], item[start:end], k)
            for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]  # fmt: skip
    chosen = np.concatenate([np.zeros(0, np.int64), *kept])
    return Nominees(request[chosen], np.asarray(item[chosen], np.int32), score[chosen])


def _best_of(score: Floats, item: Ints, k: int) -> np.ndarray:
    if len(score) <= k:
        return np.argsort(item, kind="stable")
    least = np.partition(score, len(score) - k)[len(score) - k]
    chosen = score > least
    level = np.flatnonzero(score == least)
    ties = level[np.argsort(item[level], kind="stable")][: k - np.count_nonzero(chosen)]
    found = np.concatenate([np.flatnonzero(chosen), ties])
    return found[np.argsort(item[found], kind="stable")]


def _largest(score: Floats, count: int) -> Ints:
    """Places of the `count` largest scores above 0, the largest first, of equal ones the first."""
    positive = np.flatnonzero(score > 0)
    if len(positive) > count:
        least = np.partition(score[positive], len(positive) - count)[len(positive) - count]
        positive = positive[score[positive] >= least]
    order = np.argsort(-score[positive], kind="stable")[:count]
    return np.asarray(positive[order], np.int32)


def moments(at: Days) -> tuple[Days, Ints]:
    """The different moments, and which of them each request has."""
    different, place = np.unique(at, return_inverse=True)
    return different, place.astype(np.int32)
