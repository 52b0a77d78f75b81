"""Which phrases a list's reasons are made of: phrases about the user's own come first, and none is overused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

PHRASES = 2
"""Phrases of a reason, at most."""
MAX_SHARE = 0.4
"""Of the lines of a list, in which a phrase appears."""
MIN_LINES = 2
"""In which a phrase may stand however short the list is."""
MIN_SHARE = 0.1
"""Of the largest term, from which on a second term is worth a phrase."""


class Offer(NamedTuple):
    """A phrase that would be true of an item shown."""

    place: int
    """Of its term."""
    value: float
    """What its term adds to the score, above 0."""
    names: Sequence[int] = ()
    """Numbers of what it may name, the strongest contributor first; empty for a phrase without a name."""
    own: bool = False
    """Whether it refers to something of the user's own: an item of their history, or an interest."""


class Phrase(NamedTuple):
    """A phrase that is shown."""

    place: int
    name: int | None


class Wording:
    """The phrases of one list, line by line: phrases shown above are penalised."""

    def __init__(self, lines: int) -> None:
        self._most = max(MIN_LINES, int(MAX_SHARE * lines))
        self._used: Counter[int] = Counter()
        self._named: Counter[int] = Counter()

    def line(self, offers: Sequence[Offer]) -> list[Phrase]:
        """The phrases of the next line; `offers` are sorted by value, the largest first. None for no offers.

        The first is the largest that refers to the user's own, if any does; then the largest of all others follow. No
        phrase stands in more than `MAX_SHARE` of the lines while there is another.

        >>> offers = [Offer(0, 0.9), Offer(1, 0.5, names=[7, 3], own=True)]
        >>> wording = Wording(lines=5)
        >>> [wording.line(offers) for _ in range(2)][-1]
        [Phrase(place=1, name=3), Phrase(place=0, name=None)]
        """
        fresh = [offer for offer in offers if self._used[offer.place] < self._most] or list(offers[:1])
        phrases = self._add([], [offer for offer in fresh if offer.own])
        for _ in range(PHRASES - len(phrases)):
            phrases = self._add(phrases, self._telling(fresh))
        self._used.update(phrase.place for phrase in phrases)
        self._named.update(phrase.name for phrase in phrases if phrase.name is not None)
        return phrases

    def _telling(self, offers: Sequence[Offer]) -> list[Offer]:
        least = MIN_SHARE * max((offer.value for offer in offers), default=0.0)
        return [offer for offer in offers if offer.value >= least]

    def _add(self, phrases: list[Phrase], offers: Sequence[Offer]) -> list[Phrase]:
        """The phrases of the line, and the first offer that repeats none of them and no name."""
        places, names = {phrase.place for phrase in phrases}, {phrase.name for phrase in phrases}
        for offer in offers:
            free = [name for name in offer.names if name not in names]
            if offer.place not in places and (free or not offer.names):
                return [*phrases, Phrase(offer.place, min(free, key=self._named.__getitem__) if free else None)]
        return phrases
