"""What the ranker learns from: candidates of models that did not know what was held out (stacking, Wolpert 1992)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


def labelled(fitted: Models, split: Split, settings: Settings) -> Examples:
    """What the models nominate for a split's requests, and what was chosen of it.

    Requests of which nothing was nominated that was chosen teach nothing, and are left out as they come.
    """
    parts = list(_parts(fitted, split, settings))
    user = np.concatenate([part.user for part in parts])
    return Examples(concatenate([part.candidates for part in parts]), np.concatenate([p.chosen for p in parts]), user)


def without_transfer(examples: Sequence[Examples]) -> list[Examples]:
    """The same examples for the no-transfer arm."""
    return [Examples(of.candidates.without_transfer(), of.chosen[of.candidates.own], of.user) for of in examples]


def _parts(fitted: Models, split: Split, settings: Settings) -> Iterator[Examples]:
    for rows in fitted.batches(len(split.requests)):
        requests = split.requests.part(rows)
        candidates = fitted.nominate(requests, fitted.transfer.profiles(requests), settings)
        chosen = np.zeros(len(candidates.item), np.float32)
        if len(chosen):  # a sparse matrix is not indexed by nothing
            chosen[:] = split.targets[rows[candidates.request], candidates.item]
        yield _found(Examples(candidates, chosen, requests.user))


def _found(examples: Examples) -> Examples:
    """The requests with a chosen candidate, numbered anew."""
    candidates = examples.candidates
    found = np.bincount(candidates.request, examples.chosen, minlength=candidates.n_requests) > 0
    kept = candidates.take(found[candidates.request])
    number = (np.cumsum(found) - 1).astype(np.int32)
    rows = np.flatnonzero(found).astype(np.int32)
    renumbered = Candidates(
        number[kept.request], kept.item, kept.features, kept.columns, kept.asked.take(rows), kept.new
    )
    return Examples(renumbered, examples.chosen[found[candidates.request]], examples.user[rows])
