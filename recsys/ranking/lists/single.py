"""Lists of one signal alone: baselines of the ranker's lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.events.interactions import Ints
from recsys.ranking.candidates import united
from recsys.ranking.lists.recommend import Shown
from recsys.ranking.signals.contract import Answer, Nominees, Open


def listed(answers: Sequence[Answer], popular: Answer, open_items: Open, k: int) -> list[Ints]:
    """By each answer the `k` open items of highest score, (n_requests, k).

    Ties, such as items without any score, go to the `popular` items.
    """
    filling = popular.nominate(2 * k, open_items)
    return [_listed(answer, popular, filling, open_items, k) for answer in answers]


def _listed(answer: Answer, popular: Answer, filling: Nominees, open_items: Open, k: int) -> Ints:
    n_requests, n_items = open_items.seen.shape
    request, item = united([answer.nominate(k, open_items), filling], open_items, np.zeros(n_items, np.int32), k)
    order = np.lexsort((-popular.at(request, item), -answer.at(request, item), request))
    return rows(request[order], item[order], n_requests, k)


def rows(request: Ints, item: Ints, n_requests: int, k: int) -> Ints:
    """The first `k` items of each request, (n_requests, k); -1 where there are fewer. `request` is sorted."""
    rank = np.arange(len(request)) - np.searchsorted(request, request)
    lists, shown = np.full((n_requests, k), -1, np.int32), rank < k
    lists[request[shown], rank[shown]] = item[shown]
    return lists


def padded(shown: Sequence[Shown], k: int) -> Ints:
    """The first `k` items of each list, (n_requests, k); -1 where there are fewer."""
    lists = np.full((len(shown), k), -1, np.int32)
    for row, made in enumerate(shown):
        lists[row, : len(made.item)] = made.item[:k]
    return lists
