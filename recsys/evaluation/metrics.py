"""Metrics of top-k lists. Lists are item rows, (n_requests, k), best first, -1 where a list is short."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints

Values = npt.NDArray[np.float64]
"""One value a request, (n_requests,)."""
BLOCK = 4096
"""Lists whose texts are summed at once, which bounds memory."""


def hits(lists: Ints, targets: sp.csr_matrix) -> Values:
    """1 where a place of a list holds a target, (n_requests, k)."""
    rows = np.arange(len(lists))[:, None]
    found = np.asarray(targets[rows, np.maximum(lists, 0)].todense(), dtype=np.float64)
    return found * (lists >= 0)


def ndcg(found: Values, wanted: Values) -> Values:
    """Normalised discounted cumulative gain, binary gains (Järvelin & Kekäläinen 2002).

    >>> ndcg(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 1.0])).round(3).tolist()
    [1.0, 0.631]
    """
    discount = 1.0 / np.log2(np.arange(found.shape[1]) + 2)
    ideal = np.concatenate([[0.0], np.cumsum(discount)])[np.minimum(wanted, found.shape[1]).astype(int)]
    return np.asarray(found @ discount / np.maximum(ideal, 1e-12))


def recall(found: Values, wanted: Values) -> Values:
    """Share of the targets that the list holds."""
    return np.asarray(found.sum(axis=1) / np.maximum(wanted, 1.0))


def debiased_recall(lists: Ints, targets: sp.csr_matrix, holders: Values) -> Values:
    """Share of the targets that the list holds, items with few positives counting more.

    Σ over hits 1/p_i, divided by Σ over targets 1/p_i, with the propensity p_i ∝ √(holders of i): the
    self-normalised estimator of Yang et al. (2018, "Unbiased Offline Recommender Evaluation for
    Missing-Not-At-Random Implicit Feedback"), whose p_i ∝ n_i^((γ + 1) / 2), with γ = 0. Plain recall rewards who shows
    what is often seen, since that is often positive. An item without holders counts as if it had one holder.

    >>> wanted = sp.csr_matrix(np.array([[1.0, 1.0, 0.0]]))
    >>> debiased_recall(np.array([[1, 2]], np.int32), wanted, np.array([4.0, 1.0, 9.0])).round(3).tolist()
    [0.667]
    """
    inverse = 1.0 / np.sqrt(np.maximum(holders, 1.0))
    found = (hits(lists, targets) * inverse[np.maximum(lists, 0)]).sum(axis=1)
    return np.asarray(found / np.maximum(targets @ inverse, 1e-12))


def mrr(found: Values) -> Values:
    """Reciprocal of the place of the first target in the list, 0 without any.

    >>> mrr(np.array([[0.0, 1.0], [0.0, 0.0]])).tolist()
    [0.5, 0.0]
    """
    first = found.argmax(axis=1)
    return np.where(found.any(axis=1), 1.0 / (first + 1), 0.0)


def diversity(lists: Ints, directions: Floats) -> Values:
    """Intra-list diversity: 1 − mean cosine of the texts of two different items of a list; 0 for one item.

    >>> diversity(np.array([[0, 1]], np.int32), np.eye(2, dtype=np.float32)).tolist()
    [1.0]
    """
    shown = lists >= 0
    count = shown.sum(axis=1)
    pairs, ends = count * (count - 1), np.concatenate([[0], np.cumsum(count)])
    held = sp.csr_matrix((np.ones(ends[-1], np.float32), lists[shown], ends), shape=(len(lists), len(directions)))
    blocks = [held[start : start + BLOCK] @ directions for start in range(0, len(lists), BLOCK)]
    length = np.concatenate([np.einsum("ij,ij->i", block, block) for block in blocks] or [np.zeros(0)])
    similarity = length - held @ np.einsum("ij,ij->i", directions, directions)
    return np.where(pairs > 0, 1.0 - similarity / np.maximum(pairs, 1.0), 0.0)


def novelty(lists: Ints, holders: Values, n_users: int) -> Values:
    """Mean self-information of a list, in bits: −log2 of the share of users with a positive of an item (Zhou 2010)."""
    bits = -np.log2(np.maximum(holders, 1.0) / max(n_users, 1))
    shown = lists >= 0
    return np.asarray((bits[np.maximum(lists, 0)] * shown).sum(axis=1) / np.maximum(shown.sum(axis=1), 1))


def coverage(lists: Ints, n_items: int) -> float:
    """Share of the catalogue that is in some list."""
    shown = np.zeros(n_items + 1, bool)
    shown[lists] = True  # a place without an item is -1, and so the last
    return float(shown[:-1].sum()) / max(n_items, 1)
