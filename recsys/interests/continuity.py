"""Interests from day to day: what was found before keeps its number and its name as long as it is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from recsys.artifacts import fingerprint
from recsys.events.interactions import Floats, Ints
from recsys.interests import prototypes
from recsys.interests.prototypes import Prototypes
from recsys.settings import InterestSettings

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Named:
    """Interests of a day with what a later day needs to resume from them."""

    found: Prototypes
    anchors: Floats
    """Direction of each interest when it was named, (n_interests, dim), rows of length 1 or 0."""
    names: tuple[str, ...]
    since: tuple[str, ...]
    """Day on which each was named, YYYY-MM-DD."""
    catalogue: str
    """Digest of the item features and settings they were found with."""


@dataclass(frozen=True)
class Continued:
    """Interests of today, numbered so that those of before have theirs."""

    found: Prototypes
    catalogue: str
    before: Named | None
    kept: Bools
    """Where an interest is that of the same number before, (n_interests,)."""

    @property
    def kept_names(self) -> dict[int, str]:
        """Names that last, by number."""
        return {} if self.before is None else {int(number): self.before.names[number] for number in self._lasting}

    def named(self, names: Sequence[str], day: str) -> Named:
        """These interests under their names, for days to come; those that are new were named on `day`."""
        anchors, since = self.found.directions.copy(), [day] * self.found.count
        if self.before is not None:
            for number in self._lasting:
                anchors[number], since[number] = self.before.anchors[number], self.before.since[number]
        return Named(self.found, anchors, tuple(names), tuple(since), self.catalogue)

    @property
    def _lasting(self) -> Ints:
        return np.flatnonzero(self.kept).astype(np.int32)


def find(vectors: Floats, settings: InterestSettings, seed: int, before: Named | None) -> Continued:
    """The interests of a catalogue, resuming from those found before; unchanged where the catalogue is unchanged."""
    catalogue = digest(vectors, settings)
    if before is None:
        found = prototypes.fit(vectors, settings, seed)
        return Continued(found, catalogue, None, np.zeros(found.count, bool))
    if catalogue == before.catalogue:
        return Continued(before.found, catalogue, before, np.ones(before.found.count, bool))
    found = prototypes.fit(vectors, settings, seed, start=before.found.directions)
    number, kept = places(found.directions, before.anchors, settings.min_cosine)
    order = np.argsort(number)
    return Continued(replace(found, directions=found.directions[order]), catalogue, before, kept[order])


def places(directions: Floats, anchors: Floats, least: float) -> tuple[Ints, Bools]:
    """The number of each interest, (n_interests,), and whether it had that number before.

    The assignment of greatest total cosine between today's directions and those that names were given for (Kuhn 1955),
    over pairs of cosine `least` or more. What is new gets the numbers that are free.

    >>> turned = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.float32)
    >>> number, kept = places(turned, np.eye(3, dtype=np.float32)[:2], least=0.9)
    >>> number.tolist(), kept.tolist()
    ([1, 2, 0], [True, False, True])
    """
    cosine = directions @ anchors.T
    similarity = np.where((cosine >= least) & (np.arange(len(anchors)) < len(directions)), cosine, 0.0)
    here, there = linear_sum_assignment(similarity, maximize=True)
    matched = similarity[here, there] > 0
    number = np.full(len(directions), -1, np.int32)
    number[here[matched]] = there[matched]
    kept = number >= 0
    number[~kept] = np.setdiff1d(np.arange(len(directions)), number[kept])
    return number, kept


def digest(vectors: Floats, settings: InterestSettings) -> str:
    """Digest of what interests are found in: the features of the items that have any, and the settings."""
    known = np.ascontiguousarray(vectors[np.any(vectors, axis=1)], np.float32)
    return fingerprint(hashlib.sha256(known.tobytes()).hexdigest(), known.shape, settings.model_dump(mode="json"))
