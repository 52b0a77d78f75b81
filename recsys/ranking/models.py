"""Everything fitted on one set of interactions: transfer and retrievers, ready to nominate candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Interactions, Ints, Mask, decayed
from recsys.events.side import SideInformation
from recsys.events.split import Requests
from recsys.language.device import device_of
from recsys.ranking.diversity import traits_of
from recsys.ranking.features import Candidates, ItemFacts, concatenate, item_facts, nominate
from recsys.ranking.retrievers import domain_items, ease, own_items, text_factors, transitions
from recsys.ranking.retrievers.contract import Retriever
from recsys.ranking.retrievers.donor_items import CohortItems, DonorItems
from recsys.ranking.retrievers.interests import Interests
from recsys.ranking.retrievers.next_item import sequence
from recsys.ranking.retrievers.recent import Popular, latest_newcomers
from recsys.ranking.retrievers.text import Text
from recsys.ranking.rules import Cap
from recsys.settings import Settings
from recsys.transfer import model as transfer_model
from recsys.transfer.donors.cohort import Cohort
from recsys.transfer.model import Profiles, Transfer
from recsys.transfer.popularity import introductions

BATCH, CELLS = 256, 2_560_000
"""Most requests whose scores of all items are held at once, and most such scores of one retriever."""
DAY, YEAR, EVER = 1.0, 365.0, 36_500.0
"""Half-lives of popularity, in days; under the last nothing is forgotten."""


@dataclass(frozen=True)
class World:
    """What does not depend on behaviour, and so is the same on every side of a cut in time."""

    membership: Floats
    """Items over interests, (n_items, n_interests)."""
    directions: Floats
    """Centred item features, (n_items, dim), rows of length 1 or 0."""
    text: Text
    side: SideInformation
    available: Mask
    """Items that may be recommended, (n_items,)."""
    cap: Cap | None = None
    """The cap on items of one category in a list."""
    timed: bool = True
    """False: an order stands in for times."""
    offered: Mask | None = None
    """Items that may have been recommended at some time, (n_items,); None: those that may be now."""

    @property
    def then(self) -> World:
        """The same at an earlier moment: what has expired or is sold out by now was there, nobody knows until when."""
        return self if self.offered is None else replace(self, available=self.offered)


@dataclass(frozen=True)
class Models:
    """Fitted models."""

    transfer: Transfer
    retrievers: Sequence[Retriever]
    facts: ItemFacts
    available: Mask
    traits: Floats
    """What lists are to differ in, (n_items, n_traits)."""
    cap: Cap | None = None
    """The cap on items of one category in a list."""

    def candidates(self, requests: Requests, settings: Settings) -> Candidates:
        """Candidates of every request, with their features."""
        parts = [requests.part(rows) for rows in self.batches(len(requests))]
        return concatenate([self.nominate(part, self.transfer.profiles(part), settings) for part in parts])

    def batches(self, count: int) -> list[Ints]:
        """Rows of so many requests, see `batches`."""
        return batches(count, len(self.available))

    def within(self, pool: Mask | None) -> Models:
        """The same, that name items of `pool`, (n_items,), alone."""
        return self if pool is None else replace(self, available=self.available & pool)

    def nominate(self, requests: Requests, profiles: Profiles, settings: Settings) -> Candidates:
        """Candidates of one group of requests, whose profiles these are."""
        most, least = settings.ranking.candidates, settings.ranking.top_n
        return nominate(self.retrievers, requests, profiles, self.facts, self.available, most, least)


def batches(count: int, n_items: int) -> list[Ints]:
    """Rows of so many requests, by groups whose scores of all items can be held at once; one group at least."""
    size = max(1, min(BATCH, CELLS // max(n_items, 1)))
    return np.array_split(np.arange(count, dtype=np.int32), max(1, -(-count // size)))


def fit(interactions: Interactions, world: World, settings: Settings, transfer: Transfer | None = None) -> Models:
    """Models that know `interactions` and nothing else of behaviour; `transfer` may have been fitted on them before."""
    fitted = transfer or transfer_model.fit(interactions, world.membership, world.side, settings, world.timed)
    weight = decayed(interactions, settings.events.half_life_days)
    shape = (interactions.n_users, interactions.n_items)
    chosen = sp.csr_matrix((weight, (interactions.user, interactions.item)), shape=shape)
    half_life = settings.transfer.popularity_half_life_days
    window, seed = settings.ranking.transition_window, settings.ranking.seed
    after = transitions.fit(interactions, window)
    retrievers: list[Retriever] = [
        after,
        transitions.fit_attention(interactions, window),
        sequence.fit(interactions, world.directions, seed, device_of(settings.ranking)),
        ease.fit(interactions, settings.ranking.ease_l2),
        ease.fit_texts(interactions, world.directions),
        Interests(world.membership, interactions, half_life, "own interests", transfers=False),
        Interests(world.membership, interactions, half_life, "transferred interests", transfers=True),
        *(DonorItems(name, chosen) for name in fitted.people),
        *(CohortItems(donor) for donor in fitted.donors if isinstance(donor, Cohort)),
        *_between_domains(interactions, world.side, seed),
        *own_items.fit(interactions),
        world.text,
        *text_factors.fit(interactions, after, world.directions, seed),
        latest_newcomers(interactions),
        Popular(introductions(interactions), YEAR, "intro popularity"),
        Popular(interactions, DAY, "popularity of the day"),
        Popular(interactions, half_life, "recent popularity"),
        Popular(interactions, EVER, "popularity"),
    ]
    facts = item_facts(interactions, world.side.domain, world.timed)
    traits = traits_of(world.membership, world.directions)
    return Models(fitted, retrievers, facts, world.available, traits, world.cap)


def _between_domains(interactions: Interactions, side: SideInformation, seed: int) -> list[Retriever]:
    """What leads from one domain into another; nothing where there is one alone."""
    return [domain_items.fit(interactions, side.domain, side.domains, seed)] if len(side.domains) > 1 else []
