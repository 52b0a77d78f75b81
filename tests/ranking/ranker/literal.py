"""Candidates of literal features, and the columns that they have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Mask
from recsys.ranking.candidates import Candidates, Column
from recsys.ranking.context import RequestFacts
from recsys.ranking.signals.contract import Family, Phrases, Spec


def spec(name: str, family: Family = "item-to-item", transfers: bool = False, content_based: bool = False) -> Spec:
    return Spec(name, family, Phrases(name, name), content_based=content_based, transfers=transfers)


def scored(declared: Spec) -> tuple[Column, Column]:
    """The two columns of a signal."""
    return Column(declared.name, "score", declared), Column(declared.name, "norm", declared)


def fact(name: str) -> Column:
    return Column(name, "context")


def facts(positives: Sequence[int], away: Sequence[float] | None = None) -> RequestFacts:
    """Requests of users with so many positives, so many days after their latest event."""
    counts = np.array(positives, np.int32)
    days = np.zeros(len(counts), np.float32) if away is None else np.array(away, np.float32)
    return RequestFacts(counts, days, counts[:, None])


def candidates(
    features: npt.NDArray[np.floating], columns: tuple[Column, ...], positives: int = 5, new: Mask | None = None
) -> Candidates:
    """Of features (n_requests, n_items, n_columns); `new` is (n_requests, n_items), by default nowhere."""
    n_requests, n_items, width = features.shape
    request, item = (part.astype(np.int32) for part in np.divmod(np.arange(n_requests * n_items), max(n_items, 1)))
    flat = features.reshape(-1, width).astype(np.float32)
    unknown = np.zeros(len(item), bool) if new is None else new.ravel()
    return Candidates(request, item, flat, columns, facts([positives] * n_requests), unknown)


def bare(*items_of_requests: int) -> Candidates:
    """So many candidates of each request, items 0, 1, … , of which nothing is known."""
    request = np.repeat(np.arange(len(items_of_requests), dtype=np.int32), items_of_requests)
    item = np.concatenate([np.arange(count, dtype=np.int32) for count in items_of_requests])
    nothing = np.zeros((len(item), 0), np.float32)
    return Candidates(request, item, nothing, (), facts([0] * len(items_of_requests)), np.zeros(len(item), bool))
