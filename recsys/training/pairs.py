"""Pairs for the contrastive objective: two items of the same user, and items that stand for all the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Interactions, Ints, Mask

NEAREST = 50
"""Most similar texts among which hard negatives are drawn."""


@dataclass(frozen=True)
class Pairs:
    """Item rows."""

    anchor: Ints
    """(n_pairs,)"""
    positive: Ints
    """(n_pairs,)"""
    negative: Ints
    """(n_pairs, n_negatives)"""


def draw(
    train: Interactions,
    usable: Mask,
    count: int,
    negatives: int,
    rng: np.random.Generator,
    hard_share: float = 0.0,
    directions: Floats | None = None,
) -> Pairs:
    """At most `count` pairs of different items of the same user, and negatives from the `usable` items, (n_items,).

    A pair is drawn by its first event, so users with more events make more pairs. Negatives are drawn evenly over the
    catalogue, not from the positives: the loss then learns log P(b | a), popularity and all, where in-batch negatives
    alone would divide by it (Yi et al. 2019). The last `hard_share` of them are of most similar texts, given
    `directions`.
    """
    positives = train.take(train.first_positive & usable[train.item])
    counts = np.diff(positives.starts)
    if not (counts > 1).any():
        return Pairs(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros((0, negatives), np.int32))
    first = rng.integers(0, len(positives.user), count)
    user = positives.user[first]
    second = positives.starts[user] + (rng.random(count) * counts[user]).astype(np.int64)
    anchor, positive = positives.item[first], positives.item[second]
    apart = anchor != positive
    anchor, positive = anchor[apart], positive[apart]
    catalogue = np.flatnonzero(usable).astype(np.int32)
    negative = rng.choice(catalogue, (len(anchor), negatives)).astype(np.int32)
    hard = round(negatives * hard_share) if directions is not None else 0
    if hard and directions is not None:
        negative[:, negatives - hard :] = _similar(positive, catalogue, directions, hard, rng)
    return Pairs(anchor, positive, negative)


def _similar(positive: Ints, catalogue: Ints, directions: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Items whose texts are most like that of each positive, (n_pairs, count), never the positive itself."""
    most = min(NEAREST, len(catalogue) - 1)
    asked, place = np.unique(positive, return_inverse=True)
    nearest = np.empty((len(asked), most), np.int32)
    for start in range(0, len(asked), 512):
        rows = asked[start : start + 512]
        cosines = directions[rows] @ directions[catalogue].T
        cosines[catalogue[None, :] == rows[:, None]] = -np.inf
        nearest[start : start + 512] = catalogue[np.argpartition(-cosines, most - 1, axis=1)[:, :most]]
    drawn = rng.integers(0, most, (len(positive), count))
    return nearest[place[:, None], drawn]
