"""Backtests: cuts in time whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from recsys.evaluation import arms
from recsys.events.interactions import Floats, Interactions, Ints
from recsys.events.split import Split, leave_last, reveal, sample
from recsys.ranking.models import World
from recsys.settings import Settings

MOST = 5000
"""Requests of one protocol; a larger set is judged by a random sample."""


@dataclass(frozen=True)
class Backtest:
    """Answers of every arm to the same requests."""

    protocol: str
    split: Split
    lists: Mapping[str, Ints]
    known: Interactions
    """What the arms had seen."""


def run(interactions: Interactions, world: World, vectors: Floats, settings: Settings) -> Iterator[Backtest]:
    """The protocols `warm` and `cold-n`, those for which the data has users.

    `warm`: the last events of each user are hidden. `cold-n`: some users are hidden whole, then shown with their
    first n events. Neither models nor rankers see what is hidden.
    """
    rng = np.random.default_rng(settings.ranking.seed)
    known, split = leave_last(interactions, settings.evaluation.leave_last)
    split = sample(split, MOST, rng)
    if len(split.requests):
        fitted = arms.fit(known, world, vectors, settings)
        yield Backtest("warm", split, fitted.answer(split.requests), known)
    yield from _cold(interactions, world, vectors, settings, rng)


def _cold(
    interactions: Interactions, world: World, vectors: Floats, settings: Settings, rng: np.random.Generator
) -> Iterator[Backtest]:
    chosen = settings.evaluation
    newcomer = rng.random(interactions.n_users) < chosen.cold_share
    hidden = newcomer[interactions.user]
    known = interactions.take(~hidden)
    newcomers = interactions.take(hidden)
    cuts = {count: reveal(newcomers, count, chosen.cold_targets) for count in chosen.cold_revealed}
    splits = {count: sample(split, MOST, rng) for count, split in cuts.items()}
    if not any(len(split.requests) for split in splits.values()):
        return
    fitted = arms.fit(known, world, vectors, settings)
    for count, split in splits.items():
        if len(split.requests):
            yield Backtest(f"cold-{count}", split, fitted.answer(split.requests), known)
