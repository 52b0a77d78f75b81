"""What comes next, by self-attention over histories."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recsys.events.interactions import Floats
from recsys.events.split import Requests
from recsys.ranking.signals.answers import Factors
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.ranking.signals.index import Index
from recsys.ranking.signals.known import Known
from recsys.ranking.signals.sequence_model import sequence
from recsys.transfer.model import Profiles

SEQUENCE = Spec("sequence", "sequence", Phrases("fits your latest activity", "符合您最近的兴趣"), needs_history=True)


@dataclass(frozen=True)
class SequenceSignal:
    """Chance that an item comes next, in standard deviations above the mean item, at least 0."""

    model: sequence.Sequence
    spec: Spec = SEQUENCE

    def ask(self, requests: Requests, profiles: Profiles) -> Factors:
        """Mean and deviation over all items follow from the items' mean and covariance; 0 for an empty history."""
        del profiles
        queries, active = self.model.queries(requests)
        mean, covariance = self._moments
        spread = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", queries, covariance, queries), 1e-12))
        return Factors(
            queries, self._index, (active / spread).astype(np.float32), np.asarray(queries @ mean, np.float32)
        )

    def __getstate__(self) -> dict[str, object]:
        """What was trained, without what is made of it on demand."""
        return {"model": self.model, "spec": self.spec}

    @cached_property
    def _index(self) -> Index:
        return Index(self.model.items, self.model.known > 0)

    @cached_property
    def _moments(self) -> tuple[Floats, Floats]:
        items = self.model.items.astype(np.float64)
        covariance = np.cov(items, rowvar=False, bias=True)
        return items.mean(axis=0).astype(np.float32), covariance.astype(np.float32)


def fit(known: Known) -> Several[SequenceSignal]:
    """A network trained on the histories, or trained further from that of an earlier day."""
    from recsys.language.device import device_of  # torch, which lists are made without

    settings, directions = known.settings, known.items.directions
    device = device_of(settings.runtime)
    return [SequenceSignal(sequence.fit(known.interactions, directions, settings.seed, device, known.earlier))]
