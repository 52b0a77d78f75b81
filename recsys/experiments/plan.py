"""An experiment that is to be started, as it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast, get_args

from recsys.errors import SettingsError
from recsys.experiments.allocation import CHAMPION, parse, ranges, written

Metric = Literal["ctr", "conversion", "value"]
CHALLENGER = "challenger"
"""Name of the arm where steps are given and no arms."""
SMALLEST_EFFECT = 0.05
MIN_USERS = 100
"""Users to whom an arm must have shown something in a step before it grows, unless the experiment states another."""


@dataclass(frozen=True)
class Plan:
    """What to compare, on whom, and by what."""

    name: str
    shares: Mapping[str, float]
    """Percent of the users by arm."""
    publications: Mapping[str, int]
    """Publication that a challenger shows; a challenger without begins with the live publication."""
    steps: Sequence[float] = ()
    """Percent that the challenger gets, one after another; empty: shares are changed by hand."""
    metric: Metric = "ctr"
    smallest_effect: float = SMALLEST_EFFECT
    """Share of the metric that is worth knowing."""
    min_users: int = MIN_USERS

    @property
    def challengers(self) -> list[str]:
        """Arms besides the champion."""
        return [arm for arm in self.shares if arm != CHAMPION]


def plan(
    name: str,
    arms: str,
    publications: Sequence[str],
    steps: str,
    metric: str,
    smallest_effect: float = SMALLEST_EFFECT,
    min_users: int = MIN_USERS,
) -> Plan:
    """The plan of the words of a command; raises `SettingsError` for what cannot be.

    >>> made = plan("first", "", ["challenger=17"], "1,5,20,50", "ctr")
    >>> made.shares, made.publications
    ({'champion': 99.0, 'challenger': 1.0}, {'challenger': 17})
    """
    planned = _steps(steps)
    shares = {CHAMPION: 100 - planned[0], CHALLENGER: planned[0]} if planned and not arms else parse(arms)
    if metric not in get_args(Metric):
        raise SettingsError(
            "there is no such metric", where="--metric", seen=metric, expected=", ".join(get_args(Metric))
        )
    made = Plan(
        name, shares, _publications(publications, shares), planned, cast(Metric, metric), smallest_effect, min_users
    )
    _check(made)
    return made


def _check(made: Plan) -> None:
    ranges(made.challengers, made.shares)
    idle = [arm for arm in made.challengers if not made.shares[arm]]
    if idle:
        raise SettingsError(
            "a challenger has no users", where="--arms", seen=", ".join(idle), expected="a share above 0"
        )
    if made.steps and len(made.challengers) > 1:
        raise SettingsError(
            "steps are for one challenger",
            where="--steps",
            seen=", ".join(made.challengers),
            expected="one arm besides the champion, or no steps",
        )
    if made.steps and made.shares[made.challengers[0]] != made.steps[0]:
        raise SettingsError(
            "the challenger does not begin at its first step",
            where="--arms",
            seen=written(made.shares),
            expected=f"{made.challengers[0]}={made.steps[0]:g}",
        )


def _steps(text: str) -> tuple[float, ...]:
    try:
        made = tuple(float(step) for step in text.split(",")) if text else ()
    except ValueError:
        made = (0.0,)
    if made and not (made[0] > 0 and made[-1] < 100 and all(before < after for before, after in pairwise(made))):
        raise SettingsError(
            "the steps are no growing shares in percent", where="--steps", seen=text, expected="such as 1,5,20,50"
        )
    return made


def _publications(given: Sequence[str], shares: Mapping[str, float]) -> dict[str, int]:
    made = {}
    for text in given:
        arm, _, number = text.partition("=")
        if arm not in shares or arm == CHAMPION:
            raise SettingsError(
                "there is no such challenger",
                where="--publication",
                seen=text,
                expected=", ".join(name for name in shares if name != CHAMPION),
            )
        if not (number.isascii() and number.isdigit()) or len(number) > 18:
            raise SettingsError(
                "the publication cannot be read",
                where="--publication",
                seen=text,
                expected=f"{arm}=17",
                remedy="see `recsys publications`",
            )
        made[arm] = int(number)
    return made
