"""How far to transfer, and from whom: κ and β for each segment, estimated on held-out positives, behind a gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats, Ints
from recsys.transfer.segments import NAMES
from recsys.transfer.shares import FLOOR, Mixture, in_steps
from recsys.transfer.shift import shift, shrinkage

MIN_USERS = 20
"""Users below whom no gain is sure, and no gate opens."""
KAPPAS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)


@dataclass(frozen=True)
class Estimate:
    """Estimates of a segment on held-out data."""

    segment: str
    kappa: float
    beta: Mapping[str, float]
    """Share of each donor; sums to 1."""
    gain: float
    """Gain in log-probability of a held-out positive by transfer, in nats."""
    gain_low: float
    gain_high: float
    """Bounds of its 95% user-bootstrap interval, on users not used to estimate κ and β."""
    is_open: bool
    """The gate: transfer happens in this segment. Without any evidence there is nothing to keep, so it is open."""


@dataclass(frozen=True)
class HeldOut:
    """Requests with their next positives; the rows of all arrays are requests."""

    observed: Floats
    evidence: Floats
    segment: Ints
    donations: Mapping[str, Floats]
    target: Floats
    """Mean membership of the next positive items, (n_requests, n_interests)."""
    user: Ints


def mix(donations: Mapping[str, Floats], beta: Mapping[str, float]) -> Floats:
    """P_src = Σ_d β_d P_d, with β shared out among the donors that do not abstain; (n, n_interests).

    Rows sum to 1: where all donors abstain, all interests are equal.

    >>> follows = np.array([[0.0, 0.0], [1.0, 0.0]]); everyone = np.array([[0.5, 0.5], [0.5, 0.5]])
    >>> mix({"follows": follows, "population": everyone}, {"follows": 0.5, "population": 0.5}).tolist()
    [[0.5, 0.5], [0.75, 0.25]]
    """
    shares = donor_shares(donations, beta)
    mixed = np.sum([shares[:, [place]] * donation for place, donation in enumerate(donations.values())], axis=0)
    return np.where(shares.any(axis=1, keepdims=True), mixed, 1.0 / mixed.shape[1])  # type: ignore[no-any-return]


def donor_shares(donations: Mapping[str, Floats], beta: Mapping[str, float]) -> Floats:
    """Share of each donor for each request, (n_requests, n_donors), rows sum to 1, or to 0 where all abstain.

    A donor that abstains gets 0. Where only donors with β = 0 are active, they share equally.
    """
    active = np.stack([donation.sum(axis=1) > 0 for donation in donations.values()], axis=1)
    weight = active * np.array([beta[name] for name in donations])
    weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, active)
    return weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)  # type: ignore[no-any-return]


def estimate(held_out: HeldOut, rng: np.random.Generator, resamples: int = 500) -> list[Estimate]:
    """κ, β and gate of every segment; a segment without held-out users borrows from the segment with less evidence."""
    found: list[Estimate] = []
    for place, name in enumerate(NAMES):
        here = np.flatnonzero(held_out.segment == place).astype(np.int32)
        if len(np.unique(held_out.user[here])) < 4:
            beta = found[-1].beta if found else _last_alone(held_out.donations)
            found.append(Estimate(name, 0.0, beta, 0.0, 0.0, 0.0, is_open=place == 0))
        else:
            found.append(_segment(name, held_out, here, rng, resamples))
    return found


def _segment(name: str, held_out: HeldOut, here: Ints, rng: np.random.Generator, resamples: int) -> Estimate:
    learns = held_out.user[here] % 2 == 0
    kappa, beta = _best(held_out, here[learns] if learns.any() else here)
    judged = here[~learns] if (~learns).any() else here
    empty = name == NAMES[0]
    better = _log_likelihood(held_out, judged, kappa, beta) - _log_likelihood(held_out, judged, 0.0, beta, empty)
    better = _by_user(better, held_out.user[judged])
    means = better[rng.integers(0, len(better), (resamples, len(better)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    is_open = empty or (kappa > 0 and len(better) >= MIN_USERS and bool(low > 0))
    return Estimate(name, kappa, beta, float(better.mean()), float(low), float(high), is_open)


def _by_user(values: Floats, user: Ints) -> Floats:
    """The mean of each user's requests, (n_users,): a user with several requests counts once."""
    _, row, counts = np.unique(user, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(row, values) / counts, np.float32)


def _best(held_out: HeldOut, rows: Ints) -> tuple[float, Mapping[str, float]]:
    """κ from `KAPPAS`, with the β that fits it best; without any evidence all comes from the donors, whatever κ is."""
    names = tuple(held_out.donations)
    donations = np.stack([held_out.donations[name][rows] for name in names])
    beta = donations.any(axis=(1, 2)).astype(float)
    beta = beta / beta.sum() if beta.any() else np.eye(len(names))[-1]
    options = []
    for kappa in KAPPAS if held_out.evidence[rows].any() else KAPPAS[:1]:
        alpha = shrinkage(held_out.evidence[rows], kappa)[:, None].astype(np.float32)
        mixture = Mixture((1 - alpha) * held_out.observed[rows], alpha, donations, held_out.target[rows])
        beta = mixture.fit(beta)
        options.append((mixture.log_likelihood(beta), kappa, mixture, beta))
    _, kappa, mixture, beta = max(options, key=lambda option: option[0])
    return kappa, dict(zip(names, in_steps(mixture.without_idle(beta)), strict=True))


def _log_likelihood(
    held_out: HeldOut, rows: Ints, kappa: float, beta: Mapping[str, float], uniform: bool = False
) -> Floats:
    """Mean log-probability of the next positives' interests, (n_rows,); `uniform` is for users without evidence."""
    if uniform:
        guess = np.full_like(held_out.target[rows], 1.0 / held_out.target.shape[1])
    else:
        source = mix({name: given[rows] for name, given in held_out.donations.items()}, beta)
        alpha = shrinkage(held_out.evidence[rows], kappa)[:, None]
        guess = shift(held_out.observed[rows], source, alpha)
    return (held_out.target[rows] * np.log(np.maximum(guess, FLOOR))).sum(axis=1)  # type: ignore[no-any-return]


def _last_alone(donations: Mapping[str, Floats]) -> Mapping[str, float]:
    """The population's: it is last and never abstains."""
    return {name: float(name == list(donations)[-1]) for name in donations}
