"""Everything fitted on one set of interactions: transfer and signals, ready to nominate candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recsys.events.interactions import Floats, Interactions, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.candidates import Candidates, concatenate, nominate
from recsys.ranking.context import ItemFacts, item_facts
from recsys.ranking.lists.diversity import traits_of
from recsys.ranking.lists.rules import Cap, Rules
from recsys.ranking.signals import registry
from recsys.ranking.signals.contract import Answer, Signal
from recsys.ranking.signals.known import Known
from recsys.ranking.signals.sequence_model.sequence import Sequence as Network
from recsys.ranking.world import World
from recsys.settings import Settings
from recsys.transfer import model as transfer_model
from recsys.transfer.model import Profiles, Transfer

BATCH, CELLS = 512, 10_000_000
"""Most requests answered at once, and most pairs of request and item that are marked then."""
MIN_CANDIDATES = 10
"""Candidates that a request to learn from has at least."""


@dataclass(frozen=True)
class Models:
    """Fitted models."""

    transfer: Transfer
    signals: Sequence[Signal]
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
        """Rows of so many requests, by groups that are answered at once; at least one group."""
        size = max(1, min(BATCH, CELLS // max(len(self.available), 1)))
        return np.array_split(np.arange(count, dtype=np.int32), max(1, -(-count // size)))

    def within(self, pool: Mask | None) -> Models:
        """The same, that nominate items of `pool`, (n_items,), alone."""
        return self if pool is None else replace(self, available=self.available & pool)

    def under(self, rules: Rules) -> Models:
        """The same, that show what the rules permit; raises `DataError` where that is nothing."""
        return replace(self, available=rules.among(self.available), cap=rules.cap)

    def nominate(
        self,
        requests: Requests,
        profiles: Profiles,
        settings: Settings,
        least: int = MIN_CANDIDATES,
        answers: Sequence[Answer] | None = None,
    ) -> Candidates:
        """Candidates of one group of requests, whose profiles these are, `least` of each if there are so many items;
        `answers` of all signals, if known already."""
        most = settings.ranking.candidates
        return nominate(self.signals, requests, profiles, self.facts, self.available, most, least, answers)


def fit(
    interactions: Interactions,
    world: World,
    settings: Settings,
    transfer: Transfer | None = None,
    earlier: Network | None = None,
) -> Models:
    """Models that know `interactions` and nothing else of behaviour; `transfer` may have been fitted on them before.

    `earlier` is the sequence model of an earlier day, with the items of `world`, to resume training from.
    """
    fitted = transfer or transfer_model.fit(interactions, world.items.membership, world.side, settings, world.timed)
    known = Known(interactions, world.items, world.text_links, world.side, fitted, settings, earlier)
    facts = item_facts(interactions, world.side.domain, world.timed)
    traits = traits_of(world.items.membership, world.items.directions)
    return Models(fitted, registry.fit(known), facts, world.available, traits, world.cap)
