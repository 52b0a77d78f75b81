"""From positives outside a domain to positives in it, learnt from users with both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Floats
from recsys.interests.distributions import Observed

Numbers = npt.NDArray[np.float64]

MIN_USERS = 20
"""Users on both sides below which nothing is regressed."""
MAX_PRIOR = 1e6
"""Prior of users who do not differ: nothing is learnt from a positive."""
MAX_CHANCE = 0.9
"""Mean of 1 / n, of all users, up to which it is known how they differ."""
PENALTIES = (0.1, 1.0, 10.0, 100.0, 1e9)
"""Ridge penalties tried; the last leaves the mean."""


@dataclass(frozen=True)
class Bridge:
    """A fitted way into a domain.

    A user's source is z = (n P̂ + c b) / (n + c), their distribution outside the domain drawn towards b, that of all,
    as far as evidence n is wanting (c is `prior_evidence`). There are two ways across:

    With users on both sides, ridge regression: P(· | u, t) = [1, z - b] W, cut at 0. A prediction leaves the user
    themselves out exactly, by the downdate of Sherman & Morrison (1950): with x the asker's row of what was fitted, y
    their distribution in t, A the penalised Gram matrix, W_-u = W - A⁻¹x (y - W'x)' / (1 - x'A⁻¹x).

    With fewer than `MIN_USERS` of them, through the texts alone: interests are the same on both sides, so a liking goes
    over as its lift, P(k | u, t) ∝ b_t(k) z(k) / b(k). Where no interest spans both sides, b_t is left.
    """

    source: Numbers
    """b, mean of the users outside the domain, (n_interests,)."""
    prior: float
    """c, the evidence at which a user's own positives count as much as everybody's."""
    target: Numbers
    """Sum of the distributions of the users in it, (n_interests,)."""
    regression: tuple[Numbers, Numbers] | None
    """W, (1 + n_interests, n_interests), and A⁻¹, (1 + n_interests, 1 + n_interests)."""

    def cross(self, distribution: Floats, evidence: Floats, own_outside: Observed, own_inside: Observed) -> Floats:
        """Predicted distributions in the domain, (n, n_interests); rows sum to 1, or to 0 if nobody else was there.

        `distribution` and `evidence`, (n, n_interests) and (n,), are of positives outside it; `own_outside` and
        `own_inside` are what the same users were fitted with, which is taken out.
        """
        inside = (own_inside.evidence > 0)[:, None]
        z = drawn(distribution, evidence, self.source, self.prior)
        base = np.maximum(self.target - inside * own_inside.distribution, 0)
        if self.regression is None:
            expected = np.divide(z, self.source, out=np.ones_like(z), where=self.source > 0) * base
        else:
            x = _row(drawn(own_outside.distribution, own_outside.evidence, self.source, self.prior) - self.source)
            x *= inside & (own_outside.evidence > 0)[:, None]
            expected = _regress(*self.regression, _row(z - self.source), x, own_inside.distribution)
        return normalised(np.where(expected.sum(axis=1, keepdims=True) > 0, expected, base))


def bridge(outside: Observed, inside: Observed, spread: float) -> Bridge:
    """The bridge from positives outside a domain to positives inside; rows are the same users.

    `spread` is the mean of |q_i|² over the positive items outside.
    """
    had_inside, had_outside = inside.evidence > 0, outside.evidence > 0
    source = outside.distribution[had_outside].astype(float).sum(axis=0) / max(had_outside.sum(), 1)
    prior = prior_evidence(outside.distribution[had_outside], outside.evidence[had_outside], source, spread)
    target, both = inside.distribution[had_inside].astype(float).sum(axis=0), had_inside & had_outside
    if both.sum() < MIN_USERS:
        return Bridge(source, prior, target, None)
    z = drawn(outside.distribution[both], outside.evidence[both], source, prior)
    return Bridge(source, prior, target, ridge(_row(z - source), inside.distribution[both].astype(float)))


def prior_evidence(distribution: Floats, evidence: Floats, mean: Numbers, spread: float) -> float:
    """c = W / B: the variance of a positive within a user, over that between users (method of moments).

    Positives spread by T = W + B around the total mean, users by V = B + W mean(1 / n). In [0, `MAX_PRIOR`], which
    it is too where hardly any user has more than one positive, so that W and B are not identifiable.

    >>> tastes = np.repeat(np.array([[0.9, 0.1], [0.1, 0.9]], np.float32), 50, axis=0)
    >>> round(prior_evidence(tastes, np.full(100, 1000, np.float32), np.array([0.5, 0.5]), spread=1.0), 2)
    0.56
    """
    chance = float((1 / np.maximum(evidence, 1.0)).mean()) if len(evidence) else 1.0
    if chance > MAX_CHANCE:
        return MAX_PRIOR
    apart = float(((distribution - mean) ** 2).sum(axis=1).mean())
    within = max(spread - float(mean @ mean) - apart, 0.0) / (1 - chance)
    between = apart - within * chance
    return min(within / between, MAX_PRIOR) if between > 0 else MAX_PRIOR


def ridge(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """W and A⁻¹ of the penalty with the least leave-one-out error; the first column of x, 1s, is not penalised.

    A = X'X + λI. The error of a held-out user is (y - W'x) / (1 - x'A⁻¹x) (PRESS, Allen 1974).

    >>> x = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> ridge(x, 3 + 2 * x[:, 1:])[0].round(1).ravel().tolist()
    [3.0, 1.9]
    """
    fits = []
    for penalty in PENALTIES:
        inverse = np.linalg.inv(x.T @ x + penalty * np.diag(np.arange(x.shape[1]) > 0))
        weights = inverse @ x.T @ y
        left_out = (y - x @ weights) / (1 - np.einsum("ij,jk,ik->i", x, inverse, x, optimize=True))[:, None]
        fits.append((float((left_out**2).sum()), weights, inverse))
    _, weights, inverse = min(fits, key=lambda fit: fit[0])
    return weights, inverse


def drawn(distribution: Floats, evidence: Floats, towards: Numbers, prior: float) -> Numbers:
    """(n P̂ + c b) / (n + c), (n, n_interests): who shows little is taken for everybody."""
    share = (evidence / np.maximum(evidence + prior, 1e-9))[:, None].astype(float)
    return np.asarray(share * distribution + (1 - share) * towards)


def normalised(rows: Numbers) -> Floats:
    """Rows that sum to 1, or to 0 where they were 0."""
    total = rows.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(rows, total, out=np.zeros_like(rows), where=total > 1e-9), dtype=np.float32)


def _regress(weights: Numbers, inverse: Numbers, asked: Numbers, x: Numbers, y: Floats) -> Numbers:
    """[1, z - b] W_-u, at least 0, (n, n_interests); x is 0 for who was not fitted with."""
    influence = x @ inverse
    residual = (y - x @ weights) / (1 - (influence * x).sum(axis=1))[:, None]
    return np.asarray(np.maximum(asked @ weights - (asked * influence).sum(axis=1)[:, None] * residual, 0))


def _row(z: Numbers) -> Numbers:
    return np.column_stack([np.ones(len(z)), z])
