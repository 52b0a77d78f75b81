"""Sizes of made-up shops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    name: str
    users: int
    events: int
    items: int

    def __post_init__(self) -> None:
        """Raises `ValueError` for a shop that cannot be."""
        if not 0 < self.users <= self.events or self.items < 1:
            raise ValueError(f"a shop of {self}: expected 1 <= users <= events, and items")

    def __str__(self) -> str:
        """The size in words."""
        return f"{self.name}: {self.users:,} users, {self.events:,} events, {self.items:,} items"


SIZES: Final[Mapping[str, Size]] = {
    size.name: size
    for size in (
        Size("S", 2_000, 55_000, 4_000),
        Size("M", 10_000, 250_000, 10_000),
        Size("L", 40_000, 1_000_000, 20_000),
        Size("XL", 200_000, 5_000_000, 50_000),
        Size("H", 1_000_000, 20_000_000, 100_000),
    )
}
