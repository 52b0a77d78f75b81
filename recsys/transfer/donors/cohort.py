"""The cohort as donor: users who share attributes, heard as groups and never one by one."""

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
from recsys.transfer.donors.difference import Numbers, says, tastes
from recsys.transfer.donors.groups import heard_groups


@dataclass(frozen=True)
class Told:
    """What groups tell of their holders: their interests, or the items they chose."""

    own: sp.csr_matrix
    """What each user has to tell, (n_users, width)."""
    sums: sp.csr_matrix
    """Its sum over the holders of each value, (n_values, width)."""
    say: Numbers
    """What each value says, (n_values,); 0 for a group that is not heard."""


@dataclass(frozen=True)
class Cohort:
    """Everybody with a history who shares an attribute's value with the user.

    P_cohort = Σ_v say_v P_v / Σ_v say_v over the user's values v, P_v being the mean of the other holders' P̂: a member
    counts Σ_v say_v / m_v over the values shared, m_v being the number of holders besides the user.

    A value says as much as its holders differ from everybody beyond chance, see `difference.says`: by their interests,
    and where items are passed on, by what they choose, too. Who has no value that says anything hears nothing.

    Which groups are heard, and why no small one can be worked out from them: `groups.heard_groups`. An answer leaves
    the asker out, so two askers who compare theirs learn of each other, but of nobody else.
    """

    attributes: sp.csr_matrix
    """1 where a user has a value, (n_users, n_values)."""
    known: Mask
    """Who has a history, (n_users,): these alone are holders."""
    count: Numbers
    """Holders of each value, (n_values,)."""
    interests: Told
    """P̂, (n_users, n_interests)."""
    choices: Told
    """Decayed positive weights, (n_users, n_items); what is chosen within the same interests may say more."""
    silent: Sequence[str]
    """Values not heard because few people would be told of."""
    name: ClassVar[str] = "cohort"
    are_people: ClassVar[bool] = False

    @staticmethod
    def of(
        attributes: sp.csr_matrix, values: Sequence[str], observed: Observed, chosen: sp.csr_matrix, least: int
    ) -> Cohort:
        """The groups that have more than `least` people.

        `attributes` is 1 where a user has one of the `values` (such as "country=France"), (n_users, n_values);
        `chosen` are decayed positive weights, (n_users, n_items).
        """
        known = observed.evidence > 0
        holders = sp.csr_matrix(sp.diags(known.astype(float)) @ attributes)
        heard = heard_groups(holders, values, int(known.sum()), least)
        say = says(observed.distribution[known], holders[known]) * heard
        say_of_items = np.maximum(says(tastes(chosen[known]), holders[known]) * heard, say)
        interests = _told(sp.csr_matrix(observed.distribution.astype(float)), holders, say)
        silent = [value for value, one in zip(values, heard, strict=True) if not one]
        count = np.asarray(holders.sum(axis=0)).ravel()
        return Cohort(attributes, known, count, interests, _told(chosen, holders, say_of_items), silent)

    def give(self, requests: Requests, observed: Observed) -> Donation:
        """The mix of interests of the groups a user is in, and how many people the one that says most has."""
        del observed
        mixed = self._mixed(requests, self.interests)
        total = mixed.sum(axis=1, keepdims=True)
        distribution = np.divide(mixed, total, out=np.zeros_like(mixed), where=total > 1e-9)
        return Donation(distribution.astype(np.float32), voices=None, behind=self._behind(requests))

    def items(self, requests: Requests) -> Floats:
        """r_ui = Σ_v say_v (mean of w_wi over the other holders w) / Σ_v say_v, (n_requests, n_items)."""
        return self._mixed(requests, self.choices).astype(np.float32)

    def _mixed(self, requests: Requests, told: Told) -> Numbers:
        """Mean over the user's values of what their other holders tell, each by what it says, (n_requests, width)."""
        weight, member = self._loud(requests, told), self._member(requests)
        values = np.diff(weight.indptr)
        total, own = np.repeat(np.asarray(weight.sum(axis=1)).ravel(), values), np.repeat(member, values)
        weight.data = weight.data / (self.count[weight.indices] - own) / total
        without = sp.diags(member * np.asarray(weight.sum(axis=1)).ravel()) @ told.own[requests.user]
        return np.asarray(np.maximum((weight @ told.sums - without).todense(), 0))

    def _behind(self, requests: Requests) -> Ints:
        loud = self._loud(requests, self.interests)
        most = np.asarray(loud.argmax(axis=1)).ravel()
        behind = (self.count[most] - self._member(requests)) * (np.diff(loud.indptr) > 0)
        return np.asarray(behind, dtype=np.int32)

    def _member(self, requests: Requests) -> Numbers:
        """1 for requests of holders, who are left out of what they hear, (n_requests,)."""
        return np.asarray((requests.user >= 0) & self.known[requests.user], dtype=np.float64)

    def _loud(self, requests: Requests, told: Told) -> sp.csr_matrix:
        """What the values of each request's user say, (n_requests, n_values), only those that say something."""
        asked = sp.diags((requests.user >= 0).astype(float)) @ self.attributes[requests.user]
        loud = sp.csr_matrix(asked @ sp.diags(told.say))
        loud.eliminate_zeros()
        return loud


def _told(own: sp.csr_matrix, holders: sp.csr_matrix, say: Numbers) -> Told:
    """Sums of heard groups alone, for nobody may work out the others."""
    return Told(own, sp.csr_matrix(sp.diags((say > 0) * 1.0) @ holders.T @ own), say)
