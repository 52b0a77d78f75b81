"""Why an item is shown: the terms of its score, in words, and beside them in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, groupby
from typing import NamedTuple

import numpy as np

from recsys.events.interactions import Ints, Mask
from recsys.events.split import Requests
from recsys.language.script import language_of
from recsys.ranking.candidates import Candidates
from recsys.ranking.lists.phrases import SENTENCES, Sentence
from recsys.ranking.lists.terms import Terms
from recsys.ranking.lists.wording import Offer, Phrase, Wording
from recsys.ranking.signals.contract import Because, BecauseInterest, Signal, Spec
from recsys.schema import REASONS, TERMS
from recsys.settings import ReasonLanguage
from recsys.transfer.model import Profiles

MIN_TERM = 0.005
"""What a term adds to a score from which on it is shown: less is +0.00 in numbers."""
NEARLY = 0.7
"""Of the strongest pull, from which on another item of the history may be named in its place."""


class Reason(NamedTuple):
    """Why an item is shown."""

    text: str
    """Such as "goes together with Alien (1979); popular recently"."""
    terms: str
    """What its phrases add to the score, in their order, and all else: "transitions +0.82; … +0.10; rest -0.05"."""


def as_columns(reasons: Sequence[Sequence[Reason]]) -> dict[str, list[list[str]]]:
    """The reasons of several lists as columns of a table of lists."""
    return {
        REASONS: [[reason.text for reason in of_list] for of_list in reasons],
        TERMS: [[reason.terms for reason in of_list] for of_list in reasons],
    }


@dataclass(frozen=True)
class Words:
    """What items and interests are called, and what else is known of items and users in words."""

    titles: Sequence[str]
    interests: Sequence[str]

    @cached_property
    def language(self) -> ReasonLanguage:
        """Language in which reasons go with the titles."""
        return language_of(self.titles)


@dataclass(frozen=True)
class Explainer:
    """Puts terms of scores into words for a group of requests."""

    signals: Sequence[Signal]
    requests: Requests
    profiles: Profiles
    words: Words
    language: ReasonLanguage = "en"

    def reasons(self, shown: Candidates, terms: Terms, explored: Mask) -> list[Reason]:
        """The reason of each item shown; rows of one request are its list, best first. `explored` is (n_shown,).

        A phrase stands only where its term adds to the score, and where it names an item of the history or an interest,
        or its signal nominated the item.
        """
        offered, selected = self._offers(shown, terms), dict[int, Sequence[Phrase]]()
        for _, rows in groupby(range(len(shown.item)), key=shown.request.tolist().__getitem__):
            selected |= _worded({row: offered[row] for row in rows})
        return [self._reason(row, selected[row], terms, bool(explored[row])) for row in range(len(shown.item))]

    def _reason(self, row: int, selected: Sequence[Phrase], terms: Terms, explored: bool) -> Reason:
        phrases = [self._phrase(terms.specs[phrase.place], phrase.name) for phrase in selected]
        start = self._sentence.explored if explored else ""
        text = start + (self._sentence.between.join(phrases) or self._sentence.overall)
        return Reason(text, terms.in_numbers(row, [phrase.place for phrase in selected]))

    def _phrase(self, spec: Spec | None, name: int | None) -> str:
        assert spec is not None, "facts have no phrase"
        phrase = spec.phrases.of(self.language)
        return phrase if name is None else phrase.replace(spec.phrases.slot, self._name(name))

    @property
    def _sentence(self) -> Sentence:
        return SENTENCES[self.language]

    def _offers(self, shown: Candidates, terms: Terms) -> list[list[Offer]]:
        """Candidate phrases of each item shown, by value, the largest first."""
        adds = (terms.signal > 0) & (terms.value >= MIN_TERM) & ~self._of_no_history(shown, terms.specs)
        offers: list[list[Offer]] = [[] for _ in shown.item]
        for place, spec in ((place, spec) for place, spec in enumerate(terms.specs) if spec is not None):
            applies = adds[:, place] if spec.phrases.slot else adds[:, place] & terms.nominated[:, place]
            rows, named = self._names(spec, shown, np.flatnonzero(applies).astype(np.int32))
            own = _of_own(spec)
            for row, value, names in zip(rows.tolist(), terms.value[rows, place].tolist(), named, strict=True):
                offers[row].append(Offer(place, value, names, own))
        return [sorted(line, key=lambda offer: -offer.value) for line in offers]

    def _of_no_history(self, shown: Candidates, specs: Sequence[Spec | None]) -> Mask:
        """Where a term refers to positives that the user does not have, (n_shown, n_terms)."""
        nothing = (shown.asked.positives == 0)[shown.request]
        return np.asarray(nothing[:, None] & np.array([spec is not None and spec.needs_history for spec in specs]))

    def _names(self, spec: Spec, shown: Candidates, rows: Ints) -> tuple[Ints, list[list[int]]]:
        """The rows to which the phrase applies, and the numbers of what it may name there, the strongest first.

        Items have their row numbers, interests follow upon them.
        """
        if not spec.phrases.slot or not len(rows):
            return rows, [[]] * len(rows)
        signal = next(signal for signal in self.signals if signal.spec == spec)
        request, item = shown.request[rows], shown.item[rows]
        if isinstance(signal, BecauseInterest):
            interest = signal.interest(self.profiles, request, item)
            return rows[interest >= 0], [[place] for place in self._interests[interest[interest >= 0]].tolist()]
        assert isinstance(signal, Because)
        found = signal.because(self.requests, request, item)
        nameable = (found.item >= 0) & (found.pull >= NEARLY * found.pull[:, :1]) & self._titled[found.item]
        names = zip(found.item[nameable.any(axis=1)].tolist(), nameable[nameable.any(axis=1)].tolist(), strict=True)
        return rows[nameable.any(axis=1)], [list(compress(*row)) for row in names]

    @cached_property
    def _titled(self) -> Mask:
        """Where an item has a title, (n_items,)."""
        return np.array([bool(title.strip()) for title in self.words.titles])

    @cached_property
    def _interests(self) -> Ints:
        """Number of each interest: that of the first interest with the same wording, (n_interests,)."""
        names = [self._name(len(self.words.titles) + place) for place in range(len(self.words.interests))]
        return np.array([len(self.words.titles) + names.index(name) for name in names], np.int32)

    def _name(self, number: int) -> str:
        """An item's title; the categories of an interest that has some, without the words that set it apart."""
        beyond = number - len(self.words.titles)
        if beyond >= 0:
            return self.words.interests[beyond].partition(": ")[0]
        return self._sentence.title.replace("{title}", _short(self.words.titles[number], self._sentence.longest))


def _of_own(spec: Spec) -> bool:
    """Whether the phrase refers to the user's own: an item or an interest by name, or that they know the item."""
    return spec.family == "history" or (bool(spec.phrases.slot) and not spec.transfers)


def _worded(offered: Mapping[int, Sequence[Offer]]) -> dict[int, Sequence[Phrase]]:
    """The phrases of a list, by row. Rows with few candidate phrases come first: others have more to select from."""
    wording = Wording(len(offered))
    return {row: wording.line(offered[row]) for row in sorted(offered, key=lambda row: len(offered[row]))}


def _short(title: str, longest: int) -> str:
    """The title on one line, cut off where it is long."""
    line = " ".join(title.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
