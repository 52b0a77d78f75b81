"""Users as distributions over interests, and how much evidence stands behind each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions, Ints, decayed
from recsys.interests import drift
from recsys.settings import Settings


@dataclass(frozen=True)
class Observed:
    """What users have shown themselves, row by row."""

    distribution: Floats
    """P̂_u = Σ w q_i / Σ w over positive events, (n_users, n_interests); rows sum to 1, or to 0 without evidence."""
    evidence: Floats
    """n_u = Σ w over positive events, (n_users,), at least 0."""
    events: Ints
    """Number of positives, (n_users,)."""
    measured: Floats | None = None
    """Drift where it was measured, (n_users,)."""

    @property
    def drift(self) -> Floats:
        """How far the latest events have turned from the rest, (n_users,), in [0, 1]; 0 where it was not measured."""
        return np.zeros(len(self.evidence), np.float32) if self.measured is None else self.measured


def remember(
    interactions: Interactions, membership: Floats, settings: Settings, measured: Floats | None = None
) -> Observed:
    """The distribution and evidence of every user, with a shorter memory for those whose taste has turned.

    Without drift it is what `observe` gives. Looks at nothing but the user's own events. Drift is `measured`,
    (n_users,), where it was found before from the same events and memberships.
    """
    half_life = settings.events.half_life_days
    if not settings.interests.drift:
        return observe(interactions, membership, half_life)
    turned = drift.drift(interactions, membership, half_life) if measured is None else measured
    return replace(observe(interactions, membership, half_life, drift.memory(turned)), measured=turned)


def observe(
    interactions: Interactions, membership: Floats, half_life_days: float, half_life_events: Floats | None = None
) -> Observed:
    """The distribution and evidence of every user.

    With `half_life_events`, (n_users,), an event also halves with every so many positive events of the user after it.
    An average of distributions keeps a user with two tastes two-peaked; a softmax of the average would not.

    >>> from recsys.events.interactions import Interactions
    >>> ints, floats = lambda *x: np.array(x, np.int32), lambda *x: np.array(x, np.float32)
    >>> two = Interactions(ints(0, 0), ints(0, 1), floats(1, 1), np.array([9.0, 9.0]), n_users=2, n_items=2)
    >>> observe(two, np.eye(2, dtype=np.float32), half_life_days=30).distribution.tolist()
    [[0.5, 0.5], [0.0, 0.0]]
    """
    weight = decayed(interactions, half_life_days)
    if half_life_events is not None:
        half_lives = interactions.order_from_end / half_life_events[interactions.user]
        weight = (weight * np.exp2(-half_lives)).astype(np.float32)
    shape = (interactions.n_users, interactions.n_items)
    sums = sp.csr_matrix((weight, (interactions.user, interactions.item)), shape=shape)
    evidence = np.asarray(sums.sum(axis=1)).ravel().astype(np.float32)
    total = np.asarray(sums @ membership)
    whole = total.sum(axis=1, keepdims=True)
    distribution = np.divide(total, whole, out=np.zeros_like(total), where=whole > 0)
    events = np.bincount(interactions.first_positives.user, minlength=interactions.n_users)
    return Observed(distribution.astype(np.float32), evidence, events.astype(np.int32))
