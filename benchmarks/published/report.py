"""What was measured beside what was published, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.published.run import BARE, LATER, Measured
from benchmarks.published.table import Table
from recsys.evaluation import bootstrap
from recsys.evaluation.metrics import Values
from recsys.schema import NO_TRANSFER, RECSYS

RESAMPLES, SEED = 1000, 2026
HEAD = """Models are fitted on `train` alone, asked with `train` and `valid` folded in, and rank all unseen items for
all users. Intervals are 95%, by resampling users; published figures come without."""


def markdown(found: Measured, table: Table | None) -> str:
    """The table of arms and published models by NDCG@10, the gain by language as ratios, and the cost."""
    parts = [f"# {table.name}", table.about, f"Published: {table.source}."] if table else ["# A given split"]
    return "\n\n".join([*parts, HEAD, tables(found, table)]) + "\n"


def tables(found: Measured, table: Table | None) -> str:
    """The same without title and explanation."""
    return "\n\n".join([_figures(found, table), *_ratios(found, table), _costs(found)])


def _figures(found: Measured, table: Table | None) -> str:
    drawn = bootstrap.draws(len(found.ndcg[RECSYS]), RESAMPLES, SEED)
    rows = {
        arm: (value.mean(), f"| {arm} | {_told(found.recall[arm], drawn)} | {_told(value, drawn)} |")
        for arm, value in found.ndcg.items()
    }
    for model, recall, ndcg in table.figures if table else ():
        rows[f"published {model}"] = ndcg, f"| *{model}* | {recall:.4f} | {ndcg:.4f} |"
    ordered = sorted(rows.values(), key=lambda row: -row[0])
    head = f"| {len(drawn[0]):,} users, {found.items:,} items; published in italics | recall@10 | NDCG@10 |"
    return "\n".join([head, "| --- | --- | --- |", *(line for _, line in ordered)])


def _ratios(found: Measured, table: Table | None) -> Iterator[str]:
    ours, drawn = found.ndcg[RECSYS], bootstrap.draws(len(found.ndcg[RECSYS]), RESAMPLES, SEED)
    lines = [
        f"- recsys / {arm}: " + _shown(bootstrap.ratio(ours, found.ndcg[arm], drawn), 2) for arm in (NO_TRANSFER, BARE)
    ]
    if table:
        value, low, high = (figure / table.best.ndcg for figure in bootstrap.interval(ours, drawn))
        lines.insert(0, f"- recsys / {table.best.model}, the best published: {_shown((value, low, high), 2)}")
    yield "\n".join(["NDCG@10:", "", *lines])
    yield f"`{LATER}` knows more than the published models do: it is reported, not claimed."


def _costs(found: Measured) -> str:
    lines = [
        f"| {part} | {cost.cpu_s:.0f} | {cost.wall_s:.0f} | {cost.peak_memory_mb:.0f} |"
        for part, cost in found.costs.items()
    ]
    return "\n".join(["| part | CPU s | wall s | peak so far, MB |", "| --- | --- | --- | --- |", *lines])


def _told(values: Values, drawn: np.ndarray) -> str:
    return _shown(bootstrap.interval(values, drawn), 4)


def _shown(interval: tuple[float, float, float], digits: int) -> str:
    value, low, high = (f"{number:.{digits}f}" for number in interval)
    return f"{value} [{low}, {high}]"
