"""What the ranker learns from: candidates of models that did not know what was held out (stacking, Wolpert 1992)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Split
from recsys.ranking.candidates import Candidates, concatenate
from recsys.ranking.models import Models
from recsys.settings import Settings


@dataclass(frozen=True)
class Examples:
    """Candidates of one kind of requests, and whether each was chosen, (n_candidates,)."""

    candidates: Candidates
    chosen: Floats
    user: Ints
    """Row of the user who makes each request, (n_requests,); one user may make several."""

    def take(self, rows: Mask | Ints) -> Examples:
        """Some of its candidates."""
        return Examples(self.candidates.take(rows), self.chosen[rows], self.user)

    def of_requests(self, kept: Mask) -> Examples:
        """Those of the requests where `kept`, (n_requests,), numbered anew."""
        number, rows = (np.cumsum(kept) - 1).astype(np.int32), np.flatnonzero(kept).astype(np.int32)
        left = self.take(kept[self.candidates.request])
        candidates = replace(
            left.candidates, request=number[left.candidates.request], asked=left.candidates.asked.take(rows)
        )
        return Examples(candidates, left.chosen, self.user[rows])


def labelled(fitted: Models, split: Split, settings: Settings, user: Ints | None = None) -> Examples:
    """What the models nominate for a split's requests, and what was chosen of it.

    Requests of which nothing was nominated that was chosen teach nothing, and are left out as they come. `user`,
    (n_requests,), are the rows of the users by which examples are grouped; None: those that the models know.
    """
    return together(list(_parts(fitted, split, settings, split.requests.user if user is None else user)))


def together(parts: Sequence[Examples]) -> Examples:
    """Several groups of requests as one, in the order given; one group at least."""
    chosen, user = (np.concatenate([getattr(part, name) for part in parts]) for name in ("chosen", "user"))
    return Examples(concatenate([part.candidates for part in parts]), chosen, user)


def without_transfer(examples: Sequence[Examples]) -> list[Examples]:
    """The same examples for the no-transfer arm."""
    return [Examples(of.candidates.without_transfer(), of.chosen[of.candidates.own], of.user) for of in examples]


def _parts(fitted: Models, split: Split, settings: Settings, user: Ints) -> Iterator[Examples]:
    for rows in fitted.batches(len(split.requests)):
        requests = split.requests.part(rows)
        candidates = fitted.nominate(requests, fitted.transfer.profiles(requests), settings)
        chosen = np.zeros(len(candidates.item), np.float32)
        if len(chosen):  # a sparse matrix is not indexed by nothing
            chosen[:] = split.targets[rows[candidates.request], candidates.item]
        found = np.bincount(candidates.request, chosen, minlength=candidates.n_requests) > 0
        yield Examples(candidates, chosen, user[rows]).of_requests(found)
