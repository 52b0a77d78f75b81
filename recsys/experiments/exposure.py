"""What users were shown and did, read from the feedback: by user and step of an experiment, or of the days before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import numpy as np
import numpy.typing as npt
from psycopg2.extensions import cursor

from recsys.experiments.allocation import CHAMPION, ranges
from recsys.experiments.difference import Bools, Floats, Outcomes
from recsys.experiments.plan import Metric

IMPRESSION = "impression"
CLICKS = ("click", "open", "read", "play", "watch", "listen")
PURCHASES = ("buy", "purchase", "order", "transaction")
ACTIONS: Mapping[str, Sequence[str]] = {"ctr": CLICKS, "conversion": PURCHASES, "value": PURCHASES}
"""Actions that a metric counts; of `value` it sums the values."""
SHOWN = "count(*) FILTER (WHERE action = %(impression)s)"
TOTAL = "coalesce(sum(CASE WHEN action <> ALL (%(actions)s) THEN 0 WHEN %(metric)s = 'value' THEN value ELSE 1 END), 0)"
BY_USER = f"""
    SELECT recsys.bucket(%(key)s, user_id), array_agg(step), array_agg(shown), array_agg(total)
    FROM (SELECT user_id, width_bucket(occurred_at, %(began)s::timestamptz[]) - 1 AS step, {SHOWN} AS shown,
                 {TOTAL} AS total
          FROM recsys.feedback WHERE occurred_at >= %(since)s AND action = ANY (%(counted)s)
          GROUP BY user_id, step) AS counted
    GROUP BY user_id
"""  # noqa: S608
BEFORE = f"""
    SELECT {SHOWN}, {TOTAL} FROM recsys.feedback WHERE occurred_at >= %(since)s AND action = ANY (%(counted)s)
    GROUP BY user_id
"""  # noqa: S608


@dataclass(frozen=True)
class Exposure:
    """Impressions and outcomes of an experiment, (n_steps, n_users) each.

    Who is in which arm follows from the users' buckets and the shares of the step: it is what was randomised, whichever
    list an outcome goes back to.
    """

    shown: Floats
    total: Floats
    held: Mapping[str, Bools]
    """Users of each arm, champion and challengers."""

    def users(self, step: int) -> dict[str, int]:
        """Users to whom something was shown in a step, by arm."""
        return {arm: int((users[step] & (self.shown[step] > 0)).sum()) for arm, users in self.held.items()}

    def outcomes(self, arm: str) -> Outcomes:
        """The users of an arm and those of the champion, step by step."""
        compared = self.held[arm] | self.held[CHAMPION]
        return Outcomes(self.total * compared, self.shown * compared, self.held[arm])


def exposure(
    work: cursor, key: str, metric: Metric, arms: Sequence[str], steps: Sequence[tuple[datetime, Mapping[str, float]]]
) -> Exposure:
    """What happened since an experiment began: steps are given by when they began and by their shares.

    What counts is when something occurred, not when it arrived.
    """
    began = [began_at for began_at, _ in steps]
    work.execute(BY_USER, {**_counted(metric), "since": began[0], "key": key, "began": began})
    rows = work.fetchall()
    users = np.repeat(np.arange(len(rows)), [len(places) for _, places, _, _ in rows])
    step, seen, done = (
        np.array(list(chain.from_iterable(row[place] for row in rows)), dtype=float) for place in (1, 2, 3)
    )
    cells = step.astype(np.int64), users
    shown, total = np.zeros((len(steps), len(rows))), np.zeros((len(steps), len(rows)))
    shown[cells], total[cells] = seen, done
    buckets = np.array([row[0] for row in rows], dtype=np.int64)
    return Exposure(shown, total, _held(buckets, arms, [shares for _, shares in steps]))


def _held(
    buckets: npt.NDArray[np.int64], arms: Sequence[str], shares: Sequence[Mapping[str, float]]
) -> dict[str, Bools]:
    """Users of each arm in each step, (n_steps, n_users)."""
    taken = [ranges(arms, step) for step in shares]
    held = {
        arm: np.array(
            [(start <= buckets) & (buckets < end) for start, end in (step.get(arm, (0, 0)) for step in taken)]
        )
        for arm in arms
    }
    return {CHAMPION: ~np.logical_or.reduce(list(held.values())), **held}


def before(work: cursor, metric: Metric, since: datetime) -> tuple[Floats, Floats]:
    """Total and impressions of every user since then, whatever they were shown; two arrays (n_users,)."""
    work.execute(BEFORE, {**_counted(metric), "since": since})
    rows = np.array(work.fetchall(), dtype=float).reshape(-1, 2)
    return rows[:, 1], rows[:, 0]


def _counted(metric: Metric) -> dict[str, object]:
    actions = list(ACTIONS[metric])
    return {"impression": IMPRESSION, "actions": actions, "metric": metric, "counted": [IMPRESSION, *actions]}
