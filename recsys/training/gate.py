"""Whether a challenger may take the champion's place: a pure function of two tables of users."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys import schema
from recsys.errors import DataError
from recsys.evaluation import bootstrap
from recsys.training.quality import NDCG, PROTOCOL

MIN_USERS = 20
"""Users of a segment below which its mean is too uncertain to refuse anything."""


@dataclass(frozen=True)
class Verdict:
    """The judgement, and what it rests on."""

    passed: bool
    reasons: tuple[str, ...]
    """Why not; empty where the challenger passed."""
    gain: float
    """Mean over users of the challenger's NDCG@10 minus the champion's."""
    low: float
    high: float
    """Bounds of the gain's 95% interval by the paired bootstrap over users."""


def judge(
    challenger: pd.DataFrame, champion: pd.DataFrame, tolerance: float, resamples: int = 1000, seed: int = 0
) -> Verdict:
    """Passed, where the whole interval of the gain lies above 0 and no segment loses more than `tolerance` of its mean.

    Both tables are `quality.TABLE` of the same users and requests, in any order. A user's value is the mean over the
    requests they are in. Raises `DataError` where the tables hold different users.
    """
    key = [PROTOCOL, schema.SEGMENT, schema.USER_ID]
    both = challenger.merge(champion, on=key, suffixes=("", "_before"), validate="one_to_one")
    if len(both) != len(challenger) or len(both) != len(champion):
        raise DataError(
            "challenger and champion were asked for different requests",
            where="tables of the gate",
            seen=f"{len(challenger)} and {len(champion)} rows, {len(both)} in common",
            expected="the same users",
            remedy="measure both on the same events",
        )
    if both.empty:
        return Verdict(False, ("nobody could be asked",), 0.0, 0.0, 0.0)
    before = f"{NDCG}_before"
    gains = (both[NDCG] - both[before]).groupby(both[schema.USER_ID]).mean().to_numpy(float)
    gain, low, high = bootstrap.interval(gains, bootstrap.draws(len(gains), resamples, seed))
    reasons = [] if low > 0 else [f"the interval of the gain, {low:.4f} to {high:.4f}, does not lie above 0"]
    for segment, part in both.groupby(schema.SEGMENT, sort=True):
        was, now = float(part[before].mean()), float(part[NDCG].mean())
        if len(part) >= MIN_USERS and now < was * (1 - tolerance):
            reasons.append(f"segment {segment} falls from {was:.4f} to {now:.4f}, more than {tolerance:.0%}")
    return Verdict(not reasons, tuple(reasons), _finite(gain), _finite(low), _finite(high))


def _finite(value: float) -> float:
    return float(np.nan_to_num(value))
