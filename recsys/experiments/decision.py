"""What follows from a look at an experiment: wait, grow, withdraw or promote an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys.experiments.balance import MISMATCH
from recsys.experiments.difference import Outcomes, difference
from recsys.experiments.interval import ALPHA, half_width
from recsys.experiments.plan import MIN_USERS

Action = Literal["wait", "grow", "withdraw", "promote"]
MIN_ACTIVE = 20
"""Users with a click, a purchase, an arm must be expected to hold for an interval to be made: it is one of a normal
distribution."""


@dataclass(frozen=True)
class Look:
    """An arm beside the champion, as seen at one time."""

    users: int
    """Users to whom the arm has shown something in the step that runs."""
    value: float | None
    """Metric of the arm less that of the champion; None while there is too little to compare."""
    low: float | None
    high: float | None
    champion: float | None
    """Metric of the champion."""

    @property
    def relative(self) -> tuple[float, float, float] | None:
        """Value, low and high as shares of the champion's metric; None while there is none."""
        if self.value is None or self.low is None or self.high is None or not self.champion:
            return None
        return self.value / self.champion, self.low / self.champion, self.high / self.champion


@dataclass(frozen=True)
class Verdict:
    """What is to be done, and why."""

    action: Action
    why: str


def look(outcomes: Outcomes, smallest_effect: float, arms: int = 1, baseline: float | None = None) -> Look:
    """The arm of the outcomes beside the champion, by the interval that holds for all of several arms at every look.

    `smallest_effect` is a share of `baseline`, the metric before the start; None: of the champion's so far.
    """
    found = difference(outcomes)
    champion = float(found.champion) if np.isfinite(found.champion) else None
    users = int(((outcomes.shown > 0) & outcomes.treated)[-1].sum())
    scale = baseline or champion
    if not scale or found.active < MIN_ACTIVE or not np.isfinite(found.value) or not found.error > 0:
        return Look(users, None, None, None, champion)
    value = float(found.value)
    width = float(half_width(found.error, smallest_effect * scale, ALPHA / arms))
    return Look(users, value, value - width, value + width, champion)


def decide(
    seen: Look, mismatches: Sequence[float], share: float, steps: Sequence[float], min_users: int = MIN_USERS
) -> Verdict:
    """What follows for an arm that has `share` percent of the users, of which it shall get more in `steps`.

    `mismatches` are the p-values of the sample-ratio check of every step so far.

    >>> decide(Look(500, 0.01, -0.02, 0.04, 0.1), [0.5], 5, (1, 5, 20))
    Verdict(action='grow', why='not surely worse (-20.0% to +40.0%) after 500 users: from 5% to 20%')
    >>> decide(Look(500, -0.01, -0.02, -0.001, 0.1), [0.5], 5, (1, 5, 20)).action
    'withdraw'
    >>> decide(Look(500, -0.01, -0.02, -0.001, 0.1), [0.0001], 5, (1, 5, 20)).action
    'wait'
    """
    if not steps:
        return Verdict("wait", "this experiment has no steps: its end is decided by hand")
    if min(mismatches, default=1.0) < MISMATCH:
        return Verdict("wait", f"sample ratio mismatch (p {min(mismatches):.2g}): users get lost in one of the arms")
    if seen.low is None or seen.high is None or not seen.relative:
        return Verdict("wait", f"too little is known: {seen.users} users in this step")
    _, low, high = seen.relative
    span = f"({low:+.1%} to {high:+.1%})"
    if seen.high < 0:
        return Verdict("withdraw", f"surely worse {span}")
    later = [step for step in steps if step > share]
    if not later and seen.low > 0:
        return Verdict("promote", f"surely better {span} at the last step")
    if later and seen.users >= min_users:
        return Verdict("grow", f"not surely worse {span} after {seen.users} users: from {share:g}% to {later[0]:g}%")
    awaited = f"{min_users} users in this step are awaited" if later else "better or worse is not sure yet"
    return Verdict("wait", f"{awaited} {span}; {seen.users} users so far")
