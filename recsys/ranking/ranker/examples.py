"""What the ranker learns from: candidates of models that did not know what was held out (stacking, Wolpert 1992)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Split
from recsys.ranking.candidates import Candidates, concatenate
from recsys.ranking.models import Models
from recsys.settings import Settings

POWER = 2.0
"""The gain of a positive is its weight to this power: as in NDCG, gain grows faster than weight."""


@dataclass(frozen=True)
class Examples:
    """Candidates of one kind of requests, and the positives among them."""

    candidates: Candidates
    weight: Floats
    """Weight of the action that made a candidate positive, (n_candidates,); 0: not positive."""
    user: Ints
    """Row of the user who makes each request, (n_requests,); a user may make several."""

    @property
    def positive(self) -> Floats:
        """1 for positives, else 0, (n_candidates,)."""
        return (self.weight > 0).astype(np.float32)

    def take(self, rows: Mask | Ints) -> Examples:
        """Some of its candidates."""
        return Examples(self.candidates.take(rows), self.weight[rows], self.user)

    def of_requests(self, kept: Mask) -> Examples:
        """Those of the requests where `kept`, (n_requests,), numbered anew."""
        number, rows = (np.cumsum(kept) - 1).astype(np.int32), np.flatnonzero(kept).astype(np.int32)
        left = self.take(kept[self.candidates.request])
        candidates = replace(
            left.candidates, request=number[left.candidates.request], asked=left.candidates.asked.take(rows)
        )
        return Examples(candidates, left.weight, self.user[rows])


def labelled(fitted: Models, split: Split, settings: Settings, user: Ints | None = None) -> Examples:
    """What the models nominate for a split's requests, and the positives among these candidates.

    Requests without a nominated positive teach nothing, and are dropped as they come. `user`,
    (n_requests,), are the rows of the users by which examples are grouped; None: those that the models know.
    """
    return together(list(_parts(fitted, split, settings, split.requests.user if user is None else user)))


def together(parts: Sequence[Examples]) -> Examples:
    """Several groups of requests, concatenated in the order given; at least one group."""
    weight, user = (np.concatenate([getattr(part, name) for part in parts]) for name in ("weight", "user"))
    return Examples(concatenate([part.candidates for part in parts]), weight, user)


def graded(weight: Floats, request: npt.NDArray[np.integer]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Gain of each positive, (n_candidates,), and weight of each request, (n_requests,).

    A positive gains a share of what the strongest gains. A request weighs the mean gain of its positives, and
    requests with positives weigh 1 in the mean. Where all positives weigh the same, all is 1. There must be at
    least one positive.

    >>> gain, count = graded(np.array([0.5, 0.0, 1.0, 0.5], np.float32), np.array([0, 0, 1, 1]))
    >>> gain.tolist(), count.round(2).tolist()
    ([0.25, 0.0, 1.0, 0.25], [0.57, 1.43])
    """
    gain = (weight.astype(np.float64) / weight.max()) ** POWER
    positives = np.bincount(request, weight > 0)
    mean = np.bincount(request, gain) / np.maximum(positives, 1)
    return gain, mean / mean[positives > 0].mean()


def without_transfer(examples: Sequence[Examples]) -> list[Examples]:
    """The same examples for the no-transfer arm."""
    return [Examples(of.candidates.without_transfer(), of.weight[of.candidates.own], of.user) for of in examples]


def _parts(fitted: Models, split: Split, settings: Settings, user: Ints) -> Iterator[Examples]:
    for rows in fitted.batches(len(split.requests)):
        requests = split.requests.part(rows)
        candidates = fitted.nominate(requests, fitted.transfer.profiles(requests), settings)
        weight = np.zeros(len(candidates.item), np.float32)
        if len(weight):  # a sparse matrix is not indexed by nothing
            weight[:] = split.weights[rows[candidates.request], candidates.item]
        found = np.bincount(candidates.request, weight, minlength=candidates.n_requests) > 0
        yield Examples(candidates, weight, user[rows]).of_requests(found)
