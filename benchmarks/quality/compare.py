"""One data set under one family of protocols: recsys and every peer, on the same requests, judged by the same code."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.quality import cuts, ours, stacked
from benchmarks.quality.contract import Answers, Configuration, Family, Peer, Task
from benchmarks.quality.cuts import Cut
from benchmarks.quality.data import Data
from benchmarks.quality.stacked import Stack
from benchmarks.quality.tuning import Catalogue, Tuned, judged, tune
from recsys.evaluation.metrics import Values
from recsys.events.interactions import Interactions, Ints

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
    users: Mapping[str, Ints]
    """Who made each request, by protocol."""


BySeed = Mapping[int, Answers]


def compare(data: Data, family: Family, peers: Sequence[Peer], seeds: Sequence[int]) -> Comparison | None:
    """recsys and the peers that answer such requests; None where the data has no user for them.

    Each peer is tuned with the first seed. A deterministic peer is fitted once and counts for all seeds.
    """
    cut = cut_of(data.interactions, family, data.catalogue)
    if not cut.splits:
        return None
    task, validation = data.catalogue.task(cut), cut_of(cut.known, family, data.catalogue)
    of_family = [peer for peer in peers if family in peer.families]
    tuned = {peer.name: _tuned(peer, validation, data, seeds[0]) for peer in of_family}
    measured = [measurement for seed in seeds for measurement in _ours(cut, data, seed)]
    answers = {peer.name: _answers(peer, tuned[peer.name].best, task, seeds) for peer in of_family}
    measured += [measurement for name, by_seed in answers.items() for measurement in _peer(name, by_seed, cut)]
    if family in stacked.FAMILIES and len(of_family) > 1 and validation.splits:
        stack = _stack(of_family, tuned, validation, data, seeds[0])
        measured += [_stacked(stack, answers, task, cut, seed) for seed in seeds]
    return Comparison(data.name, measured, tuned, {name: split.requests.user for name, split in cut.splits.items()})


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
    log.info("%s: %s tuned in %.0f s, best %s", data.name, peer.name, found.seconds, dict(found.best))
    return found


def _ours(cut: Cut, data: Data, seed: int) -> Iterator[Measured]:
    found = ours.answer(cut, data, seed)
    for arm, lists in found.lists.items():
        yield _logged(Measured(arm, seed, judged(lists, cut), found.seconds))


def _answers(peer: Peer, configuration: Configuration, task: Task, seeds: Sequence[int]) -> BySeed:
    found = {seed: _answer(peer, configuration, task, seed) for seed in (seeds if peer.random else seeds[:1])}
    return {seed: found.get(seed, found[seeds[0]]) for seed in seeds}


def _answer(peer: Peer, configuration: Configuration, task: Task, seed: int) -> Answers:
    """What it answers, and the seconds that took with all that is around it."""
    began = time.monotonic()
    (found,) = peer.answer(task, [configuration], seed)
    return replace(found, seconds=time.monotonic() - began)


def _peer(name: str, answers: BySeed, cut: Cut) -> Iterator[Measured]:
    for seed, found in answers.items():
        yield _logged(Measured(name, seed, judged(found.items, cut), found.seconds))


def _stack(peers: Sequence[Peer], tuned: Mapping[str, Tuned], validation: Cut, data: Data, seed: int) -> Stack:
    """Made of the peers' answers from tuning; peers with nothing to select are asked now."""
    task, split = data.catalogue.task(validation), validation.together()
    held = {peer.name: tuned[peer.name].held or _answer(peer, tuned[peer.name].best, task, seed) for peer in peers}
    return stacked.learn(held, task, split.targets, data.settings)


def _stacked(stack: Stack, answers: Mapping[str, BySeed], task: Task, cut: Cut, seed: int) -> Measured:
    began, given = time.monotonic(), {name: by_seed[seed] for name, by_seed in answers.items()}
    values = judged(stack.answer(given, task, seed), cut)
    seconds = time.monotonic() - began + sum(measurement.seconds for measurement in given.values())
    return _logged(Measured(stacked.NAME, seed, values, seconds))


def _logged(measurement: Measured) -> Measured:
    means = ", ".join(f"{name} {values.mean():.4f}" for name, values in measurement.values.items())
    log.info("%s, seed %d: %s in %.0f s", measurement.arm, measurement.seed, means, measurement.seconds)
    return measurement
