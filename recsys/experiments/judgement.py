"""A look at the running experiment: what was seen of each challenger is recorded, and what follows is done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from getpass import getuser

from psycopg2.extensions import cursor

from recsys.experiments import allotment, state
from recsys.experiments.allocation import CHAMPION
from recsys.experiments.balance import mismatch
from recsys.experiments.control import turn
from recsys.experiments.decision import Look, Verdict, decide, look
from recsys.experiments.exposure import Exposure, exposure
from recsys.experiments.state import Experiment


@dataclass(frozen=True)
class Judged:
    """What a look at an arm led to."""

    arm: str
    look: Look
    verdict: Verdict
    mismatch: float | None
    """Lowest p-value of the sample ratio of all steps."""


def judge(dsn: str, name: str = "", actor: str = "") -> list[Judged]:
    """What a look at each challenger of the running experiment led to; it is recorded, and carried out.

    Raises `SettingsError` where no such experiment runs.
    """
    with turn(dsn) as work:
        found = state.running(work, name)
        shown = allotment.publications(work, found)
        made = [_kept_back(work, found, judged) for judged in seen(work, found)]
        for judged in made:
            verdict = judged.verdict
            state.record(
                work,
                found.name,
                judged.arm,
                verdict.action,
                verdict.why,
                actor or getuser(),
                shown[judged.arm],
                judged.look,
                judged.mismatch,
            )
        for judged in made:
            _carry_out(work, found, judged, actor)
        return made


def seen(work: cursor, found: Experiment) -> list[Judged]:
    """A look at each challenger that has users, without any consequence."""
    steps = [(step.began_at, step.shares) for step in found.steps]
    exposed = exposure(work, found.key, found.metric, found.arms, steps)
    values = _mismatches(found, exposed)
    looks = {
        arm: look(exposed.outcomes(arm), found.smallest_effect, len(found.arms), found.baseline) for arm in found.alive
    }
    return [
        Judged(
            arm, its, decide(its, values, found.shares[arm], found.planned, found.min_users), min(values, default=None)
        )
        for arm, its in looks.items()
    ]


def _mismatches(found: Experiment, exposed: Exposure) -> list[float]:
    values = [mismatch(exposed.users(number), step.shares) for number, step in enumerate(found.steps)]
    return [value for value in values if value is not None]


def _kept_back(work: cursor, found: Experiment, judged: Judged) -> Judged:
    """The same, but that no publication of an earlier day than the live publication is promoted."""
    if judged.verdict.action != "promote" or not allotment.is_outdated(work, found, judged.arm):
        return judged
    why = f"{judged.verdict.why}, but of an earlier day than what is live: publish a day for the arm first"
    return replace(judged, verdict=Verdict("wait", why))


def _carry_out(work: cursor, found: Experiment, judged: Judged, actor: str) -> None:
    """Does what was decided of an arm: an experiment with steps has a single challenger."""
    arm, action = judged.arm, judged.verdict.action
    if action == "grow":
        share = next(step for step in found.planned if step > found.shares[arm])
        allotment.allot(work, found, {CHAMPION: 100 - share, arm: share}, allotment.publications(work, found))
    elif action == "promote":
        allotment.close(work, found, arm, f"{arm} promoted: {judged.verdict.why}", actor)
    elif action == "withdraw":
        allotment.close(work, found, "", f"{arm} withdrawn: {judged.verdict.why}", actor)
