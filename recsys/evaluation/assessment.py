"""An evaluation at will: any protocols, every arm, several training seeds, with what it cost."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby

import pandas as pd

from recsys.errors import DataError, SettingsError
from recsys.evaluation import ablation, arms, backtest, item_arms, measure, protocols
from recsys.evaluation.backtest import Backtest, Fit
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Floats
from recsys.events.tables import Strings, Tables
from recsys.interests.stage import ItemInterests, understand
from recsys.ranking.lists.rules import rules_of
from recsys.ranking.world import world_of
from recsys.settings import EvaluationSettings, Settings
from recsys.usage import peak_memory_mb

log = logging.getLogger(__name__)

EVERY = "all"
SEED, POOLED = "seed", "pooled"


@dataclass(frozen=True)
class Known:
    """What an evaluation asks about."""

    tables: Tables
    labels: Strings | None = None
    """What each event is for, (n_events,), where the source names it."""


@dataclass(frozen=True)
class Cost:
    """What a part of the work took."""

    part: str
    seconds: float
    peak_memory_mb: float
    """Of the process, up to the end of the part."""


@dataclass(frozen=True)
class Assessment:
    """Figures of every cut. Tables are those of `measure`, with the training seed before, or `POOLED`."""

    metrics: pd.DataFrame
    ratios: pd.DataFrame
    skipped: Mapping[str, str]
    """Why a protocol was dropped, by name; only where all were asked for."""
    costs: tuple[Cost, ...]
    seeds: tuple[int, ...]


def assess(
    known: Known, vectors: Floats, settings: Settings, names: Sequence[str], seeds: int = 1, at: Sequence[int] = ()
) -> Assessment:
    """The protocols named, or all that the data allows, answered under training seeds `seed` and following.

    NDCG and recall are measured at 10, and besides `at` other lengths of lists.
    Targets, new users and resamples come from `evaluation.seed`, so they are the same under every training seed.
    Raises `SettingsError` for an unknown protocol, `DataError` for a protocol that the data rules out, before any fit.
    """
    evaluation = settings.evaluation
    understood = understand(vectors, _seeded(settings, evaluation.seed))
    cuts, skipped = _plan(names, known, understood, evaluation)
    cuts = [_longer(cut, tuple(at)) for cut in cuts]
    tried = tuple(range(settings.seed, settings.seed + seeds))
    costs: list[Cost] = []
    found = {seed: list(_backtests(cuts, known.tables, vectors, _seeded(settings, seed), costs)) for seed in tried}
    tables = [
        (seed, measure.pooled(several, understood.directions, evaluation.resamples, evaluation.seed))
        for place in range(len(cuts))
        for seed, several in _runs([found[seed][place] for seed in tried], tried)
    ]
    metrics, ratios = (pd.concat([pair[kind].assign(**{SEED: seed}) for seed, pair in tables]) for kind in (0, 1))
    return Assessment(_seed_first(metrics), _seed_first(ratios), skipped, tuple(costs), tried)


def ablate(known: Known, vectors: Floats, settings: Settings, names: Sequence[str]) -> pd.DataFrame:
    """What each part of the ranker brings under the protocols named, or all that the data allows: `ablation.run`.

    Raises as `assess` does, and for lists of items, which have no ranker.
    """
    understood = understand(vectors, _seeded(settings, settings.evaluation.seed))
    cuts, _ = _plan(names, known, understood, settings.evaluation)
    world = world_of(known.tables, understand(vectors, settings), rules_of(known.tables, settings.lists))
    ranked = [cut for cut in cuts if not cut.of_items]
    if not ranked:
        raise SettingsError(
            "an ablation leaves out parts of the ranker, which makes no lists of items",
            where="protocol",
            seen=", ".join(cut.protocol for cut in cuts),
            expected="a protocol of users",
            remedy="choose another, or drop --ablate",
        )
    return pd.concat([ablation.run(cut, world, settings) for cut in ranked], ignore_index=True)


def cuts_of(known: Known, vectors: Floats, settings: Settings, names: Sequence[str]) -> list[Cut]:
    """The cuts of the protocols named; raises as `assess` does."""
    understood = understand(vectors, _seeded(settings, settings.evaluation.seed))
    return _plan(names, known, understood, settings.evaluation)[0]


def _plan(
    names: Sequence[str], known: Known, understood: ItemInterests, evaluation: EvaluationSettings
) -> tuple[list[Cut], Mapping[str, str]]:
    tables = known.tables
    given = Given(tables.interactions, tables.side, understood.membership, evaluation, tables.timed, known.labels)
    unknown = sorted(set(names) - set(protocols.PROTOCOLS) - {EVERY})
    if unknown:
        raise SettingsError(
            "there is no such protocol",
            where="protocol",
            seen=", ".join(unknown),
            expected=", ".join([*protocols.PROTOCOLS, EVERY]),
        )
    cuts, skipped = [], {}
    for name in (protocol for protocol in protocols.PROTOCOLS if protocol in names or EVERY in names):
        try:
            cuts += _asking(name, given)
        except DataError as error:
            if name in names:
                raise
            skipped[name] = f"{error.what}; seen: {error.seen}"
            log.info("evaluate: %s skipped: %s", name, skipped[name])
    if not cuts:
        raise DataError(
            "no protocol asks anybody",
            where="events",
            seen=f"{len(given.interactions.user)} events",
            expected="users with more events",
            remedy="give more data",
        )
    return cuts, skipped


def _longer(cut: Cut, at: tuple[int, ...]) -> Cut:
    return replace(cut, at=at, clean=cut.clean and _longer(cut.clean, at))


def _asking(name: str, given: Given) -> list[Cut]:
    found = protocols.cuts(name, given)
    if not found:
        raise DataError(
            f"protocol {name} finds nobody to ask",
            where="events",
            seen=f"{len(given.interactions.user)} events of {given.interactions.n_users} users",
            expected="users with enough events, see docs/evaluation.md",
            remedy="give more data, hide less (the section evaluation of the settings), or leave it out",
        )
    return found


def _backtests(
    cuts: Sequence[Cut], known: Tables, vectors: Floats, settings: Settings, costs: list[Cost]
) -> Iterator[Backtest]:
    world, seed, began = (
        world_of(known, understand(vectors, settings), rules_of(known, settings.lists)),
        settings.seed,
        time.monotonic(),
    )
    of_users: Fit = lambda seen: arms.fit(seen, world, vectors, settings, every=True)  # noqa: E731
    of_items: Fit = lambda seen: item_arms.fit(seen, world, settings)  # noqa: E731
    groups = groupby(cuts, key=lambda cut: cut.of_items)
    for tested in chain.from_iterable(backtest.run(group, of_items if items else of_users) for items, group in groups):
        costs.append(Cost(f"{tested.protocol}, seed {seed}", round(time.monotonic() - began, 1), peak_memory_mb()))
        log.info(
            "evaluate: %s, seed %d: %d users; %.1f s, peak %.0f MB",
            tested.protocol,
            seed,
            len(tested.split.requests),
            costs[-1].seconds,
            costs[-1].peak_memory_mb,
        )
        began = time.monotonic()
        yield tested


def _runs(of: Sequence[Backtest], seeds: Sequence[int]) -> Iterator[tuple[str, Sequence[Backtest]]]:
    yield POOLED, of
    if len(seeds) > 1:
        yield from ((str(seed), [tested]) for seed, tested in zip(seeds, of, strict=True))


def _seeded(settings: Settings, seed: int) -> Settings:
    return settings.model_copy(update={"seed": seed})


def _seed_first(table: pd.DataFrame) -> pd.DataFrame:
    return table[[SEED, *(name for name in table.columns if name != SEED)]].reset_index(drop=True)
