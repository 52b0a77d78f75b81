"""What is to be published, and the parts in which it is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from recsys.publish.cohorts import Rules
from recsys.publish.lists import Counts
from recsys.publish.tables import ITEM_LISTS, LISTS, TRACES

TRACE, OF_ITEMS = "trace", "item lists"
"""Parts that hold no lists of users."""


@dataclass(frozen=True)
class Draft:
    """What is to be published."""

    as_of: date
    model_version: str
    fingerprint: str
    """The same fingerprint is the same lists: it is stored once."""
    lists: tuple[Path, ...]
    """Files with a list per user, a file per shard; no user is in two of them."""
    fallback: Path
    """File of the lists of those who have none of their own, by audience: `population`, or `attribute=value`."""
    items: Path
    """The catalogue; only what it calls available is published."""
    manifest: Mapping[str, Any]
    """What made the lists, kept beside them."""
    trace: Path | None = None
    """File of users' interests before and after transfer."""
    interests: Path | None = None
    """File of the interests' names."""
    users: Path | None = None
    """File of users' attributes, by which cohorts get lists."""
    cohorts: Rules | None = None
    """How they are made; None: there are none."""
    item_lists: Path | None = None
    """File of the lists without a user: kind, key, item_ids, scores."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of what is loaded, each in a transaction of its own: the shards, then trace and item lists, if any."""
        return tuple(name for name, _ in self.files())

    @property
    def parents(self) -> tuple[str, ...]:
        """The partitioned tables to which the draft adds a part."""
        return (LISTS, *((TRACES,) if self.trace else ()), *((ITEM_LISTS,) if self.item_lists else ()))

    def files(self) -> Iterator[tuple[str, Path]]:
        """The parts with the files that hold them."""
        yield from ((shard_name(shard), file) for shard, file in enumerate(self.lists))
        yield from ((name, file) for name, file in ((TRACE, self.trace), (OF_ITEMS, self.item_lists)) if file)


@dataclass(frozen=True)
class Outcome:
    """What became of a draft."""

    pub_id: int | None
    """None when nothing was stored."""
    published: str
    """`yes`, or why it did not go live by this call."""
    counts: Counts


def shard_name(shard: int) -> str:
    """Name of the part that holds a shard's lists.

    >>> shard_name(0)
    'shard 0'
    """
    return f"shard {shard}"
