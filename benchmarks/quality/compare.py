"""One data set under one family of protocols: ours and every peer, on the same requests, judged by the same code."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.quality import cuts, ours
from benchmarks.quality.contract import Family, Peer, Task
from benchmarks.quality.cuts import Cut
from benchmarks.quality.data import Data
from benchmarks.quality.tuning import Catalogue, Tuned, judged, tune
from recsys.evaluation.metrics import Values
from recsys.events.interactions import Interactions

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Measured:
    """NDCG@10 of each request of an arm, by protocol."""

    arm: str
    seed: int
    values: Mapping[str, Values]
    seconds: float
    """Of fitting and answering."""


@dataclass(frozen=True)
class Comparison:
    """Everything measured on one cut."""

    data: str
    measured: Sequence[Measured]
    tuned: Mapping[str, Tuned]
    """By peer."""


def compare(data: Data, family: Family, peers: Sequence[Peer], seeds: Sequence[int]) -> Comparison | None:
    """Ours and those of the peers that answer such requests; None where the data has no user for them.

    Each peer is tuned with the first seed. One without randomness is fitted once and counts for all seeds.
    """
    cut = cut_of(data.interactions, family, data.catalogue)
    if not cut.splits:
        return None
    task, validation = data.catalogue.task(cut), cut_of(cut.known, family, data.catalogue)
    chosen = [peer for peer in peers if family in peer.families]
    tuned = {peer.name: _tuned(peer, validation, data, seeds[0]) for peer in chosen}
    measured = [one for seed in seeds for one in _ours(cut, data, seed)]
    measured += [one for peer in chosen for one in _peer(peer, tuned[peer.name], task, cut, seeds)]
    return Comparison(data.name, measured, tuned)


def cut_of(interactions: Interactions, family: Family, catalogue: Catalogue) -> Cut:
    """The cut of a family of protocols; the validation is the same cut of what it leaves known."""
    make: Mapping[Family, Callable[[], Cut]] = {
        "warm": lambda: cuts.warm(interactions, catalogue.leave_last),
        "cold": lambda: cuts.cold(interactions),
        "cross": lambda: cuts.cross(interactions, catalogue.side),
        "social": lambda: cuts.social(interactions, catalogue.side),
    }
    cut = make[family]()
    return cut if catalogue.timed else cut.at(interactions.end)


def _tuned(peer: Peer, validation: Cut, data: Data, seed: int) -> Tuned:
    found = tune(peer, validation, data.catalogue, seed)
    log.info("%s: %s tuned in %.0f s, chosen %s", data.name, peer.name, found.seconds, dict(found.chosen))
    return found


def _ours(cut: Cut, data: Data, seed: int) -> Iterator[Measured]:
    found = ours.answer(cut, data, seed)
    for arm, lists in found.lists.items():
        yield _logged(Measured(arm, seed, judged(lists, cut), found.seconds))


def _peer(peer: Peer, tuned: Tuned, task: Task, cut: Cut, seeds: Sequence[int]) -> Iterator[Measured]:
    for seed in seeds if peer.random else seeds[:1]:
        began = time.monotonic()
        (found,) = peer.answer(task, [tuned.chosen], seed)
        one = _logged(Measured(peer.name, seed, judged(found.items, cut), time.monotonic() - began))
        yield from [one] if peer.random else [Measured(one.arm, each, one.values, one.seconds) for each in seeds]


def _logged(one: Measured) -> Measured:
    means = ", ".join(f"{name} {values.mean():.4f}" for name, values in one.values.items())
    log.info("%s, seed %d: %s in %.0f s", one.arm, one.seed, means, one.seconds)
    return one
