"""The comparison as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from benchmarks.quality.compare import Comparison, Measured
from benchmarks.quality.contract import Configuration
from benchmarks.quality.tuning import Tuned
from recsys.evaluation import bootstrap
from recsys.evaluation.metrics import Values
from recsys.schema import NO_TRANSFER, RECSYS

RESAMPLES, SEED = 1000, 2026
HEAD = """# recsys beside other people's recommenders

NDCG@10 with 95% intervals by resampling users; ratios are paired over the same users. The first columns are of each
user's mean over the seeds of training, then follow the seeds one by one. `fit` is seconds to fit and answer, the mean
of the seeds; recsys is given once for all of its arms. Every peer was tuned with at most eight tries, on
the same cut made once more on the known side; recsys runs with its settings as they come.
`peers, stacked` is all peers of a table under the ranker of recsys, which learns from their answers to that validation;
its seconds are those of all of them and of the ranker.
"""

POOLED = ("recent popularity", NO_TRANSFER)
"""Arms that recsys is shown beside over all protocols of a family, too."""
Table = Mapping[str, Mapping[int, Values]]
"""NDCG@10 of each request, by arm and seed."""


def markdown(comparisons: Sequence[Comparison]) -> str:
    """The whole report: a table for each data set and protocol, then how the peers were tuned."""
    return (
        "\n\n".join([HEAD.rstrip(), *(part for comparison in comparisons for part in _comparison(comparison))]) + "\n"
    )


def _comparison(found: Comparison) -> Iterator[str]:
    tuning = {name: f"{tuned.seconds:.0f}" for name, tuned in found.tuned.items()}
    for protocol in found.measured[0].values:
        table = by_arm(found.measured, protocol)
        users = len(next(iter(table[RECSYS].values())))
        yield f"## {found.data}, {protocol} ({users} users)"
        yield rows(table, _seconds(found.measured), tuning)
    if (
        found.tuned
        and len(found.users) > 1
        and all(protocol.startswith(("cold-", "social-")) for protocol in found.users)
    ):
        yield pooled(found)
    yield f"### How the peers of {found.data}, {', '.join(found.measured[0].values)}, were tuned"
    yield "\n".join(tried(name, tuned) for name, tuned in found.tuned.items())


def pooled(found: Comparison) -> str:
    """recsys beside the peer that is best under each protocol, over the requests of all of them together."""
    tables = {protocol: by_arm(found.measured, protocol) for protocol in found.users}
    best = {
        protocol: max(found.tuned, key=lambda peer, table=table: _mean(table[peer]).mean())  # type: ignore[misc]
        for protocol, table in tables.items()
    }
    beside = {"the best peer of each": best, **{arm: dict.fromkeys(tables, arm) for arm in POOLED}}
    lines = [f"### {found.data}, {', '.join(tables)} together", ""]
    ours = _by_user(found, {protocol: table[RECSYS] for protocol, table in tables.items()})
    drawn = bootstrap.draws(len(ours), RESAMPLES, SEED)
    for name, arms in beside.items():
        if all(arm in tables[protocol] for protocol, arm in arms.items()):
            theirs = _by_user(found, {protocol: tables[protocol][arm] for protocol, arm in arms.items()})
            lines.append("- recsys / {}: {:.2f} [{:.2f}, {:.2f}]".format(name, *bootstrap.ratio(ours, theirs, drawn)))
    named = ", ".join(f"{arm} ({protocol})" for protocol, arm in best.items())
    return "\n".join([*lines, "", f"These are {named}; whole users are resampled."])


def _by_user(found: Comparison, by_protocol: Mapping[str, Mapping[int, Values]]) -> Values:
    """The sum over each user's requests, (n_users,)."""
    users = np.concatenate([found.users[protocol] for protocol in by_protocol])
    values = np.concatenate([_mean(by_seed) for by_seed in by_protocol.values()])
    return np.asarray(np.bincount(np.unique(users, return_inverse=True)[1], values), np.float64)


def by_arm(measured: Sequence[Measured], protocol: str) -> Table:
    """Measurements under one protocol."""
    found: dict[str, dict[int, Values]] = {}
    for measurement in measured:
        found.setdefault(measurement.arm, {})[measurement.seed] = measurement.values[protocol]
    return found


def rows(table: Table, fit: Mapping[str, str], tune: Mapping[str, str]) -> str:
    """A row for each arm, recsys first, the others from best to worst."""
    seeds = list(table[RECSYS])
    drawn = bootstrap.draws(len(table[RECSYS][seeds[0]]), RESAMPLES, SEED)
    by_seed = (
        [title for seed in seeds for title in (f"seed {seed}", f"recsys / arm, seed {seed}")] if len(seeds) > 1 else []
    )
    head = ["arm", "NDCG@10", "recsys / arm", *by_seed, "fit, s", "tune, s"]
    order = sorted(table, key=lambda arm: (arm != RECSYS, -float(_mean(table[arm]).mean())))
    lines = [[arm, *_cells(table, arm, drawn), fit.get(arm, ""), tune.get(arm, "")] for arm in order]
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def _cells(table: Table, arm: str, drawn: np.ndarray) -> list[str]:
    seeds = list(table[RECSYS])
    pairs = [(_mean(table[RECSYS]), _mean(table[arm]))]
    if len(seeds) > 1:
        pairs += [(table[RECSYS][seed], table[arm][seed]) for seed in seeds]
    return [cell for pair in pairs for cell in _pair(*pair, drawn, arm == RECSYS)]


def _pair(ours: Values, theirs: Values, drawn: np.ndarray, same: bool) -> tuple[str, str]:
    value, ratio = bootstrap.interval(theirs, drawn), bootstrap.ratio(ours, theirs, drawn)
    shown = "" if same or np.isnan(ratio[0]) else "{:.2f} [{:.2f}, {:.2f}]".format(*ratio)
    return "{:.4f} [{:.4f}, {:.4f}]".format(*value), shown


def _mean(by_seed: Mapping[int, Values]) -> Values:
    return np.asarray(np.mean(list(by_seed.values()), axis=0))


def _seconds(measured: Sequence[Measured]) -> dict[str, str]:
    took: dict[str, list[float]] = {}
    for measurement in measured:
        took.setdefault(measurement.arm, []).append(measurement.seconds)
    return {arm: f"{np.mean(seconds):.1f}" for arm, seconds in took.items()}


def tried(name: str, tuned: Tuned) -> str:
    """One line of what a peer was tuned among, the selected configuration in bold.

    >>> tried("EASE", Tuned(({"l2": 10.0}, {"l2": 30.0}), (0.1, 0.25), {"l2": 30.0}, 1.0))
    '- EASE: l2=10 0.1000; **l2=30 0.2500**'
    """
    if not tuned.values:
        return f"- {name}: not tuned, {words(tuned.best)}"
    pairs = [
        (words(configuration), configuration == tuned.best, value)
        for configuration, value in zip(tuned.configurations, tuned.values, strict=True)
    ]
    return f"- {name}: " + "; ".join(
        f"**{text} {value:.4f}**" if best else f"{text} {value:.4f}" for text, best, value in pairs
    )


def words(configuration: Configuration) -> str:
    """A configuration as text: `words({"l2": 10.0})` is `l2=10`."""
    return ", ".join(
        f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in configuration.items()
    )
