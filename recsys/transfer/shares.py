"""Shares of donors by maximum likelihood: the credit of each for the positives it predicted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Floats, Mask

Numbers = npt.NDArray[np.float64]

FLOOR = 1e-4
"""Least probability an interest is given when a held-out positive is scored."""
STEPS = 64
"""β is given in 64ths."""
ROUNDS = 15
"""Most leaps of EM between two values of β."""
SETTLED = 1e-3
"""Largest change of a share in a leap at which leaps end."""
TINY = 1e-12
"""Share at which a donor still counts."""
WORTH = 0.3
"""Nats that a donor must add to all requests held out, or it goes.

The price of a parameter is 1 (Akaike 1974); a request counts as one positive, but is the mean of up to ten.
"""


@dataclass(frozen=True)
class Mixture:
    """Guesses (1 - α) P̂ + α Σ_d β_d P_d at a fixed α, with the positives."""

    own: Floats
    """(1 - α) P̂, (n, n_interests)."""
    alpha: Floats
    """(n, 1)."""
    donations: Floats
    """P_d, (n_donors, n, n_interests)."""
    target: Floats
    """(n, n_interests), rows sum to 1."""

    @cached_property
    def active(self) -> Mask:
        """Where a donor does not abstain, (n, n_donors)."""
        return np.asarray(self.donations.any(axis=2).T)

    def log_likelihood(self, beta: Numbers) -> float:
        """Sum of the log-probabilities of the positives."""
        return float((self.target * np.log(np.maximum(self._guess(self._share(beta)), FLOOR))).sum())

    def step(self, beta: Numbers) -> Numbers:
        """One step of EM (Dempster, Laird & Rubin 1977).

        R_ud is the part of a user's positives credited to a donor. As β is shared out among active donors, the
        M-step is that of draws from subsets (Hunter 2004): β_d = Σ_u R_ud / Σ_{u: d active} (R_u / Σ_{e active} β_e).
        """
        share = self._share(beta)
        ratio = self.target / np.maximum(self._guess(share), FLOOR)
        owed = share * self.alpha * np.stack([(ratio * donation).sum(axis=1) for donation in self.donations], axis=1)
        active_share = np.maximum(self.active @ beta, 1e-12)
        expected = (owed.sum(axis=1) / active_share) @ self.active
        fresh = owed.sum(axis=0) / np.maximum(expected, 1e-12)
        return np.asarray(fresh / fresh.sum()) if fresh.any() else beta

    def fit(self, beta: Numbers) -> Numbers:
        """β of the highest likelihood, (n_donors,), from a start; EM in leaps (SQUAREM, Varadhan & Roland 2008)."""
        for _ in range(ROUNDS):
            first = self.step(beta)
            second = self.step(first)
            speed, bend = first - beta, second - 2 * first + beta
            leap = max(float(np.linalg.norm(speed) / max(float(np.linalg.norm(bend)), 1e-15)), 1.0)
            far = np.maximum(beta + 2 * leap * speed + leap**2 * bend, second / 10)
            reached = self.step(far / far.sum())
            if self.log_likelihood(reached) < self.log_likelihood(second):
                reached = second
            beta, before = reached, beta
            if np.abs(beta - before).max() < SETTLED:
                break
        return beta

    def without_idle(self, beta: Numbers) -> Numbers:
        """β of the donors that are worth it: the cheapest to drop is dropped, until each would cost `WORTH` or more.

        The last donor stays: it is the population, by which the others are measured.
        """
        beta = 0.99 * beta + 0.01 * (np.arange(len(beta)) == len(beta) - 1)
        while beta[:-1].any():
            now = self.log_likelihood(beta)
            others = [self.fit(_without(beta, place)) for place in np.flatnonzero(beta[:-1]).tolist()]
            best = max(others, key=self.log_likelihood)
            if now - self.log_likelihood(best) >= WORTH:
                break
            beta = best
        return beta

    def _share(self, beta: Numbers) -> Numbers:
        weight = self.active * beta
        return np.asarray(weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12), dtype=np.float32)

    def _guess(self, share: Numbers) -> Numbers:
        mixed = sum(share[:, [place]] * donation for place, donation in enumerate(self.donations))
        return np.asarray(self.own + self.alpha * mixed)


def in_steps(beta: Numbers) -> list[float]:
    """Shares in steps of 1 / `STEPS` that sum to exactly 1 (largest remainders).

    >>> in_steps(np.array([0.004, 0.663, 0.333]))
    [0.0, 0.671875, 0.328125]
    """
    parts = np.floor(beta * STEPS)
    short = round(STEPS - parts.sum())
    parts[np.argsort(parts - beta * STEPS, kind="stable")[:short]] += 1
    return [float(part) for part in parts / STEPS]


def _without(beta: Numbers, place: int) -> Numbers:
    """The shares without one donor's; the last donor, to whom EM may have left nothing, takes the remainder."""
    left = np.where(np.arange(len(beta)) == place, 0.0, beta)
    left[-1] = max(left[-1], TINY)
    return np.asarray(left / left.sum())
