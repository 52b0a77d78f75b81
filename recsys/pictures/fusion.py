"""A vector of an item's text and picture, as wide as that of the text, learnt from what users take together.

Both are centred and have length 1. The cosine of two fused vectors is `(1 - weight) * cosine of texts + weight *
cosine of pictures`, but for a random share of some 1 / sqrt(width): pictures are mapped into the space of texts by a
fixed matrix with orthonormal rows or columns. What is learnt is how pictures are compared, and their weight.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np

from recsys.events.interactions import Floats, Interactions, Mask
from recsys.pictures import metric
from recsys.pictures.pairs import MIN_PAIRS, Pairs, drawn

log = logging.getLogger(__name__)

WEIGHTS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Weights of pictures that are tried, beside 0."""
UNLEARNT = 0.5
"""Weight of pictures where too few items were taken together to learn from."""
JUDGED = 1000
"""Most pairs, and most items besides theirs, by which a fusion is judged."""
HELD_OUT = 5
"""An item in so many, selected by its id, only judges."""
SEED = 7


@dataclass(frozen=True)
class Fusion:
    """How texts and pictures become a vector."""

    weight: float
    """Of pictures, in [0, 1]; 0: texts stay as they are, and pictures stand in where there is no text."""
    metric: Floats
    """How pictures are compared: the cosine after this symmetric map, (picture_width, picture_width)."""
    text_centre: Floats
    picture_centre: Floats

    def of(self, texts: Floats, pictures: Floats) -> Floats:
        """Fused vectors, (n_items, text_width) with rows of length 1, or 0 for an item with neither.

        `texts` and `pictures` have rows of length 1, or 0 where there is none.
        """
        into_texts = self.metric @ _rotation(pictures.shape[1], texts.shape[1])
        seen = _unit(_centred(pictures, self.picture_centre) @ into_texts)
        if self.weight == 0:
            return np.where(texts.any(axis=1, keepdims=True), texts, seen)
        read = _unit(_centred(texts, self.text_centre))
        return _unit(np.sqrt(1 - self.weight) * read + np.sqrt(self.weight) * seen)


def fit(texts: Floats, pictures: Floats, known: Interactions, item_ids: Sequence[str]) -> Fusion:
    """The fusion under which held-out items lie closest to what they were taken with (geometric mean rank).

    Tried are pictures as they are and compared by what is learnt from the other items, with several weights. The same
    events give the same fusion. `known` and `item_ids` have the rows of `texts` as their items.
    """
    centres = _centre(texts), _centre(pictures)
    held_out = np.array([crc32(item.encode()) % HELD_OUT == 0 for item in item_ids], bool)
    there: Mask = np.logical_or(texts.any(axis=1), pictures.any(axis=1))
    pairs = drawn(known, there, np.random.default_rng(SEED))
    judging = pairs.take(held_out[pairs.second])
    plain = np.eye(pictures.shape[1], dtype=np.float32)
    if len(judging.first) < MIN_PAIRS:
        log.info("pictures: %d pairs of items cannot judge; weight %.2f", len(judging.first), UNLEARNT)
        return Fusion(UNLEARNT, plain, *centres)
    both = pictures.any(axis=1) & ~held_out
    learning = pairs.take(both[pairs.first] & both[pairs.second])
    metrics = [plain, *metric.learnt(_centred(pictures, centres[1]), learning)]
    tried = [Fusion(weight, learnt, *centres) for learnt in metrics for weight in WEIGHTS]
    tried.insert(0, Fusion(0.0, plain, *centres))
    judge = _Judge(texts, pictures, judging, held_out & there)
    ranks = [judge.mean_rank(fusion) for fusion in tried]
    best = int(np.argmin(ranks))
    log.info(
        "pictures: weight %.2f, %s; mean rank of held-out items %.1f, by texts alone %.1f",
        tried[best].weight,
        "as they are" if tried[best].metric is plain else "compared as learnt",
        ranks[best],
        ranks[0],
    )
    return tried[best]


class _Judge:
    """What a fusion is good for: where held-out items come among each other, for items that they were taken with."""

    def __init__(self, texts: Floats, pictures: Floats, pairs: Pairs, pool: Mask) -> None:
        rng = np.random.default_rng(SEED)
        drawn = rng.permutation(len(pairs.first))[:JUDGED]
        others = rng.permutation(np.flatnonzero(pool))[:JUDGED]
        self.parts = [(texts[rows], pictures[rows]) for rows in (pairs.first[drawn], pairs.second[drawn], others)]

    def mean_rank(self, fusion: Fusion) -> float:
        """Geometric mean rank, from 1; items that are equally close share their places."""
        first, second, others = (fusion.of(*part) for part in self.parts)
        if fusion.weight == 0:  # as the others are, and as interests will do
            first, second, others = (
                _unit(_centred(vectors, fusion.text_centre)) for vectors in (first, second, others)
            )
        own = (first * second).sum(axis=1, keepdims=True)
        cosines = first @ others.T
        level = np.abs(cosines - own) < 1e-6
        rank = 1 + (cosines > own).sum(axis=1, where=~level) + 0.5 * level.sum(axis=1)
        return float(np.exp(np.log(rank).mean()))


@lru_cache(maxsize=2)
def _rotation(pictures: int, texts: int) -> Floats:
    """A fixed matrix, (pictures, texts), whose rows are orthonormal, or whose columns are where it is narrower."""
    tall = sorted((pictures, texts), reverse=True)
    axes = np.linalg.qr(np.random.default_rng(SEED).standard_normal(tall))[0].astype(np.float32)
    return axes.T if texts > pictures else axes


def _centre(vectors: Floats) -> Floats:
    """Mean of the rows that are not 0."""
    there = vectors[vectors.any(axis=1)]
    return np.asarray(there.mean(axis=0) if len(there) else np.zeros(vectors.shape[1]), np.float32)


def _centred(vectors: Floats, centre: Floats) -> Floats:
    """The rows minus the centre; a row of 0 stays 0."""
    return np.where(vectors.any(axis=1, keepdims=True), vectors - centre, np.float32(0))


def _unit(vectors: Floats) -> Floats:
    """The rows with length 1; a row of next to nothing is 0: equal texts have no direction once centred."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 1e-3, vectors / np.maximum(length, 1e-9), np.float32(0))
