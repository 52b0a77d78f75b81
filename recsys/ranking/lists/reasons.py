"""Why an item is shown: the terms of its score, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Requests
from recsys.language.script import language_of
from recsys.ranking.candidates import Candidates, Column
from recsys.ranking.lists.phrases import SENTENCES, Sentence
from recsys.ranking.signals.contract import Because, BecauseInterest, Signal, Spec
from recsys.settings import ReasonLanguage
from recsys.transfer.model import Profiles

SHOWN, LONGEST = 3, 80
"""Terms that are named, the rest are added up; and characters of a title that are said."""


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
class Terms:
    """The scores of items shown, term by term; rows are items shown, columns are terms."""

    specs: tuple[Spec | None, ...]
    """Signal of each term; None for facts, the constant and what diversity took off."""
    value: Floats
    """Rows sum to the scores."""
    signal: Floats
    """A signal's own score of the item; 0 for the other terms."""


def grouped(columns: Sequence[Column], terms: Floats, features: Floats, penalty: Floats) -> Terms:
    """Terms by signal or fact: a signal's score and its normalised score are one, and what was taken off is another.

    `terms` (n_shown, n_features + 1) with the constant last, `features` (n_shown, n_features), `penalty` (n_shown,).
    """
    names = tuple(dict.fromkeys(column.name for column in columns))
    specs = {column.name: column.spec for column in columns}
    joined = np.zeros((len(columns), len(names)), np.float32)
    joined[np.arange(len(columns)), [names.index(column.name) for column in columns]] = 1.0
    signal = np.zeros((len(terms), len(names) + 2), np.float32)
    scores = [place for place, column in enumerate(columns) if column.kind == "score"]
    signal[:, [names.index(columns[place].name) for place in scores]] = features[:, scores]
    value = np.column_stack([terms[:, :-1] @ joined, terms[:, -1], -penalty])
    return Terms((*(specs[name] for name in names), None, None), value, signal)


@dataclass(frozen=True)
class Explainer:
    """Puts terms of scores into words for a group of requests."""

    signals: Sequence[Signal]
    requests: Requests
    profiles: Profiles
    words: Words
    language: ReasonLanguage = "en"

    def reasons(self, shown: Candidates, terms: Terms, explored: Mask) -> list[str]:
        """Such as "often chosen after Alien (1979) +0.82; popular recently +0.10; the rest -0.05", (n_shown,).

        The numbers are the terms of the score and sum to it, but for rounding. A term is named only where it adds to
        the score and its signal is above 0. `explored` is (n_shown,).
        """
        named = (terms.signal > 0) & (terms.value > 0) & ~self._of_no_history(shown, terms.specs)
        best = np.argsort(-np.where(named, terms.value, -np.inf), axis=1, kind="stable")[:, :SHOWN]
        named = np.take_along_axis(named, best, axis=1)
        value = np.take_along_axis(terms.value, best, axis=1)
        rest = terms.value.sum(axis=1) - np.where(named, value, 0).sum(axis=1)
        phrases = self._phrases(shown, terms.specs, np.where(named, best, -1))
        return [
            self._joined(*row) for row in zip(phrases, value.tolist(), rest.tolist(), explored.tolist(), strict=True)
        ]

    def _joined(self, phrases: Sequence[str | None], value: Sequence[float], rest: float, explored: bool) -> str:
        parts = [f"{text} {number:+.2f}" for text, number in zip(phrases, value, strict=True) if text is not None]
        start = self._sentence.explored if explored else ""
        return start + self._sentence.between.join([*parts, f"{self._sentence.rest} {rest:+.2f}"])

    @property
    def _sentence(self) -> Sentence:
        return SENTENCES[self.language]

    def _of_no_history(self, shown: Candidates, specs: Sequence[Spec | None]) -> Mask:
        """Where a term speaks of positives that the user does not have, (n_shown, n_terms)."""
        nothing = (shown.asked.positives == 0)[shown.request]
        return np.asarray(nothing[:, None] & np.array([spec is not None and spec.needs_history for spec in specs]))

    def _phrases(self, shown: Candidates, specs: Sequence[Spec | None], best: Ints) -> npt.NDArray[np.object_]:
        """The phrases of the terms named, (n_shown, `SHOWN`); None where there is none (`best` -1)."""
        phrases = np.full(best.shape, None, object)
        for place in np.unique(best[best >= 0]):
            rows, slots = np.nonzero(best == place)
            spec = specs[place]
            if spec is not None:
                phrases[rows, slots] = self._of(spec, shown.request[rows], shown.item[rows])
        return phrases

    def _of(self, spec: Spec, request: Ints, item: Ints) -> list[str]:
        phrase = spec.phrases.of(self.language)
        if "{title}" in phrase:
            return [phrase.replace("{title}", title) for title in self._titles(spec, request, item)]
        if "{interest}" in phrase:
            return [phrase.replace("{interest}", interest) for interest in self._interests(spec, request, item)]
        return [phrase] * len(item)

    def _interests(self, spec: Spec, request: Ints, item: Ints) -> list[str]:
        signal = self._signal(spec)
        assert isinstance(signal, BecauseInterest)
        return [self.words.interests[place] for place in signal.interest(self.profiles, request, item)]

    def _titles(self, spec: Spec, request: Ints, item: Ints) -> list[str]:
        """The item of the history that contributes most to each pair."""
        signal = self._signal(spec)
        assert isinstance(signal, Because)
        different, place = np.unique(signal.because(self.requests, request, item), return_inverse=True)
        titles = [self._titled(row) for row in different.tolist()]
        return [titles[row] for row in place.tolist()]

    def _signal(self, spec: Spec) -> Signal:
        return next(signal for signal in self.signals if signal.spec == spec)

    def _titled(self, item: int) -> str:
        if item < 0:
            return self._sentence.untitled
        return self._sentence.title.replace("{title}", _short(self.words.titles[item]))


def _short(title: str) -> str:
    """The title on one line, cut off where it is long."""
    line = " ".join(title.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
