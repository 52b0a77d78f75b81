"""The cohort as donor: users who share attributes, heard as groups and never one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.stats import chi2
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from recsys.events.interactions import Floats, Ints
from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.donors.groups import heard_groups

Numbers = npt.NDArray[np.float64]

FACTORS = 32
"""Dimensions in which choices are compared."""
CHANCE = 0.05
"""How often any of all the values may be taken to say something when none of them does."""


@dataclass(frozen=True)
class Cohort:
    """Everybody with a history who shares an attribute's value with the user.

    P_cohort = Σ_v say_v P_v / Σ_v say_v over the user's values v, P_v being the mean of the other holders' P̂: a member
    counts Σ_v say_v / m_v over the values shared, m_v being the number of holders besides the user.

    A value says as much as its holders differ from everybody beyond chance, see `says`: by their interests, and where
    items are passed on, by what they choose, too. Who has no value that says anything hears nothing.

    Which groups are heard, and why no small one can be worked out from them: `groups.heard_groups`. An answer leaves
    the asker out, so two askers who compare theirs learn of each other, but of nobody else.
    """

    attributes: sp.csr_matrix
    """1 where a user has a value, (n_users, n_values)."""
    values: Sequence[str]
    """Such as "country=France", (n_values,)."""
    observed: Observed
    chosen: sp.csr_matrix
    """Decayed positive weights, (n_users, n_items)."""
    least: int
    """People besides the user whom a group must have."""
    say: Numbers = field(init=False)
    """What each value says of interests, (n_values,); 0 for a group that is not heard."""
    say_of_items: Numbers = field(init=False)
    """What it says of items, (n_values,): as much, or more where holders choose others within the same interests."""
    silent: Sequence[str] = field(init=False)
    """Values not heard because few people would be told of."""
    count: Numbers = field(init=False)
    """Holders with a history, (n_values,)."""
    interests: Numbers = field(init=False)
    """Sum of the holders' P̂, (n_values, n_interests)."""
    items_chosen: sp.csr_matrix = field(init=False)
    """Sum of the holders' weights, (n_values, n_items)."""
    name: ClassVar[str] = "cohort"
    are_people: ClassVar[bool] = False

    def __post_init__(self) -> None:
        known = self.observed.evidence > 0
        holders = sp.csr_matrix(sp.diags(known.astype(float)) @ self.attributes)
        count = np.asarray(holders.sum(axis=0)).ravel()
        heard = heard_groups(holders, self.values, int(known.sum()), self.least)
        sums = np.asarray(holders.T @ self.observed.distribution.astype(float))
        object.__setattr__(self, "silent", [value for value, one in zip(self.values, heard, strict=True) if not one])
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "interests", sums)
        say = says(self.observed.distribution[known], holders[known]) * heard
        say_of_items = np.maximum(says(tastes(self.chosen[known]), holders[known]) * heard, say)
        object.__setattr__(self, "say", say)
        object.__setattr__(self, "say_of_items", say_of_items)
        object.__setattr__(
            self, "items_chosen", sp.csr_matrix(sp.diags((say_of_items > 0) * 1.0) @ holders.T @ self.chosen)
        )

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The mix of interests of the groups a user is in, and how many people the one that says most has."""
        del observed
        weight, member = self._weights(requests, self.say)
        own = member[:, None] * self.observed.distribution[requests.user]
        mixed = np.maximum(weight @ self.interests - np.asarray(weight.sum(axis=1)) * own, 0)
        total = mixed.sum(axis=1, keepdims=True)
        distribution = np.divide(mixed, total, out=np.zeros_like(mixed), where=total > 1e-9)
        return Donation(distribution.astype(np.float32), voices=None, behind=self._behind(requests))

    def items(self, requests: Requests) -> Floats:
        """r_ui = Σ_v say_v (mean of w_wi over the other holders w) / Σ_v say_v, (n_requests, n_items)."""
        weight, member = self._weights(requests, self.say_of_items)
        own = sp.diags(member * np.asarray(weight.sum(axis=1)).ravel()) @ self.chosen[requests.user]
        mixed = np.asarray((weight @ self.items_chosen - own).todense())
        return np.asarray(np.maximum(mixed, 0), dtype=np.float32)

    def _weights(self, requests: Requests, say: Numbers) -> tuple[sp.csr_matrix, Numbers]:
        """say_v / m_v / Σ say for each request, (n_requests, n_values); and 1 where the user is a holder themselves."""
        member = (requests.user >= 0) * (self.observed.evidence[requests.user] > 0).astype(float)
        loud = self._loud(requests, say)
        total = np.repeat(np.asarray(loud.sum(axis=1)).ravel(), np.diff(loud.indptr))
        others = self.count[loud.indices] - np.repeat(member, np.diff(loud.indptr))
        loud.data = loud.data / others / total
        return loud, member

    def _behind(self, requests: Requests) -> Ints:
        loud = self._loud(requests, self.say)
        most = np.asarray(loud.argmax(axis=1)).ravel()
        member = (requests.user >= 0) & (self.observed.evidence[requests.user] > 0)
        return np.asarray((self.count[most] - member) * (np.diff(loud.indptr) > 0), dtype=np.int32)

    def _loud(self, requests: Requests, say: Numbers) -> sp.csr_matrix:
        """What the values of each request's user say, (n_requests, n_values), only those that say something."""
        asked = sp.diags((requests.user >= 0).astype(float)) @ self.attributes[requests.user]
        loud = sp.csr_matrix(asked @ sp.diags(say))
        loud.eliminate_zeros()
        return loud


def tastes(chosen: sp.csr_matrix) -> Floats:
    """What users choose in a few dimensions, (n_users, at most `FACTORS`): SVD of their weights, rows of length 1."""
    rank = min(FACTORS, *(side - 1 for side in chosen.shape))
    if rank < 1 or not chosen.nnz:
        return np.zeros((chosen.shape[0], 1), np.float32)
    left, size, _ = randomized_svd(normalize(chosen), rank, random_state=0)
    return np.asarray(left * size, np.float32)


def says(distribution: Floats, holders: sp.csr_matrix) -> Numbers:
    """How far a value's holders differ from everybody beyond chance, (n_values,), at least 0.

    say_v = |P_v - P|² / s² - 1 / m_v, with P the mean of all users, s² their variance: the share of it that lies
    between groups, by the method of moments (DerSimonian & Laird 1986). It is 0 unless |P_v - P|² m_v / s² exceeds
    what, by chance alone, any of all values would exceed in one case of 20: a quantile of χ²_k / k, k = (tr C)² / tr C²
    with C the covariance of the users (Satterthwaite 1946).

    `distribution` is what users are compared by, (n_users, n_dimensions), `holders` is 1 where a user has a value,
    (n_users, n_values).

    >>> tastes, sex = np.repeat(np.eye(2, dtype=np.float32), 40, axis=0), np.repeat(np.eye(2), 40, axis=0)
    >>> says(tastes, sp.csr_matrix(sex)).round(2).tolist()
    [0.96, 0.96]
    >>> says(tastes, sp.csr_matrix(np.tile(np.eye(2), (40, 1)))).tolist()
    [0.0, 0.0]
    """
    own = distribution - distribution.astype(float).sum(axis=0) / max(len(distribution), 1)
    covariance = own.T @ own / max(len(own) - 1, 1)
    variance, roundness = np.trace(covariance), np.sum(covariance**2)
    count = np.maximum(np.asarray(holders.sum(axis=0)).ravel(), 1.0)
    apart = ((np.asarray(holders.T @ own) / count[:, None]) ** 2).sum(axis=1)
    if not variance > 0:
        return np.zeros(len(count))
    freedom, values = variance**2 / roundness, max(len(count), 1)
    beyond_luck = apart * count / variance > chi2.ppf(1 - CHANCE / values, freedom) / freedom
    return np.asarray(np.maximum(apart / variance - 1 / count, 0) * beyond_luck)
