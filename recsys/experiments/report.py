"""Experiments in words, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.experiments.allocation import written
from recsys.experiments.balance import MISMATCH
from recsys.experiments.decision import Look
from recsys.experiments.judgement import Judged
from recsys.experiments.power import POWER, Detectable
from recsys.experiments.state import Decision, Experiment


def started(found: Experiment) -> str:
    """What began, and what it can be expected to find."""
    return "\n".join([f"{found.name} runs: {written(found.shares)}", *expected(found)])


def expected(found: Experiment) -> list[str]:
    """Lines on the smallest difference that is found after some days."""
    if not found.detectable:
        return [f"no {found.metric} of the days before is known, so nor is what the experiment can find"]
    return [_expected(found, known) for known in found.detectable]


def _expected(found: Experiment, known: Detectable) -> str:
    what = f"a difference of {known.relative:.1%} of a {found.metric} of {known.ratio:.4g}"
    where = f" at {found.planned[-1]:g}%" if found.planned else ""
    return f"in {known.days} days{where}, with {known.users:,} users: {what} is found with {POWER:.0%} probability"


def judged(made: Judged) -> str:
    """A verdict with what was seen."""
    return f"{made.arm}: {made.verdict.action}: {made.verdict.why}"


def seen(found: Look) -> str:
    """A difference with its interval.

    >>> seen(Look(10, 0.01, -0.02, 0.04, 0.1)), seen(Look(10, None, None, None, None))
    ('+10.0% [-20.0%, +40.0%] of 0.1, 10 users', 'too little to compare, 10 users')
    """
    if not found.relative:
        return f"too little to compare, {found.users} users"
    value, low, high = found.relative
    return f"{value:+.1%} [{low:+.1%}, {high:+.1%}] of {found.champion:.4g}, {found.users} users"


def shown(found: Experiment, made: Sequence[Decision]) -> str:
    """An experiment with its steps and decisions, newest last."""
    ended = f", ended {found.ended_at:%Y-%m-%d %H:%M}: {found.outcome}" if found.ended_at else ""
    lines = [f"{found.name}: {found.status}, {found.metric}, by {found.actor}{ended}"]
    lines += [f"  {step.began_at:%Y-%m-%d %H:%M}  {written(step.shares)}" for step in found.steps]
    lines += [f"  {line}" for line in expected(found)]
    latest = next((decision.mismatch for decision in made if decision.mismatch is not None), None)
    if latest is not None:
        verdict = "does not hold: nothing is decided automatically" if latest < MISMATCH else "holds"
        lines.append(f"  sample ratio: p {latest:.3g}, it {verdict}")
    return "\n".join([*lines, *(_decision(decision) for decision in reversed(made))])


def _decision(made: Decision) -> str:
    found = f" ({seen(made.look)})" if made.look else ""
    return f"  {made.decided_at:%Y-%m-%d %H:%M}  {made.arm}: {made.action}: {made.why}{found}; by {made.actor}"
