"""Positives in a domain of users with similar positives in other domains: for users new to the domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.signals.answers import Factors, best
from recsys.ranking.signals.contract import Nominees, Open, Phrases, Spec
from recsys.ranking.signals.index import Index
from recsys.ranking.signals.known import Known
from recsys.transfer.model import Profiles

PHRASES = Phrases("fits what you like in other areas", "符合您在其他领域的喜好")
DOMAIN_ITEMS = Spec("domains' items", "donors", PHRASES, transfers=True)
RANK = 32
"""Factors of positives outside of a domain."""
L2 = 10.0
"""Ridge penalty; a user's factors have a length of at most 1."""
MIN_USERS = 20
"""Users inside and outside of a domain below which nothing is learnt of it."""


@dataclass(frozen=True)
class DomainItems:
    """A ridge regression into each domain from the positives outside of it, μ + (z − z̄) W.

    z are factors of a user's positives outside, rare items weighing more (tf-idf, length 1). It is learnt twice from
    users of both sides: from all their positives outside, and from those before they first came in, for that
    is how new users of the domain ask.
    """

    rarity: Floats
    """Weight of each item, (n_items,)."""
    factors: Floats
    """(n_items, rank)."""
    domain: Ints
    """Number of each item's domain, (n_items,)."""
    centre: Floats
    """z̄ of each domain, (n_domains, rank)."""
    weights: Floats
    """W, of each item from outside its own domain, (rank, n_items)."""
    mean: Floats
    """μ, share of the users of its domain with a positive of an item, (n_items,); 0 where nothing was learnt."""
    spec: Spec = DOMAIN_ITEMS

    def ask(self, requests: Requests, profiles: Profiles) -> ByDomain:
        """Expected share of these users with positives of an item, ≥ 0; 0 without positives outside its domain."""
        del profiles
        return ByDomain([self._of(place, requests) for place in range(len(self.centre))], self.domain)

    def _of(self, place: int, requests: Requests) -> Factors:
        z, active = _outside(requests.history.positives, self.domain == place, self.rarity, self.factors)
        queries = np.column_stack([z - self.centre[place], np.ones(len(z), np.float32)]).astype(np.float32)
        return Factors(queries, self._indices[place], active.astype(np.float32), np.zeros(len(z), np.float32))

    @cached_property
    def _indices(self) -> list[Index]:
        """W and μ of the items of each domain."""
        vectors = np.column_stack([self.weights.T, self.mean])
        return [Index(vectors, (self.domain == place) & (self.mean > 0)) for place in range(len(self.centre))]


@dataclass(frozen=True)
class ByDomain:
    """Answers that are about the items of one domain each."""

    answers: Sequence[Factors]
    domain: Ints
    """Number of each item's domain, (n_items,)."""

    def nominate(self, k: int, open_items: Open) -> Nominees:
        """The best of all domains together."""
        parts = [answer.nominate(k, open_items) for answer in self.answers]
        request, item, score = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return best(request, item, score, k, open_items.seen.shape[0])

    def at(self, request: Ints, item: Ints) -> Floats:
        """Scores of pairs, (n_pairs,)."""
        scores = np.zeros(len(request), np.float32)
        for place, answer in enumerate(self.answers):
            rows = np.flatnonzero(self.domain[item] == place)
            scores[rows] = answer.at(request[rows], item[rows])
        return scores


def fit(known: Known) -> list[DomainItems]:
    """What leads from one domain into another; nothing where there is a single domain."""
    side, seed = known.side, known.settings.seed
    return [of(known.interactions, side.domain, side.domains, seed)] if len(side.domains) > 1 else []


def of(interactions: Interactions, domain: Ints, domains: Sequence[str], seed: int) -> DomainItems:
    """The regression into every domain; `domain` is that of each item, (n_items,), "" is none and never led into."""
    positives = interactions.positives
    counts = np.asarray(positives.sum(axis=0)).ravel()
    rarity = (np.log((1 + positives.shape[0]) / (1 + counts)) + 1).astype(np.float32)
    rank = max(min(RANK, min(positives.shape) - 1), 1)
    factors = randomized_svd(_lengthened(positives, rarity), rank, random_state=seed)[2].T.astype(np.float32)
    centre, weights = np.zeros((len(domains), rank), np.float32), np.zeros((rank, len(domain)), np.float32)
    mean = np.zeros(len(domain), np.float32)
    for place in (place for place, name in enumerate(domains) if name):
        inside = domain == place
        histories = list(_histories(interactions, inside))
        if histories[0][0].shape[0] >= MIN_USERS:
            z = np.concatenate([_outside(source, inside, rarity, factors)[0] for source, _ in histories])
            answers = sp.vstack([wanted for _, wanted in histories])
            centre[place], mean[inside] = z.mean(axis=0), np.asarray(answers.mean(axis=0)).ravel()
            weights[:, inside] = _ridge(z - centre[place], answers)
    return DomainItems(rarity, factors, domain, centre, weights, mean)


def _histories(interactions: Interactions, inside: Mask) -> Iterator[tuple[sp.csr_matrix, sp.csr_matrix]]:
    """Positives of the users of both sides, and those inside: of all their positives, and of those before inside."""
    positives = interactions.first_positives
    within, place = inside[positives.item], np.arange(len(positives.user))
    entry = np.full(positives.n_users, len(place))
    np.minimum.at(entry, positives.user[within], place[within])
    for known in (positives, positives.take(place < entry[positives.user])):
        source = known.take(~inside[known.item]).positives
        rows = np.flatnonzero((np.diff(source.indptr) > 0) & (entry < len(place)))
        yield source[rows], positives.positives[rows][:, inside]


def _outside(positives: sp.csr_matrix, inside: Mask, rarity: Floats, factors: Floats) -> tuple[Floats, Mask]:
    """Factors of the positives outside, (n, rank), and whether there are any, (n,)."""
    outside = _lengthened(positives, rarity * ~inside)
    return np.asarray(outside @ factors, np.float32), np.asarray(outside.sum(axis=1)).ravel() > 0


def _lengthened(positives: sp.csr_matrix, weight: Floats) -> sp.csr_matrix:
    """Rows of weighted positives, of length 1 or 0."""
    rows = sp.csr_matrix(positives @ sp.diags(weight))
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1))).ravel()
    return sp.csr_matrix(sp.diags(1 / np.maximum(length, 1e-9)) @ rows, dtype=np.float32)


def _ridge(z: Floats, answers: sp.csr_matrix) -> Floats:
    """(ZᵀZ + λI)⁻¹ Zᵀ Y, of centred z, (rank, n_answers); the mean of the answers needs no subtraction then."""
    gram = z.T.astype(np.float64) @ z + L2 * np.eye(z.shape[1])
    return np.asarray(np.linalg.solve(gram, (answers.T @ z).T), np.float32)
