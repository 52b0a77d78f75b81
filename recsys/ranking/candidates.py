"""Candidates and what the ranker sees of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.context import CONTEXT, ItemFacts, RequestFacts, context, request_facts
from recsys.ranking.signals.contract import Answer, Nominees, Open, Signal, Spec
from recsys.transfer.model import Profiles

BELOW = -1e-6
"""Normalised score of what ties with a signal's last nominee and is none itself."""


@dataclass(frozen=True)
class Column:
    """A feature of candidates; two are the same if name and kind are."""

    name: str
    """Of the signal, or of the fact."""
    kind: Literal["score", "norm", "context"]
    """A signal's score; where it stands between the request's last nominee (0) and its first (1); or a fact."""
    spec: Spec | None = field(default=None, compare=False)
    """What is declared of the signal; None for a fact."""
    transfers: bool = False
    """Whether it comes from transfer."""


@dataclass(frozen=True)
class Candidates:
    """Items nominated for requests, sorted by request, then item; the rows of arrays are candidates."""

    request: Ints
    item: Ints
    features: Floats
    """(n_candidates, n_columns)."""
    columns: tuple[Column, ...]
    asked: RequestFacts
    """What is known of each request."""
    new: Mask
    """Whether an item has no events, (n_candidates,)."""

    @property
    def n_requests(self) -> int:
        """Requests, with candidates or without."""
        return len(self.asked.positives)

    def places(self, kind: str) -> Ints:
        """Columns of a kind, in order."""
        return np.array([place for place, column in enumerate(self.columns) if column.kind == kind], np.int32)

    def of(self, name: str) -> Floats:
        """The fact of that name, (n_candidates,)."""
        return np.asarray(self.features[:, self.columns.index(Column(name, "context", transfers=name == "alpha"))])

    def take(self, chosen: Mask | Ints) -> Candidates:
        """Some of the candidates."""
        return replace(self, request=self.request[chosen], item=self.item[chosen], features=self.features[chosen],
                       new=self.new[chosen])  # fmt: skip

    def without_transfer(self) -> Candidates:
        """The candidates and features that the no-transfer arm has: its own nominations, no donor's."""
        left = np.array([not column.transfers for column in self.columns])
        kept = self.take(self.own)
        columns = tuple(column for column in self.columns if not column.transfers)
        return replace(kept, features=kept.features[:, left], columns=columns)

    @property
    def own(self) -> Mask:
        """Candidates that a signal without donors nominated, or that only fill up, (n_candidates,)."""
        norms = self.places("norm")
        alone = np.array([not self.columns[place].transfers for place in norms], bool)
        return self.nominated(norms[alone]) | ~self.nominated(norms)

    def nominated(self, norms: Ints) -> Mask:
        """Where one of the signals with these normalised scores nominated the candidate itself, (n_candidates,)."""
        return np.asarray(((self.features[:, norms] >= 0) & (self.features[:, norms - 1] > 0)).any(axis=1))


def nominate(
    signals: Sequence[Signal], requests: Requests, profiles: Profiles, facts: ItemFacts,
    available: Mask, most: int, least: int,
) -> Candidates:  # fmt: skip
    """The `most` best unseen, available items of each signal, with features from all of them.

    A request with fewer than `least` candidates is filled up with the items of most events.
    """
    open_items = Open(available, requests.history.seen)
    answers = [signal.ask(requests, profiles) for signal in signals]
    nominees = [answer.nominate(most, open_items) for answer in answers]
    request, item = _united(nominees, len(available))
    request, item = filled(request, item, open_items, facts.events, least)
    columns = [column for answer, found in zip(answers, nominees, strict=True)
               for column in _scored(answer, found, request, item, len(requests), most)]  # fmt: skip
    asked = request_facts(requests, facts)
    columns += context(request, item, requests, profiles, facts, asked)
    features = np.stack(columns, axis=1).astype(np.float32)
    return Candidates(request, item, features, columns_of(signals), asked, facts.events[item] == 0)


def columns_of(signals: Sequence[Signal]) -> tuple[Column, ...]:
    """The columns that these signals fill."""
    kinds: tuple[Literal["score"], Literal["norm"]] = ("score", "norm")
    scored = [
        Column(signal.spec.name, kind, signal.spec, signal.spec.transfers) for signal in signals for kind in kinds
    ]
    return (*scored, *(Column(name, "context", transfers=name == "alpha") for name in CONTEXT))


def concatenate(parts: Sequence[Candidates]) -> Candidates:
    """Candidates of several groups of requests, numbered through."""
    starts = np.cumsum([0, *(part.n_requests for part in parts)])
    request = np.concatenate([part.request + start for part, start in zip(parts, starts, strict=False)])
    item, features, new = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("item", "features", "new")
    )
    asked = RequestFacts.concatenate([part.asked for part in parts])
    return Candidates(request.astype(np.int32), item, features, parts[0].columns, asked, new)


def _united(nominees: Sequence[Nominees], n_items: int) -> tuple[Ints, Ints]:
    """Pairs that a signal nominated, sorted, each once."""
    keys = [found.request.astype(np.int64) * n_items + found.item for found in nominees]
    pairs = _different(np.concatenate([np.zeros(0, np.int64), *keys]))
    return (pairs // max(n_items, 1)).astype(np.int32), (pairs % max(n_items, 1)).astype(np.int32)


def _different(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The keys in order, each once."""
    ordered = np.sort(keys)
    return ordered[np.diff(ordered, prepend=-1) > 0]


def filled(request: Ints, item: Ints, open_items: Open, events: Ints, least: int) -> tuple[Ints, Ints]:
    """The pairs, and for requests with fewer than `least` the open items of most events."""
    n_requests, n_items = open_items.closed.shape
    short = np.flatnonzero(np.bincount(request, minlength=n_requests) < least)
    if not len(short):
        return request, item
    by_events = np.argsort(-events, kind="stable")
    more = [by_events[~open_items.closed[row, by_events]][:least] for row in short]
    rows = np.repeat(short, [len(items) for items in more])
    keys = np.concatenate([request.astype(np.int64) * n_items + item, rows * n_items + np.concatenate(more)])
    pairs = _different(keys)
    return (pairs // n_items).astype(np.int32), (pairs % n_items).astype(np.int32)


def _scored(
    answer: Answer, nominees: Nominees, request: Ints, item: Ints, n_requests: int, most: int
) -> tuple[Floats, Floats]:
    """A signal's score of each pair, and where it stands between the request's last nominee (0) and its first (1).

    Where fewer than `most` are nominated the last is 0. What ties with the last nominee and is none stands just below
    it; nothing stands below -1.
    """
    raw = answer.at(request, item)
    top, last = np.zeros(n_requests, np.float32), np.full(n_requests, np.inf, np.float32)
    np.maximum.at(top, nominees.request, nominees.score)
    np.minimum.at(last, nominees.request, nominees.score)
    last[np.bincount(nominees.request, minlength=n_requests) < most] = 0.0
    spread = (top - last)[request]
    norm = np.divide(raw - last[request], spread, out=np.zeros_like(raw), where=spread > 0)
    n_items = 1 + max(int(item.max(initial=0)), int(nominees.item.max(initial=0)))
    keys = nominees.request.astype(np.int64) * n_items + nominees.item
    named = _among(request.astype(np.int64) * n_items + item, keys)
    return raw, np.maximum(np.where(named, norm, np.minimum(norm, BELOW)), -1.0)


def _among(sorted_keys: np.ndarray, some: np.ndarray) -> Mask:
    """Where one of the sorted keys is among `some`, all of which are keys."""
    found = np.zeros(len(sorted_keys), bool)
    found[np.searchsorted(sorted_keys, some)] = True
    return found
