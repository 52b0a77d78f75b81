"""Why an item is shown: the terms of its score, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from recsys.events.interactions import Floats, Ints, Mask
from recsys.events.split import Requests
from recsys.ranking.features import CONTEXT, STANDING
from recsys.ranking.models import Models
from recsys.ranking.phrases import NEEDS_HISTORY, PHRASES, Phrases, template
from recsys.ranking.retrievers.text import LATEST
from recsys.settings import ReasonLanguage
from recsys.transfer.model import Profiles

SHOWN, LONGEST = 3, 80
"""Terms that are named, the rest are added up; and characters of a title that are said."""


@dataclass(frozen=True)
class Words:
    """What items and interests are called, and what else is known of items and users in words."""

    titles: Sequence[str]
    interests: Sequence[str]


@dataclass(frozen=True)
class Terms:
    """The scores of items shown, term by term; rows are items shown, columns are terms."""

    names: tuple[str, ...]
    value: Floats
    """Rows sum to the scores."""
    said: Floats
    """A retriever's own score of the item; 0 for a term that no retriever stands behind."""


@runtime_checkable
class Linked(Protocol):
    """A retriever whose scores come from single items of the history."""

    links: sp.csr_matrix
    """Pull of an item of the history (row) on an item (column), (n_items, n_items)."""

    @property
    def fade(self) -> float:
        """Weight of each further step back in the history."""


def grouped(names: Sequence[str], terms: Floats, features: Floats, penalty: Floats) -> Terms:
    """Terms by retriever or fact: a retriever's score and its standing are one, and what was taken off is another.

    `terms` (n_shown, n_features + 1) with the constant last, `features` (n_shown, n_features), `penalty` (n_shown,).
    """
    bases = [*(name.removesuffix(STANDING) for name in names), "constant"]
    kept = tuple(dict.fromkeys(bases))
    joined = np.zeros((len(bases), len(kept)), np.float32)
    joined[np.arange(len(bases)), [kept.index(base) for base in bases]] = 1.0
    said = np.zeros((len(terms), len(kept) + 1), np.float32)
    speakers = [name for name in kept if name in names and name not in CONTEXT]
    said[:, [kept.index(name) for name in speakers]] = features[:, [names.index(name) for name in speakers]]
    return Terms((*kept, "diversity"), np.column_stack([terms @ joined, -penalty]), said)


@dataclass(frozen=True)
class Explainer:
    """Puts terms of scores into words for a group of requests."""

    models: Models
    requests: Requests
    profiles: Profiles
    words: Words
    language: ReasonLanguage = "en"

    def reasons(self, request: Ints, item: Ints, terms: Terms, explored: Mask) -> list[str]:
        """Such as "often chosen after Alien (1979) +0.82; popular lately +0.10; the rest -0.05", (n_shown,).

        The numbers are the terms of the score and sum to it, but for rounding. A term is named only where it adds to
        the score and its retriever has something to say. `request`, `item` and `explored` are (n_shown,).
        """
        speaking = (terms.said > 0) & (terms.value > 0) & ~self._of_no_choice(request, terms.names)
        best = np.argsort(-np.where(speaking, terms.value, -np.inf), axis=1, kind="stable")[:, :SHOWN]
        named = np.take_along_axis(speaking, best, axis=1)
        value = np.take_along_axis(terms.value, best, axis=1)
        rest = terms.value.sum(axis=1) - np.where(named, value, 0).sum(axis=1)
        said = self._said(request, item, terms.names, np.where(named, best, -1))
        return [self._sentence(*row) for row in zip(said, value.tolist(), rest.tolist(), explored, strict=True)]

    def _sentence(self, said: Sequence[str | None], value: Sequence[float], rest: float, explored: bool) -> str:
        parts = [f"{text} {number:+.2f}" for text, number in zip(said, value, strict=True) if text is not None]
        start = self._phrases.explored if explored else ""
        return start + self._phrases.between.join([*parts, f"{self._phrases.rest} {rest:+.2f}"])

    @property
    def _phrases(self) -> Phrases:
        return PHRASES[self.language]

    def _of_no_choice(self, request: Ints, names: Sequence[str]) -> Mask:
        """Where a term speaks of choices that the user never made, (n_shown, n_terms)."""
        nothing = (self._latest == -1).all(axis=1)[request]
        return np.asarray(nothing[:, None] & np.array([name in NEEDS_HISTORY for name in names]))

    def _said(self, request: Ints, item: Ints, names: Sequence[str], best: Ints) -> npt.NDArray[np.object_]:
        """The phrases of the terms named, (n_shown, `SHOWN`); None where there is none (`best` -1)."""
        said = np.full(best.shape, None, object)
        for place in np.unique(best[best >= 0]):
            rows, slots = np.nonzero(best == place)
            said[rows, slots] = self._in_words(names[place], request[rows], item[rows])
        return said

    def _in_words(self, name: str, request: Ints, item: Ints) -> list[str]:
        phrase = template(self._phrases, name)
        if "{title}" in phrase:
            return [phrase.replace("{title}", title) for title in self._closest(name, request, item)]
        if "{interest}" in phrase:
            return [phrase.replace("{interest}", interest) for interest in self._interest(name, request, item)]
        return [phrase] * len(item)

    def _interest(self, name: str, request: Ints, item: Ints) -> list[str]:
        taste = self.profiles.observed.distribution if name == "own interests" else self.profiles.transferred
        best = np.argmax(taste[request] * self.models.transfer.membership[item], axis=1)
        return [self.words.interests[place] for place in best]

    def _closest(self, name: str, request: Ints, item: Ints) -> list[str]:
        """The item of the history from which the term mostly comes, the latest of equals."""
        retriever = next((one for one in self.models.retrievers if one.name == name), None)
        if not isinstance(retriever, Linked):
            return [self._phrases.untitled] * len(item)
        links, history = retriever.links.sorted_indices(), self._latest[request]
        pull = np.asarray(links[history.ravel(), np.repeat(item, history.shape[1])]).reshape(history.shape)
        other = (history >= 0) & (history != item[:, None])
        pull = np.where(other, pull * retriever.fade ** np.arange(history.shape[1]), 0)
        best = np.take_along_axis(history, np.argmax(pull, axis=1)[:, None], axis=1)[:, 0]
        return [self._titled(one) if found else self._phrases.untitled
                for one, found in zip(best, pull.any(axis=1), strict=True)]  # fmt: skip

    def _titled(self, item: int) -> str:
        return self._phrases.title.replace("{title}", _short(self.words.titles[item]))

    @cached_property
    def _latest(self) -> Ints:
        """Items of each request's latest choices, the latest first, (n_requests, `LATEST`); -1 for none."""
        history = self.requests.history
        some = history.take(history.latest(LATEST))
        latest = np.full((len(self.requests), LATEST), -1, np.int32)
        latest[some.user, some.order_from_end] = some.item
        return latest


def _short(title: str) -> str:
    """The title on one line, cut off where it is long."""
    line = " ".join(title.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"
