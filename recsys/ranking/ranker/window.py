"""A rolling window of examples: what earlier days' models nominated for real requests, and the positives among these.

It is stored without ids and items: users are row numbers, by which requests are grouped, and nothing learns from items.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recsys.events.interactions import Ints, Mask
from recsys.ranking.candidates import Candidates, Column
from recsys.ranking.context import RequestFacts
from recsys.ranking.ranker.backcast import MIN_REQUESTS
from recsys.ranking.ranker.examples import Examples, together

log = logging.getLogger(__name__)

FILE = "examples.npz"
MAX_DAYS = 28
"""Days after which a request is dropped."""
NOT_STORED = -1


@dataclass(frozen=True)
class Window:
    """Examples of requests of all kinds, the latest day last; an array beside them has a row a request."""

    examples: Examples
    kind: npt.NDArray[np.str_]
    """Kind of each request."""
    day: Ints
    """Day with which each request is counted: the first that its models do not know, in days since 1970."""

    def of_requests(self, kept: Mask) -> Window:
        """The requests where `kept`, (n_requests,)."""
        return Window(self.examples.of_requests(kept), self.kind[kept], self.day[kept])

    def by_kind(self) -> dict[str, Examples]:
        """The examples of each kind."""
        return {kind: self.examples.of_requests(self.kind == kind) for kind in np.unique(self.kind).tolist()}


def rolled(windows: Sequence[Window], day: int) -> Window:
    """Several windows, earlier first: of each kind the latest `MIN_REQUESTS`, none of them `MAX_DAYS` before `day`."""
    kind, days = (np.concatenate([getattr(part, name) for part in windows]) for name in ("kind", "day"))
    kept = days > day - MAX_DAYS
    for name in np.unique(kind):
        kept[np.flatnonzero(kind == name)[:-MIN_REQUESTS]] = False
    return Window(together([_bare(part.examples) for part in windows]), kind, days).of_requests(kept)


def renumbered(window: Window, rows: Ints) -> Window:
    """The window with `rows` in place of the users' rows, (n_users,); users whose row is -1 are dropped."""
    user = rows[window.examples.user]
    return replace(window, examples=replace(window.examples, user=user)).of_requests(user >= 0)


def write(window: Window, file: Path) -> None:
    """Writes the window as the arrays of an .npz file."""
    examples, candidates = window.examples, window.examples.candidates
    np.savez(
        file,
        columns=np.array(_names(candidates.columns)),
        kind=window.kind,
        day=window.day,
        user=examples.user,
        positives=candidates.asked.positives,
        away=candidates.asked.away,
        request=candidates.request,
        weight=examples.weight,
        new=candidates.new,
        features=candidates.features,
    )


def read(file: Path, columns: tuple[Column, ...]) -> Window | None:
    """The window that was written, for signals of these columns; None where there is none, or it has others."""
    if not file.is_file():
        return None
    with np.load(file) as stored:
        if stored["columns"].tolist() != _names(columns):
            log.info("ranker: examples of earlier days' requests are dropped, for the signals differ: %s", file)
            return None
        asked = RequestFacts(stored["positives"], stored["away"], np.zeros((len(stored["day"]), 0), np.int32))
        items = np.full_like(stored["request"], NOT_STORED)
        candidates = Candidates(stored["request"], items, stored["features"], columns, asked, stored["new"])
        return Window(Examples(candidates, stored["weight"], stored["user"]), stored["kind"], stored["day"])


def _bare(examples: Examples) -> Examples:
    """The examples without what is not stored: numbers of items and of domains are those of one day."""
    candidates = examples.candidates
    asked = replace(candidates.asked, in_domain=np.zeros((candidates.n_requests, 0), np.int32))
    return replace(
        examples, candidates=replace(candidates, item=np.full_like(candidates.item, NOT_STORED), asked=asked)
    )


def _names(columns: Sequence[Column]) -> list[list[str]]:
    return [[column.name, column.kind, "transfers" if column.transfers else ""] for column in columns]
