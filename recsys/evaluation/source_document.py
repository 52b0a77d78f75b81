"""The literal method of the document that the project grew from: mean of features, shift, cosine. A baseline only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys.events.interactions import Floats, Interactions
from recsys.events.split import Requests
from recsys.transfer.model import Profiles
from recsys.transfer.shift import shift

ALPHA = 0.1
"""The document's own example of how far to shift."""


@dataclass(frozen=True)
class SourceDocument:
    """Scores by cosine to the mean feature of a history, shifted towards the mean user."""

    vectors: Floats
    """Item features as the language model gives them, (n_items, dim)."""
    source: Floats
    """Mean over users of their mean feature, (dim,)."""
    name: ClassVar[str] = "source document"

    def score(self, requests: Requests, profiles: Profiles) -> Floats:
        """Cosines, 0 for a user without history."""
        del profiles
        target = _means(requests.history, self.vectors)
        shifted = np.where(target.any(axis=1, keepdims=True), shift(target, self.source[None, :], ALPHA), 0.0)
        length = np.linalg.norm(shifted, axis=1, keepdims=True)
        return np.asarray((shifted / np.maximum(length, 1e-9)) @ self.vectors.T, np.float32)


def fit(interactions: Interactions, vectors: Floats) -> SourceDocument:
    """The baseline on these interactions."""
    means = _means(interactions, vectors)
    known = means[means.any(axis=1)]
    return SourceDocument(vectors, known.mean(axis=0) if len(known) else np.zeros(vectors.shape[1], np.float32))


def _means(interactions: Interactions, vectors: Floats) -> Floats:
    positives = interactions.positives
    return np.asarray(positives @ vectors / np.maximum(np.asarray(positives.sum(axis=1)), 1.0), np.float32)
