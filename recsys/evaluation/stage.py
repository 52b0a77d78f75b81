"""Stage `evaluate`: the time-split backtest of everything that is about to be published."""

from __future__ import annotations

import logging
from math import isfinite

import pandas as pd

from recsys.evaluation import arms, backtest, columns, measure, protocols
from recsys.evaluation.protocols.cut import Given
from recsys.evaluation.report import markdown
from recsys.events import tables
from recsys.interests.stage import understand
from recsys.language import embeddings
from recsys.ranking.stage import world_of
from recsys.stages import Job, Result

log = logging.getLogger(__name__)


def run(job: Job) -> Result:
    """Writes metrics.parquet, ratios.parquet and report.md; no metric when there is too little data for a backtest."""
    known, settings = tables.read(job.one("ingest"), job.settings.events), job.settings
    _, vectors = embeddings.load(job.inputs["features"])
    understood = understand(vectors, settings)
    found = [(measure.table([], columns.METRICS), measure.table([], columns.RATIOS))]
    given = Given(known.interactions, known.side, understood.membership, settings.evaluation, known.timed)
    world = world_of(known, understood, settings.ranking)
    for one in backtest.run(protocols.daily(given), lambda seen: arms.fit(seen, world, vectors, settings)):
        found.append(
            measure.tables(one, understood.directions, settings.evaluation.resamples, settings.evaluation.seed)
        )
        log.info("evaluate: %s, %d users", one.protocol, len(one.split.requests))
    metrics, ratios = (pd.concat(part, ignore_index=True) for part in zip(*found, strict=True))
    metrics.to_parquet(job.folder / "metrics.parquet", index=False)
    ratios.to_parquet(job.folder / "ratios.parquet", index=False)
    (job.folder / "report.md").write_text(markdown(metrics, ratios))
    rows = {"requests": int(metrics.drop_duplicates("protocol")["users"].sum())}
    return Result(rows=rows, metrics=headline(metrics, ratios))


def headline(metrics: pd.DataFrame, ratios: pd.DataFrame) -> dict[str, float]:
    """The figures of a day: ours in every protocol with its interval, and what it is of each arm under `warm`.

    A ratio to an arm that found nothing is no number, and left out.
    """
    main = metrics[
        (metrics["segment"] == columns.ALL) & (metrics["metric"] == columns.MAIN) & (metrics["arm"] == "recsys")
    ]
    against = ratios[(ratios["segment"] == columns.ALL) & (ratios["protocol"] == "warm")]
    named = [(f"{row.protocol} {columns.MAIN}", row) for row in main.itertuples()]
    told = {f"{name}{end}": float(value) for name, row in named
            for end, value in (("", row.value), ("_low", row.low), ("_high", row.high))}  # fmt: skip
    told |= {f"warm {columns.MAIN} ratio to {row.against}": float(row.value) for row in against.itertuples()}
    return {name: value for name, value in told.items() if isfinite(value)}
