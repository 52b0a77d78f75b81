"""Stage `evaluate`: what published lists turned out to be worth, and, where the ranker was learnt, a backtest of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from math import isfinite

import pandas as pd

from recsys.evaluation import arms, backtest, columns, hindsight, measure, protocols
from recsys.evaluation.protocols.cut import Given
from recsys.evaluation.report import markdown
from recsys.events import tables
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.interests.stage import understand
from recsys.language import embeddings
from recsys.ranking.lists.rules import rules_of
from recsys.ranking.world import world_of
from recsys.schema import RECSYS
from recsys.stages import Job, Result

log = logging.getLogger(__name__)

LEARNT_ON = "learnt_on"
"""The fact of the stage `ranker` that names the day on which it was learnt."""
Pair = tuple[pd.DataFrame, pd.DataFrame]


def run(job: Job) -> Result:
    """Writes metrics.parquet, ratios.parquet, hindsight.parquet and report.md.

    Hindsight judges the lists of earlier days; the backtest is made on the days on which the ranker was learnt. There
    is no metric of what there is too little data for.
    """
    known, evaluation = tables.read(job.manifest("ingest")), job.settings.evaluation
    directions = interests_stage.read(job.manifest("interests")).directions
    past = hindsight.judge(job.past, known, job.as_of, directions, evaluation)
    found = [(past.metrics, past.ratios), *(_backtests(job, known) if _is_learnt(job) else ())]
    metrics, ratios = (pd.concat(part, ignore_index=True) for part in zip(*found, strict=True))
    written = {"metrics": metrics, "ratios": ratios, "hindsight": past.by_day}
    for name, table in written.items():
        table.to_parquet(job.folder / f"{name}.parquet", index=False)
    (job.folder / "report.md").write_text(markdown(metrics, ratios, past.by_day))
    rows = {
        "requests": int(metrics.drop_duplicates("protocol")["users"].sum()),
        "days judged": past.by_day["as_of"].nunique(),
    }
    return Result(rows=rows, metrics=headline(metrics, ratios))


def _is_learnt(job: Job) -> bool:
    """Whether the ranker of the day was learnt on it; a ranker without that fact counts as learnt."""
    today = job.as_of.isoformat()
    learnt_on = job.manifest("ranker").facts.get(LEARNT_ON, today)
    if learnt_on != today:
        log.info("evaluate: no backtest: the ranker was learnt on %s, and had its backtest then", learnt_on)
    return learnt_on == today


def _backtests(job: Job, known: Tables) -> Iterator[Pair]:
    """Tables of every cut of a daily run."""
    settings, evaluation = job.settings, job.settings.evaluation
    _, vectors = embeddings.load(job.inputs["features"])
    understood = understand(vectors, settings)
    given = Given(known.interactions, known.side, understood.membership, evaluation, known.timed)
    world = world_of(known, understood, rules_of(known, settings.lists))
    for tested in backtest.run(protocols.daily(given), lambda seen: arms.fit(seen, world, vectors, settings)):
        log.info("evaluate: %s, %d users", tested.protocol, len(tested.split.requests))
        yield measure.tables(tested, understood.directions, evaluation.resamples, evaluation.seed)


def headline(metrics: pd.DataFrame, ratios: pd.DataFrame) -> dict[str, float]:
    """The figures of a day: recsys in every protocol with its interval, its ratio to each arm under the leading one.

    A ratio to an arm that found nothing is no number, and dropped.
    """
    main = metrics[
        (metrics["segment"] == columns.ALL) & (metrics["metric"] == columns.MAIN) & (metrics["arm"] == RECSYS)
    ]
    leading = columns.leading(main["protocol"])
    against = ratios[(ratios["segment"] == columns.ALL) & (ratios["protocol"] == leading) & (ratios["arm"] == RECSYS)]
    named = [(f"{row.protocol} {columns.MAIN}", row) for row in main.itertuples()]
    figures = {
        f"{name}{end}": float(value)
        for name, row in named
        for end, value in (("", row.value), ("_low", row.low), ("_high", row.high))
    }
    figures |= {f"{leading} {columns.MAIN} ratio to {row.against}": float(row.value) for row in against.itertuples()}
    return {name: value for name, value in figures.items() if isfinite(value)}
