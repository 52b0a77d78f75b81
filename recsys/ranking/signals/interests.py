"""Items by interest: how much more likely an item is for this profile than for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from recsys.events.interactions import Floats, Ints
from recsys.events.split import Requests
from recsys.ranking.signals.answers import ByTime, Factors, distinct_times
from recsys.ranking.signals.contract import Answer, Phrases, Spec
from recsys.ranking.signals.index import Index
from recsys.ranking.signals.known import Known
from recsys.transfer.model import Profiles
from recsys.transfer.popularity import Counts, not_after_all

OWN = Spec(
    "own interests",
    "interests",
    Phrases("fits your interest in {interest}", "符合您对“{interest}”的兴趣"),
    needs_history=True,
    content_based=True,
)
TRANSFERRED = Spec(
    "transferred interests",
    "interests",
    Phrases("from {interest}, which you may like", "您可能喜欢“{interest}”"),
    content_based=True,
    transfers=True,
)
DECIMALS = 5
"""Of scores that are products of matrices: sums in groups of another size differ in later digits."""


@dataclass(frozen=True)
class Interests:
    """p(item | user) = Σ_k P_u(k) p(item | k), with p(item | k) ∝ popularity · q_item(k), times 1,000."""

    spec: Spec
    membership: Floats
    counts: Counts
    """Decayed counts of items."""
    latest: dict[float, Index] = field(default_factory=dict, repr=False, compare=False)
    """The index of the request time asked for last; both profiles share it."""

    def ask(self, requests: Requests, profiles: Profiles) -> Answer:
        """The profile over the size of each interest, times the items' part of it.

        All requests of a daily run have one time, and so one index of items; requests of many times have a row each.
        """
        different, place = distinct_times(not_after_all(self.counts.interactions, requests.at))
        popular = self.counts.at(different)
        size = np.maximum(popular @ self.membership, 1e-9)
        queries = (1000.0 * self._taste(profiles) / size[place]).astype(np.float32)
        if len(different) == 1:
            return Factors.plain(queries, self._index(float(different[0]), popular[0]))
        likely = np.asarray(queries @ self.membership.T * popular[place], np.float32)
        return ByTime(np.round(likely, DECIMALS), np.arange(len(requests), dtype=np.int32))

    def _index(self, request_time: float, popular: Floats) -> Index:
        """The items' part at a request time; that of the latest is kept."""
        if request_time not in self.latest:
            self.latest.clear()
            self.latest[request_time] = Index(self.membership * popular[:, None])
        return self.latest[request_time]

    def interest(self, profiles: Profiles, request: Ints, item: Ints) -> Ints:
        """The interest that contributes most to each pair, (n_pairs,), of those that user and item have.

        They have interests with at least an even share, 1 / n_interests; -1 for none, and where there is one interest
        in all, which tells no user from another.
        """
        taste, membership = self._taste(profiles)[request], self.membership[item]
        even = 1 / taste.shape[1]
        pull = np.where(np.minimum(taste, membership) >= even, taste * membership, 0) * (even < 1)
        return np.where(pull.any(axis=1), np.argmax(pull, axis=1), -1).astype(np.int32)

    def _taste(self, profiles: Profiles) -> Floats:
        return profiles.transferred if self.spec.transfers else profiles.observed.distribution


def fit(known: Known) -> Sequence[Interests]:
    """The profile as observed, and after transfer."""
    half_life = known.settings.transfer.popularity_half_life_days
    counts = Counts(known.interactions, half_life)
    latest: dict[float, Index] = {}
    return [Interests(spec, known.items.membership, counts, latest) for spec in (OWN, TRANSFERRED)]
