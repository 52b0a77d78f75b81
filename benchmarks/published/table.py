"""A published table: which data it is of, what was asked, and the figures with their source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Figure(NamedTuple):
    """What a model reached, as it was published."""

    model: str
    recall: float
    ndcg: float
    """Both at 10."""


@dataclass(frozen=True)
class Table:
    """Published figures of one split."""

    name: str
    about: str
    """Where the data comes from, and what was asked."""
    users: int
    items: int
    events: int
    """Of the data: by these three numbers it is recognised."""
    source: str
    """Where the figures stand."""
    figures: Sequence[Figure]

    @property
    def best(self) -> Figure:
        """The figure of highest NDCG."""
        return max(self.figures, key=lambda figure: figure.ndcg)

    def is_of(self, users: int, items: int, events: int) -> bool:
        """Whether data of so many users, items and events is that of the table."""
        return (users, items, events) == (self.users, self.items, self.events)
