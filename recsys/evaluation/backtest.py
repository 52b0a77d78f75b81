"""Backtests: cuts, and what every arm answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from recsys.evaluation.arms import Arms
from recsys.evaluation.protocols.cut import Cut
from recsys.events.interactions import Interactions, Ints
from recsys.events.split import Split

Fit = Callable[[Interactions], Arms]


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


def run(cuts: Iterable[Cut], fit: Fit) -> Iterator[Backtest]:
    """The backtest of every cut, in order; arms that know the same are fitted once if their cuts follow each other."""
    answers = _Answers(fit)
    for cut in cuts:
        clean = answers.of(cut.clean)[0] if cut.clean else {}
        lists, singles = answers.of(cut)
        yield Backtest(cut.protocol, cut.split, lists, cut.known, cut.groups, clean, singles, cut.at)


class _Answers:
    """Remembers the arms fitted last, and all lists: a cut may come again under another name, or as a clean one."""

    def __init__(self, fit: Fit) -> None:
        self._fit = fit
        self._fitted: tuple[Interactions, Arms] | None = None
        self._lists: list[tuple[Cut, Mapping[str, Ints], tuple[str, ...]]] = []

    def of(self, cut: Cut) -> tuple[Mapping[str, Ints], tuple[str, ...]]:
        """Lists by arm, and the arms that are one signal."""
        for asked, lists, singles in self._lists:
            if asked.known is cut.known and asked.split is cut.split:
                return lists, singles
        arms = self._arms(cut.known)
        self._lists.append((cut, arms.within(cut.pool).answer(cut.split.requests, cut.length), arms.singles))
        return self._lists[-1][1:]

    def _arms(self, known: Interactions) -> Arms:
        if self._fitted is None or self._fitted[0] is not known:
            self._fitted = None
            self._fitted = known, self._fit(known)
        return self._fitted[1]
