"""How well users are served: quality, evidence, transfer, and who has a list."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from recsys.evaluation.columns import ALL, MAIN, leading
from recsys.monitor.measures import Measure, Usual, at_least
from recsys.schema import ALPHA, RECSYS, SEGMENT
from recsys.settings import MonitorSettings
from recsys.transfer.segments import NAMES


def quality(metrics: pd.DataFrame, usual: Usual, bounds: MonitorSettings) -> Iterator[Measure]:
    """ndcg@10 by `<protocol>/<arm>/<segment>`, with its interval; that of recsys for all users has a bound.

    The leading protocol of the day is watched, and compared with what it mostly was itself: with no other protocol.
    """
    watched = metrics[(metrics["protocol"] == leading(metrics["protocol"])) & (metrics["metric"] == MAIN)]
    for row in watched.itertuples():
        part = f"{row.protocol}/{row.arm}/{row.segment}"
        before = usual.get(("quality", part)) if (row.arm, row.segment) == (RECSYS, ALL) else None
        drop = bounds.max_quality_drop
        bound = None if before is None or drop is None else before * (1 - drop)
        yield Measure("quality", row.value, part, row.low, row.high, bound, bound is not None and row.value < bound)


def people(trace: pd.DataFrame, with_a_list: int, bounds: MonitorSettings) -> Iterator[Measure]:
    """Users and mean alpha by segment of evidence, and the share of all users who have a list of their own.

    `trace` is what the stage `transfer` wrote, a row per user.
    """
    alpha = trace.groupby(SEGMENT)[ALPHA].agg(["size", "mean"])
    for segment in NAMES:
        yield Measure("evidence", int(alpha["size"].get(segment, 0)), segment)
        if segment in alpha.index:
            yield Measure("alpha", float(alpha["mean"][segment]), segment)
    yield at_least("coverage", with_a_list / len(trace), bounds.min_coverage)
