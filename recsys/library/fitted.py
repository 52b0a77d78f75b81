"""What stages made of some tables, read when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.interactions import Ints
from recsys.events.split import Requests
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.language.script import language_of
from recsys.ranking.item_lists import held_out
from recsys.ranking.item_lists.links import Links, links_of
from recsys.ranking.item_lists.similar import Blend
from recsys.ranking.lists.reasons import Words
from recsys.ranking.lists.rules import rules_of
from recsys.ranking.models import Models
from recsys.ranking.ranker import stage as ranker_stage
from recsys.ranking.ranker.experts import Ranker
from recsys.ranking.signals import stage as signals_stage
from recsys.settings import ReasonLanguage, Settings


@dataclass(frozen=True)
class Fitted:
    """Tables, models and ranker of one fit."""

    made: Mapping[str, Manifest]
    """Results of the stages `ingest`, `interests`, `signals` and `ranker`."""
    settings: Settings
    as_of: date
    kinds: Mapping[str, str]
    """Type in which `user_id` and `item_id` are given back, see `ids.kind_of`."""

    @cached_property
    def known(self) -> Tables:
        """The tables in row numbers."""
        return tables.read(self.made["ingest"])

    @cached_property
    def models(self) -> Models:
        """Transfer and signals, under the rules of the settings."""
        return signals_stage.read(self.made["signals"]).under(rules_of(self.known, self.settings.lists))

    @cached_property
    def ranker(self) -> Ranker:
        """The ranker of the product."""
        return ranker_stage.read(self.made["ranker"]).ranker

    @cached_property
    def links(self) -> Links:
        """What leads from an item to others."""
        return links_of(self.models.signals, self.known.interactions)

    @cached_property
    def blend(self) -> Blend:
        """How much behaviour counts beside text where items are compared, as the stage `item_lists` selects it."""
        ranking, seed = self.settings.ranking, self.settings.seed
        return held_out.choose(self.known.interactions, self.links.text, ranking, seed, self.known.timed)

    @cached_property
    def words(self) -> Words:
        """Titles, and names of interests."""
        return Words(self.known.titles, interests_stage.read_names(self.made["interests"]))

    @property
    def language(self) -> ReasonLanguage:
        """Language of the reasons."""
        asked = self.settings.lists.reason_language
        return language_of(self.known.titles) if asked == "auto" else asked

    def requests(self, rows: Ints) -> Requests:
        """A request of each user at the end of the day, (n_rows,); row -1 asks without a history."""
        everybody = replace(self.known.interactions, n_users=self.known.interactions.n_users + 1)
        places = np.where(rows < 0, everybody.n_users - 1, rows).astype(np.int32)
        drift = np.append(interests_stage.read_drift(self.made["interests"]), np.float32(0))
        at = np.full(len(rows), self.known.request_time(self.as_of))
        return Requests(everybody.of_users(places), at, rows.astype(np.int32), drift[places])
