"""The cohort as donor: users who share attributes, known as groups and never as individuals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Requests
from recsys.interests.distributions import Observed
from recsys.transfer.donors.contract import Donation
from recsys.transfer.donors.difference import Numbers, positive_factors, separation
from recsys.transfer.donors.groups import disclosed_groups


@dataclass(frozen=True)
class GroupSums:
    """What is known of groups: sums of their holders' interests, or of their positive items."""

    own: sp.csr_matrix
    """Of each user, (n_users, width)."""
    sums: sp.csr_matrix
    """Of all holders of each value, (n_values, width); nothing for a group of weight 0."""
    weight: Numbers
    """How far each value is believed, (n_values,); 0 for a group that is suppressed or carries no information."""


@dataclass(frozen=True)
class Cohort:
    """Everybody with a history who shares an attribute's value with the user.

    P_cohort = Σ_v w_v P_v / Σ_v w_v over the user's values v, P_v being the mean of the other holders' P̂: a member
    counts Σ_v w_v / m_v over the values shared, m_v being the number of holders besides the user.

    w_v is how far the holders of v differ from everybody beyond chance, see `separation`: by their interests, and
    where items are passed on, by their positives, too. Users without a value of any weight get nothing.

    Which groups are disclosed, and why no small one can be worked out from them: `disclosed_groups`. An answer excludes
    the asker, so two askers who compare theirs learn of each other, but of nobody else.
    """

    attributes: sp.csr_matrix
    """1 where a user has a value, (n_users, n_values)."""
    known: Mask
    """Who has a history, (n_users,): these alone are holders."""
    count: Numbers
    """Holders of each value, (n_values,)."""
    interests: GroupSums
    """P̂, (n_users, n_interests)."""
    positives: GroupSums
    """Decayed positive weights, (n_users, n_items); positives within the same interests may discriminate further."""
    suppressed: Sequence[str]
    """Values not disclosed because they would disclose few people."""
    name: ClassVar[str] = "cohort"
    are_people: ClassVar[bool] = False

    @staticmethod
    def of(
        attributes: sp.csr_matrix, values: Sequence[str], observed: Observed, positives: sp.csr_matrix, least: int
    ) -> Cohort:
        """The groups that have more than `least` people.

        `attributes` is 1 where a user has one of the `values` (such as "country=France"), (n_users, n_values);
        `positives` are decayed positive weights, (n_users, n_items).
        """
        known = observed.evidence > 0
        holders = sp.csr_matrix(sp.diags(known.astype(float)) @ attributes)
        disclosed = disclosed_groups(holders, values, int(known.sum()), least)
        by_interests = separation(observed.distribution[known], holders[known]) * disclosed
        by_positives = separation(positive_factors(positives[known]), holders[known]) * disclosed
        interests = _sums(sp.csr_matrix(observed.distribution.astype(float)), holders, by_interests)
        item_sums = _sums(positives, holders, np.maximum(by_positives, by_interests))
        suppressed = [value for value, is_disclosed in zip(values, disclosed, strict=True) if not is_disclosed]
        return Cohort(attributes, known, np.asarray(holders.sum(axis=0)).ravel(), interests, item_sums, suppressed)

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The mix of interests of the groups a user is in, and how many people the group of most weight has."""
        del observed
        mixed = self._mixed(requests, self.interests)
        total = mixed.sum(axis=1, keepdims=True)
        distribution = np.divide(mixed, total, out=np.zeros_like(mixed), where=total > 1e-9)
        return Donation(distribution.astype(np.float32), weights=None, contributors=self._contributors(requests))

    def items(self, requests: Requests) -> Floats:
        """r_ui = Σ_v w_v (mean of r_hi over the other holders h) / Σ_v w_v, (n_requests, n_items)."""
        return self._mixed(requests, self.positives).astype(np.float32)

    def _mixed(self, requests: Requests, groups: GroupSums) -> Numbers:
        """Weighted mean over the user's values of the means of their other holders, (n_requests, width)."""
        weight, member = self._weights(requests, groups), self._member(requests)
        values = np.diff(weight.indptr)
        total, own = np.repeat(np.asarray(weight.sum(axis=1)).ravel(), values), np.repeat(member, values)
        weight.data = weight.data / (self.count[weight.indices] - own) / total
        without = sp.diags(member * np.asarray(weight.sum(axis=1)).ravel()) @ groups.own[requests.user]
        return np.asarray(np.maximum((weight @ groups.sums - without).todense(), 0))

    def _contributors(self, requests: Requests) -> Ints:
        weight = self._weights(requests, self.interests)
        most = np.asarray(weight.argmax(axis=1)).ravel()
        contributors = (self.count[most] - self._member(requests)) * (np.diff(weight.indptr) > 0)
        return np.asarray(contributors, dtype=np.int32)

    def _member(self, requests: Requests) -> Numbers:
        """1 for requests of holders, who are excluded from their own answer, (n_requests,)."""
        return np.asarray((requests.user >= 0) & self.known[requests.user], dtype=np.float64)

    def _weights(self, requests: Requests, groups: GroupSums) -> sp.csr_matrix:
        """Weights of the values of each request's user, (n_requests, n_values), only those above 0."""
        asked = sp.diags((requests.user >= 0).astype(float)) @ self.attributes[requests.user]
        weights = sp.csr_matrix(asked @ sp.diags(groups.weight))
        weights.eliminate_zeros()
        return weights


def _sums(own: sp.csr_matrix, holders: sp.csr_matrix, weight: Numbers) -> GroupSums:
    """Of groups of some weight alone, for nobody may work out the others."""
    return GroupSums(own, sp.csr_matrix(sp.diags((weight > 0) * 1.0) @ holders.T @ own), weight)
