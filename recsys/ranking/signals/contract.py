"""What every signal is: a fitted model that nominates items for requests and scores any pair of request and item."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Requests
from recsys.transfer.model import Profiles

if TYPE_CHECKING:
    from recsys.settings import ReasonLanguage

Family = Literal["item-to-item", "sequence", "interests", "donors", "history", "text", "popularity"]


class Phrases(NamedTuple):
    """What a signal is called in a reason, by language; may hold {title}, an item of the history, or {interest}.

    Nothing but its weight is known of an event, so no phrase names the user's action: a view may be positive as well.
    """

    en: str
    zh: str

    def of(self, language: ReasonLanguage) -> str:
        """The phrase in that language."""
        return str(getattr(self, language))

    @property
    def slot(self) -> str:
        """Where a name goes, "{title}" or "{interest}"; "" for a phrase that names nothing."""
        return next((slot for slot in ("{title}", "{interest}") if slot in self.en), "")


@dataclass(frozen=True)
class Spec:
    """What is declared of a signal. Rules read these fields, never the name."""

    name: str
    """Name of the feature, and of the term that it adds to a score."""
    family: Family
    phrases: Phrases
    needs_history: bool = False
    """Whether its phrase refers to the user's own positives: not shown to a user without any."""
    content_based: bool = False
    """Whether it judges an item by what it is, not by the users with positives of it."""
    transfers: bool = False
    """Whether its scores come from other people's interests: what the no-transfer arm goes without."""


@dataclass(frozen=True)
class Open:
    """Which items each request may be shown: available ones that the user has not seen."""

    available: Mask
    """(n_items,)."""
    seen: sp.csr_matrix
    """Not 0 where an item may not be recommended again, (n_requests, n_items)."""

    @cached_property
    def closed(self) -> Mask:
        """Where a request may not be shown an item, (n_requests, n_items)."""
        closed = np.zeros(self.seen.shape, bool)
        closed[np.repeat(np.arange(closed.shape[0]), np.diff(self.seen.indptr)), self.seen.indices] = True
        closed[:, ~self.available] = True
        return closed


class Nominees(NamedTuple):
    """The best open items of some requests by one signal: at most k each, all of a score above 0, sorted by request."""

    request: Ints
    item: Ints
    score: Floats


class Answer(Protocol):
    """A signal's answer to a group of requests."""

    def nominate(self, k: int, open_items: Open) -> Nominees:
        """The `k` best open items of each request with a score above 0; of equal scores, the first items."""

    def at(self, request: Ints, item: Ints) -> Floats:
        """Scores of pairs, (n_pairs,); 0 where the signal abstains, more is better."""


class Signal(Protocol):
    """A fitted source of candidates, and of features for the ranker."""

    @property
    def spec(self) -> Spec:
        """What is declared of it."""

    def ask(self, requests: Requests, profiles: Profiles) -> Answer:
        """Its answer to the requests; the same for a request in any group."""


class Contributors(NamedTuple):
    """Contributors to a recommendation from the history, the strongest first, (n_pairs, n_contributors)."""

    item: Ints
    """-1 for none."""
    pull: Floats
    """What each adds to the signal's score; 0 for none."""


@runtime_checkable
class Because(Protocol):
    """A signal that names items of the history which contribute to a recommendation."""

    def because(self, requests: Requests, request: Ints, item: Ints) -> Contributors:
        """The items of the request's history that contribute most to each pair."""


@runtime_checkable
class BecauseInterest(Protocol):
    """A signal that names the interest which contributes most to a recommendation."""

    def interest(self, profiles: Profiles, request: Ints, item: Ints) -> Ints:
        """The interest that contributes most to a pair, of those that user and item have, (n_pairs,); -1 for none."""
