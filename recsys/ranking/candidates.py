"""Candidates and what the ranker sees of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.context import ALPHA, CONTEXT, ItemFacts, RequestFacts, context, request_facts
from recsys.ranking.signals.answers import cells
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

    @property
    def transfers(self) -> bool:
        """Whether it comes from transfer."""
        return self.name == ALPHA if self.spec is None else self.spec.transfers


@dataclass(frozen=True)
class Candidates:
    """Items nominated for requests, sorted by request, then item; the rows of arrays are candidates."""

    request: Ints
    item: Ints
    features: Floats
    """(n_candidates, n_columns), stored by column."""
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
        return np.asarray(self.features[:, self.columns.index(Column(name, "context"))])

    def ranked(self, scores: Floats) -> Ints:
        """Places of candidates by request, then by score, the highest first, of equals the first, (n_candidates,)."""
        ends = np.searchsorted(self.request, np.arange(self.n_requests + 1)).tolist()
        order = [start + np.argsort(-scores[start:end], kind="stable") for start, end in pairwise(ends)]
        return np.concatenate([np.zeros(0, np.int64), *order]).astype(np.int32)

    def take(self, selected: Mask | Ints) -> Candidates:
        """Some of the candidates."""
        rows = np.flatnonzero(selected) if selected.dtype == bool else selected
        return replace(
            self,
            request=self.request.take(rows),
            item=self.item.take(rows),
            features=self.features.T.take(rows, axis=1).T,
            new=self.new.take(rows),
        )

    def without_transfer(self) -> Candidates:
        """The candidates and features that the no-transfer arm has: its own nominations, no donor's."""
        return self.take(self.own).own_columns()

    def own_columns(self) -> Candidates:
        """The same candidates with the features that the no-transfer arm has."""
        left = [place for place, column in enumerate(self.columns) if not column.transfers]
        columns = tuple(column for column in self.columns if not column.transfers)
        return replace(self, features=self.features.T[left].T, columns=columns)

    @property
    def own(self) -> Mask:
        """Candidates that a signal without donors nominated, or that only fill up, (n_candidates,)."""
        norms = self.places("norm")
        alone = np.array([not self.columns[place].transfers for place in norms], bool)
        return self.nominated(norms[alone]) | ~self.nominated(norms)

    def nominated(self, norms: Ints) -> Mask:
        """Where one of the signals with these normalised scores nominated the candidate itself, (n_candidates,)."""
        found = np.zeros(len(self.item), bool)
        for place in norms.tolist():
            found |= (self.features[:, place] >= 0) & (self.features[:, place - 1] > 0)
        return found


def nominate(
    signals: Sequence[Signal],
    requests: Requests,
    profiles: Profiles,
    facts: ItemFacts,
    available: Mask,
    most: int,
    least: int,
    answers: Sequence[Answer] | None = None,
) -> Candidates:
    """The `most` best unseen, available items of each signal, with features from all of them.

    A request with fewer than `least` candidates is filled up with the items of most events. `answers` are those of the
    signals, where they were asked already.
    """
    nothing = np.zeros(0, np.int32)
    return with_pairs(signals, requests, profiles, facts, available, most, least, nothing, nothing, answers)[0]


def with_pairs(
    signals: Sequence[Signal],
    requests: Requests,
    profiles: Profiles,
    facts: ItemFacts,
    available: Mask,
    most: int,
    least: int,
    request: Ints,
    item: Ints,
    answers: Sequence[Answer] | None = None,
) -> tuple[Candidates, Candidates]:
    """What `nominate` finds, and beside it these pairs with the same features, in the order given, (n_pairs,)."""
    open_items = Open(available, requests.history.seen)
    answers = [signal.ask(requests, profiles) for signal in signals] if answers is None else answers
    nominees = [answer.nominate(most, open_items) for answer in answers]
    nominated = united(nominees, open_items, facts.events, least)
    count, request, item = len(nominated[0]), *map(np.concatenate, zip(nominated, (request, item), strict=True))
    columns = [
        column
        for answer, found in zip(answers, nominees, strict=True)
        for column in _scored(answer, found, request, item, open_items.seen.shape, most)
    ]
    asked = request_facts(requests, facts)
    columns += context(request, item, requests, profiles, facts, asked)
    features = np.stack(columns, dtype=np.float32, casting="same_kind").T
    found = Candidates(request, item, features, columns_of(signals), asked, facts.events[item] == 0)
    pairs = found.take(np.arange(count, len(item), dtype=np.int32))
    return (found.take(np.arange(count, dtype=np.int32)) if len(pairs.item) else found), pairs


def columns_of(signals: Sequence[Signal]) -> tuple[Column, ...]:
    """The columns that these signals fill."""
    kinds: tuple[Literal["score"], Literal["norm"]] = ("score", "norm")
    scored = [Column(signal.spec.name, kind, signal.spec) for signal in signals for kind in kinds]
    return (*scored, *(Column(name, "context") for name in CONTEXT))


def concatenate(parts: Sequence[Candidates]) -> Candidates:
    """Candidates of several groups of requests, numbered through."""
    starts = np.cumsum([0, *(part.n_requests for part in parts)])
    request = np.concatenate([part.request + start for part, start in zip(parts, starts, strict=False)])
    item, features, new = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("item", "features", "new")
    )
    asked = RequestFacts.concatenate([part.asked for part in parts])
    return Candidates(request.astype(np.int32), item, features, parts[0].columns, asked, new)


def united(nominees: Sequence[Nominees], open_items: Open, events: Ints, least: int) -> tuple[Ints, Ints]:
    """Pairs that a signal nominated, sorted, each once.

    A request with fewer than `least` is filled up with the open items of most events.
    """
    named, by_events = np.zeros(open_items.seen.shape, bool), np.argsort(-events, kind="stable")
    for found in nominees:
        named[found.request, found.item] = True
    for row in np.flatnonzero(np.count_nonzero(named, axis=1) < least).tolist():
        named[row, by_events[~open_items.closed[row, by_events]][:least]] = True
    request, item = np.divmod(np.flatnonzero(named), max(named.shape[1], 1))
    return request.astype(np.int32), item.astype(np.int32)


def _scored(
    answer: Answer, nominees: Nominees, request: Ints, item: Ints, shape: tuple[int, int], most: int
) -> tuple[Floats, Floats]:
    """A signal's score of each pair, and where it stands between the request's last nominee (0) and its first (1).

    Where fewer than `most` are nominated the last is 0. What ties with the last nominee and is none stands just below
    it; nothing stands below -1. `shape` is (n_requests, n_items).
    """
    raw, named = answer.at(request, item), np.zeros(shape, bool)
    named[nominees.request, nominees.item] = True
    top, last = np.zeros(shape[0], np.float32), np.full(shape[0], np.inf, np.float32)
    np.maximum.at(top, nominees.request, nominees.score)
    np.minimum.at(last, nominees.request, nominees.score)
    last[np.bincount(nominees.request, minlength=shape[0]) < most] = 0.0
    spread = (top - last).take(request)
    norm = np.divide(raw - last.take(request), spread, out=np.zeros_like(raw), where=spread > 0)
    below = np.where(cells(named, request, item), np.float32(np.inf), np.float32(BELOW))
    return raw, np.maximum(np.minimum(norm, below), np.float32(-1.0))
