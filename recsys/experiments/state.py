"""Experiments as the store keeps them: what runs, its steps, and every decision about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg2.extensions import cursor
from psycopg2.extras import Json

from recsys.errors import SettingsError
from recsys.experiments.allocation import CHAMPION
from recsys.experiments.decision import Look
from recsys.experiments.plan import Metric
from recsys.experiments.power import Detectable

FOUND = """
    SELECT name, key, metric, status, arms, steps, smallest_effect, min_users, baseline, detectable, started_at,
           ended_at, outcome, actor
    FROM recsys.experiment WHERE name = %s OR %s = '' ORDER BY status = 'running' DESC, started_at DESC LIMIT 1
"""
STEPS = "SELECT began_at, shares FROM recsys.experiment_step WHERE experiment = %s ORDER BY number"
DECISIONS = """
    SELECT decided_at, arm, action, why, actor, pub_id, users, value, low, high, champion, mismatch
    FROM recsys.experiment_decision WHERE experiment = %s ORDER BY decided_at DESC, arm LIMIT %s
"""


@dataclass(frozen=True)
class Step:
    """A time with the same shares."""

    began_at: datetime
    shares: Mapping[str, float]
    """Percent of the users by arm, the champion's too."""


@dataclass(frozen=True)
class Experiment:
    """An experiment that runs or has ended."""

    name: str
    key: str
    metric: Metric
    status: str
    arms: Sequence[str]
    """Challengers, in the order of the places from which they grow."""
    planned: Sequence[float]
    """Percent of the users that the challenger gets, one after another; empty: shares are changed by hand."""
    smallest_effect: float
    """Share of the metric that is worth knowing."""
    min_users: int
    baseline: float | None
    """The metric before the start."""
    detectable: Sequence[Detectable]
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    actor: str
    steps: Sequence[Step]

    @property
    def shares(self) -> Mapping[str, float]:
        """Percent of the users by arm, in the last step."""
        return self.steps[-1].shares

    @property
    def alive(self) -> tuple[str, ...]:
        """Challengers that have users."""
        return tuple(arm for arm in self.arms if self.shares[arm] > 0)


@dataclass(frozen=True)
class Decision:
    """Something that was decided of an arm, with what was seen at a look."""

    decided_at: datetime
    arm: str
    action: str
    why: str
    actor: str
    pub_id: int | None
    look: Look | None
    mismatch: float | None
    """Lowest p-value of the sample ratio of all steps."""


def find(work: cursor, name: str = "") -> Experiment | None:
    """The experiment of that name, or without a name the running experiment, else the experiment that ended last."""
    work.execute(FOUND, (name, name))
    row = work.fetchone()
    if row is None:
        return None
    work.execute(STEPS, (row[0],))
    steps = [Step(began, _ordered(shares, row[4])) for began, shares in work.fetchall()]
    values = [*row[:9], [Detectable(**known) for known in row[9]], *row[10:], steps]
    return Experiment(*values)


def names(work: cursor) -> list[str]:
    """All experiments, newest first."""
    work.execute("SELECT name FROM recsys.experiment ORDER BY started_at DESC")
    return [name for (name,) in work.fetchall()]


def running(work: cursor, name: str = "") -> Experiment:
    """The experiment that runs; raises `SettingsError` where none of that name does."""
    found = find(work, name)
    if found is None or found.status != "running":
        raise SettingsError(
            "no such experiment runs",
            seen=name or "none",
            expected="an experiment that runs",
            remedy="see `recsys experiment show`, or start one",
        )
    return found


def insert(work: cursor, made: Experiment) -> None:
    """Stores a new experiment, without its steps."""
    work.execute(
        "INSERT INTO recsys.experiment (name, key, metric, arms, steps, smallest_effect, min_users, baseline,"
        " detectable, actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            made.name,
            made.key,
            made.metric,
            list(made.arms),
            list(made.planned),
            made.smallest_effect,
            made.min_users,
            made.baseline,
            Json([asdict(known) for known in made.detectable]),
            made.actor,
        ),
    )


def step(work: cursor, name: str, shares: Mapping[str, float]) -> None:
    """Stores that these shares hold from now on."""
    work.execute(
        "INSERT INTO recsys.experiment_step (experiment, number, shares) SELECT %s, count(*), %s"
        " FROM recsys.experiment_step WHERE experiment = %s",
        (name, Json(dict(shares)), name),
    )


def end(work: cursor, name: str, outcome: str) -> None:
    """Stores that the experiment is over."""
    work.execute(
        "UPDATE recsys.experiment SET status = 'ended', ended_at = clock_timestamp(), outcome = %s WHERE name = %s",
        (outcome, name),
    )


def record(
    work: cursor,
    name: str,
    arm: str,
    action: str,
    why: str,
    actor: str,
    pub_id: int | None = None,
    look: Look | None = None,
    mismatch: float | None = None,
) -> None:
    """Stores a decision."""
    seen = (look.users, look.value, look.low, look.high, look.champion) if look else (None,) * 5
    work.execute(
        "INSERT INTO recsys.experiment_decision (experiment, arm, action, why, actor, pub_id, users, value,"
        " low, high, champion, mismatch) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (name, arm, action, why, actor, pub_id, *seen, mismatch),
    )


def decisions(work: cursor, name: str, limit: int = 1000) -> list[Decision]:
    """What was decided of an experiment, newest first."""
    work.execute(DECISIONS, (name, limit))
    rows = [[*row[:6], None if row[6] is None else Look(*row[6:11]), row[11]] for row in work.fetchall()]
    return [Decision(*row) for row in rows]


def _ordered(shares: Mapping[str, float], arms: Sequence[str]) -> dict[str, float]:
    """The shares of all arms, champion first: JSON of the database keeps no order."""
    return {arm: float(shares.get(arm, 0)) for arm in (CHAMPION, *arms)}
