"""Backtests: cuts, and what every arm answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from recsys.evaluation.protocols.cut import Cut
from recsys.events.interactions import Interactions, Ints, Mask
from recsys.events.split import Requests, Split
from recsys.schema import RECSYS


class Fitted(Protocol):
    """Arms fitted on one side of a cut: `arms.Arms` for lists of users, `item_arms.ItemArms` for lists of items."""

    @property
    def singles(self) -> tuple[str, ...]:
        """Arms that are one signal."""

    @property
    def leads(self) -> tuple[str, ...]:
        """Arms that the others are compared with."""

    def within(self, pool: Mask | None) -> Fitted:
        """The same, showing items of `pool`, (n_items,), alone."""

    def answer(self, requests: Requests, k: int) -> Mapping[str, Ints]:
        """Lists of item rows of every arm, (n_requests, k), -1 where a list is short."""


Fit = Callable[[Interactions], Fitted]


@dataclass(frozen=True)
class Backtest:
    """Answers of every arm to the same requests."""

    protocol: str
    split: Split
    lists: Mapping[str, Ints]
    known: Interactions
    """What the arms had seen."""
    groups: Mapping[str, Ints] = field(default_factory=dict)
    """Rows of requests reported apart; none: segments of evidence."""
    clean: Mapping[str, Ints] = field(default_factory=dict)
    """Answers before the known side was spoiled, where it was."""
    singles: tuple[str, ...] = ()
    """Arms that are one signal."""
    at: tuple[int, ...] = ()
    """Lengths of lists, besides 10, at which NDCG and recall are measured too."""
    leads: tuple[str, ...] = (RECSYS,)
    """Arms that the others are compared with."""


def run(cuts: Iterable[Cut], fit: Fit) -> Iterator[Backtest]:
    """The backtest of every cut, in order; arms that know the same are fitted once if their cuts follow each other."""
    answers = _Answers(fit)
    for cut in cuts:
        clean = answers.of(cut.clean).lists if cut.clean else {}
        lists, singles, leads = answers.of(cut)
        yield Backtest(cut.protocol, cut.split, lists, cut.known, cut.groups, clean, singles, cut.at, leads)


class _Lists(NamedTuple):
    """Lists by arm, the arms that are one signal, and those that the others are compared with."""

    lists: Mapping[str, Ints]
    singles: tuple[str, ...]
    leads: tuple[str, ...]


class _Answers:
    """Remembers the arms fitted last, and all lists: a cut may come again under another name, or as the clean cut."""

    def __init__(self, fit: Fit) -> None:
        self._fit = fit
        self._fitted: tuple[Interactions, Fitted] | None = None
        self._lists: list[tuple[Cut, _Lists]] = []

    def of(self, cut: Cut) -> _Lists:
        """What the arms fitted on `cut.known` answer."""
        for asked, found in self._lists:
            if asked.known is cut.known and asked.split is cut.split:
                return found
        arms = self._arms(cut.known)
        lists = arms.within(cut.pool).answer(cut.split.requests, cut.length)
        self._lists.append((cut, _Lists(lists, arms.singles, arms.leads)))
        return self._lists[-1][1]

    def _arms(self, known: Interactions) -> Fitted:
        if self._fitted is None or self._fitted[0] is not known:
            self._fitted = None
            self._fitted = known, self._fit(known)
        return self._fitted[1]
