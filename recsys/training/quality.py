"""How well a model's vectors alone predict first positives: one row a user and protocol, and their summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd

from recsys import schema
from recsys.evaluation import bootstrap, metrics
from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Split
from recsys.training.held_out import HeldOut

PROTOCOL: Final = "protocol"
NDCG: Final = "ndcg@10"
RECALL: Final = "recall@10"
COLD_ITEMS: Final = "cold-items"
SEGMENTS: Final = (("cold", 0), ("medium", 11), ("heavy", 31))
"""Segments of users by the lowest number of first positives of each."""
TABLE: Final = (PROTOCOL, schema.SEGMENT, schema.USER_ID, NDCG, RECALL)
LATEST = 30
"""Latest first positives of a history that are looked at."""
K = 10

Similarity = Literal["max", "mean"]
"""Similarity to the most similar item of a history, or to the mean of all its items."""


def table(vectors: Floats, held_out: HeldOut, user_ids: Sequence[str], similarity: Similarity = "max") -> pd.DataFrame:
    """`TABLE`: NDCG and recall of each user among cold items, in segment `cold items`, and among all, by evidence."""
    everything = np.ones(len(vectors), bool)
    cold = _answers(vectors, held_out.cold_items, held_out.cold, similarity)
    warm = _answers(vectors, held_out.warm, everything, similarity)
    events = np.diff(held_out.warm.requests.history.positives.indptr)
    names = np.array([name for name, _ in SEGMENTS])
    segment = names[np.searchsorted([first for _, first in SEGMENTS], events, side="right") - 1]
    ids = np.asarray(user_ids, object)
    parts = [(COLD_ITEMS, "cold items", held_out.cold_items, cold), ("warm", segment, held_out.warm, warm)]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    PROTOCOL: name,
                    schema.SEGMENT: where,
                    schema.USER_ID: ids[split.requests.user],
                    NDCG: found[0],
                    RECALL: found[1],
                }
            )
            for name, where, split, found in parts
        ],
        ignore_index=True,
    )


def summary(measured: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Mean and 95% interval of each metric by protocol, segment (and `all`): over users, by the bootstrap."""
    rows = []
    for protocol, of_protocol in measured.groupby(PROTOCOL, sort=True):
        for segment, part in [("all", of_protocol), *of_protocol.groupby(schema.SEGMENT, sort=True)]:
            drawn = bootstrap.draws(len(part), resamples, seed)
            for metric in (NDCG, RECALL):
                value, low, high = bootstrap.interval(part[metric].to_numpy(float), drawn)
                rows.append((protocol, segment, metric, value, low, high, len(part)))
    return pd.DataFrame(rows, columns=[PROTOCOL, schema.SEGMENT, "metric", "value", "low", "high", "users"])


def top(vectors: Floats, split: Split, pool: Mask, similarity: Similarity, k: int = K) -> Ints:
    """The k unseen items of the pool, (n_items,), that are most like each history, (n_requests, k), best first."""
    candidates = np.flatnonzero(pool).astype(np.int32)
    lists = np.full((len(split.requests), k), -1, np.int32)
    for row, score in enumerate(_scores(vectors, split, candidates, similarity)):
        best = np.argsort(-score, kind="stable")[:k]
        lists[row, : len(best)] = np.where(np.isfinite(score[best]), candidates[best], -1)
    return lists


def mean_rank(vectors: Floats, split: Split, pool: Mask, similarity: Similarity) -> float:
    """Geometric mean of the places, from 1, of all that was wanted among the unseen items of the pool, (n_items,).

    It distinguishes models on few users: unlike a recall it also sees what moves from place 300 to 100. Targets count,
    not users; without any it is 1.0.
    """
    candidates = np.flatnonzero(pool).astype(np.int32)
    wanted, places = split.targets[:, candidates].toarray() > 0, []
    for row, score in enumerate(_scores(vectors, split, candidates, similarity)):
        place = np.empty(len(score))
        place[np.argsort(-score, kind="stable")] = np.arange(1, len(score) + 1)
        places.append(np.log(place[wanted[row]]))
    found = np.concatenate([np.zeros(0), *places])
    return float(np.exp(found.mean())) if len(found) else 1.0


def _answers(
    vectors: Floats, split: Split, pool: Mask, similarity: Similarity
) -> tuple[metrics.Values, metrics.Values]:
    if not len(split.requests):
        return np.zeros(0), np.zeros(0)
    found = metrics.hits(top(vectors, split, pool, similarity), split.targets)
    wanted = np.asarray(split.targets.sum(axis=1)).ravel()
    return metrics.ndcg(found, wanted), metrics.recall(found, wanted)


def _scores(vectors: Floats, split: Split, candidates: Ints, similarity: Similarity) -> Iterator[Floats]:
    """Similarity of the candidates to the history of each request, (n_candidates,); -inf for what was seen."""
    history = split.requests.history
    latest = history.take(history.latest(LATEST))
    seen = history.seen[:, candidates].toarray() > 0
    for row in range(len(split.requests)):
        score = _score(vectors, latest, row, candidates, similarity)
        score[seen[row]] = -np.inf
        yield score


def _score(vectors: Floats, latest: Interactions, row: int, candidates: Ints, similarity: Similarity) -> Floats:
    liked = vectors[latest.item[latest.starts[row] : latest.starts[row + 1]]]
    if not len(liked):
        return np.zeros(len(candidates), np.float32)
    if similarity == "mean":
        liked = liked.mean(axis=0, keepdims=True)
        liked = liked / max(float(np.linalg.norm(liked)), 1e-9)
    return np.asarray((liked @ vectors[candidates].T).max(axis=0), np.float32)
