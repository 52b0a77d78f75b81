"""Why an item is shown: the terms of its score, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.events.interactions import Floats
from recsys.events.split import Requests
from recsys.ranking.features import CONTEXT, STANDING
from recsys.ranking.models import Models
from recsys.ranking.retrievers.text import LATEST, Text
from recsys.ranking.retrievers.transitions import Transitions
from recsys.transfer.model import Profiles

SHOWN = 3
"""Terms that are named; the rest are added up."""


@dataclass(frozen=True)
class Words:
    """What items and interests are called."""

    titles: Sequence[str]
    interests: Sequence[str]


@dataclass(frozen=True)
class Explainer:
    """Puts terms of scores into words for a group of requests."""

    models: Models
    requests: Requests
    profiles: Profiles
    words: Words

    def reason(self, request: int, item: int, terms: Mapping[str, float], said: Mapping[str, float]) -> str:
        """Such as "often chosen after Alien (1979) +0.82; popular lately +0.10; the rest -0.05".

        The numbers are the terms of the score and sum to it, but for rounding. `said` are the retrievers' own scores
        of the item: a term is named only where its retriever has something to say.
        """
        speaking = (name for name in terms if name not in CONTEXT and said.get(name, 0.0) > 0 and terms[name] > 0)
        named = sorted(speaking, key=lambda name: -terms[name])[:SHOWN]
        parts = [f"{self._in_words(name, request, item)} {terms[name]:+.2f}" for name in named]
        rest = sum(value for name, value in terms.items() if name not in named)
        return "; ".join([*parts, f"the rest {rest:+.2f}"])

    def _in_words(self, name: str, request: int, item: int) -> str:
        if name.endswith("interests"):
            return self._interest(name, request, item)
        if name in ("transitions", "text"):
            said = "often chosen after" if name == "transitions" else "its text is like that of"
            return f"{said} {self._closest(name, request, item)}"
        return {
            "ease": "goes with what you chose",
            "neighbours' items": "chosen by people with your taste",
            "follows' items": "chosen by people you follow",
            "recent popularity": "popular lately",
            "popularity": "popular",
        }.get(name, name)

    def _interest(self, name: str, request: int, item: int) -> str:
        own = name == "own interests"
        taste = (self.profiles.observed.distribution if own else self.profiles.transferred)[request]
        best = int(np.argmax(taste * self.models.transfer.membership[item]))
        whose = "your interest in" if own else "an interest you may share:"
        return f"{whose} {self.words.interests[best]}"

    def _closest(self, name: str, request: int, item: int) -> str:
        """The item of the history from which the term mostly comes."""
        retriever = next(one for one in self.models.retrievers if one.name == name)
        assert isinstance(retriever, Transitions | Text)
        history = self.requests.history
        begin, end = history.starts[request : request + 2]
        latest = (history.weight[begin:end] > 0) & (history.order_from_end[begin:end] < LATEST)
        places = begin + np.flatnonzero(latest)
        fading = retriever.fade ** history.order_from_end[places].astype(float)
        pull = np.asarray(retriever.links[history.item[places], item].todense()).ravel() * fading
        return self.words.titles[history.item[places[int(np.argmax(pull))]]] if pull.any() else "what you chose"


def grouped(names: Sequence[str], terms: Floats, penalty: float) -> dict[str, float]:
    """Terms of one score by retriever or fact; a retriever's score and its standing are one term."""
    total: dict[str, float] = {}
    for name, value in zip([*names, "constant"], terms, strict=True):
        base = name.removesuffix(STANDING)
        total[base] = total.get(base, 0.0) + float(value)
    return {**total, "diversity": -penalty}
