"""A cut: what is known, who is asked what, and which items are ranked. No model is needed to make one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.side import SideInformation
from recsys.events.split import Split, leave_last, requested_at, sample
from recsys.events.tables import Strings
from recsys.settings import EvaluationSettings

SHOWN = 10
"""Length of the lists of which all metrics are measured."""
MAX_REQUESTS = 5000
"""Requests of one cut; a larger set is judged by a random sample."""


@dataclass(frozen=True)
class Cut:
    """One question put to every arm."""

    protocol: str
    """Such as "cold-3": the name in reports."""
    known: Interactions
    """What models may be fitted on."""
    split: Split
    pool: Mask | None = None
    """Items that are ranked, (n_items,); None: all that are available."""
    groups: Mapping[str, Ints] = field(default_factory=dict)
    """Rows of requests to be reported apart, by name; none: segments of evidence."""
    clean: Cut | None = None
    """The same requests before the known side was spoiled."""
    at: tuple[int, ...] = ()
    """Lengths of lists, besides 10, at which NDCG and recall are measured too."""
    of_items: bool = False
    """True: each request is an item, which lists without a user answer."""

    @property
    def length(self) -> int:
        """The longest list that is asked for."""
        return max(SHOWN, *self.at, 0)


@dataclass(frozen=True)
class Given:
    """All that protocols make cuts of."""

    interactions: Interactions
    side: SideInformation
    membership: Floats
    """Items over interests, (n_items, n_interests)."""
    settings: EvaluationSettings
    timed: bool = True
    """False: the order of the events stands in for their times, and does not compare across users."""
    labels: Strings | None = None
    """What each event is for, (n_events,), where the source names it."""

    @property
    def rng(self) -> np.random.Generator:
        """A generator that each protocol starts anew, so that none depends on which others are asked for."""
        return np.random.default_rng(self.settings.seed)

    @cached_property
    def warm(self) -> Cut:
        """Everybody without their last events, asked for these."""
        known, split = leave_last(self.interactions, self.settings.leave_last)
        return Cut("warm", known, self.judged(split, self.rng))

    def judged(self, split: Split, rng: np.random.Generator) -> Split:
        """The requests as they are put: a sample of many; where there are no times, at the end of the data.

        An order counts the events of one user after another, so a cutoff would hide whole users by their place.
        """
        sampled = sample(split, MAX_REQUESTS, rng)
        return sampled if self.timed or not len(sampled.requests) else requested_at(sampled, self.interactions.end)
