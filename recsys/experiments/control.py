"""What is done to experiments: started, given other shares, looked at, ended. Each is one transaction.

It takes the turn that publishers take, so that an experiment never changes in the middle of a publication or a
rollback, nor by two at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from getpass import getuser

from psycopg2.extensions import cursor

from recsys.errors import SettingsError
from recsys.experiments import allotment, state
from recsys.experiments.allocation import CHAMPION, written
from recsys.experiments.exposure import before
from recsys.experiments.plan import Plan
from recsys.experiments.power import Detectable, detectable
from recsys.experiments.state import Experiment
from recsys.publish import pointer, roles
from recsys.publish.connection import session

HORIZONS = (7, 14, 28)
"""Days after which a detectable difference is given."""


@contextmanager
def turn(dsn: str) -> Iterator[cursor]:
    """A transaction in which no other process publishes, rolls back, or changes an experiment."""
    with session(dsn) as db:
        roles.act_as_publisher(db)
        with db, db.cursor() as work:
            pointer.take_turn(work)
            yield work


def start(dsn: str, plan: Plan, actor: str = "") -> Experiment:
    """The experiment, which runs from now on.

    Raises `SettingsError` while another experiment runs, for a name that was used, and for a publication that is not
    kept or was never checked.
    """
    with turn(dsn) as work:
        _refuse_second(work, plan.name)
        live = pointer.live(work)
        if live is None:
            raise SettingsError(
                "nothing is live, so there is no champion",
                where="recsys.live",
                remedy="publish first: run the daily job",
            )
        shown = {arm: plan.publications.get(arm, live.pub_id) for arm in plan.challengers}
        made = _planned(work, plan, actor or getuser())
        state.insert(work, made)
        allotment.allot(work, made, plan.shares, shown)
        for arm, pub_id in shown.items():
            why = f"{written(plan.shares)}; publication {pub_id}"
            state.record(work, plan.name, arm, "start", why, made.actor, pub_id)
        return state.running(work, plan.name)


def switch(dsn: str, name: str, shares: Mapping[str, float], actor: str = "") -> Experiment:
    """The experiment with other shares from now on; raises `SettingsError` for arms that are not its own."""
    with turn(dsn) as work:
        found = state.running(work, name)
        if set(shares) != {CHAMPION, *found.arms}:
            raise SettingsError(
                "these are not the arms of the experiment",
                where="--arms",
                seen=", ".join(shares),
                expected=", ".join([CHAMPION, *found.arms]),
            )
        shown = allotment.publications(work, found)
        allotment.allot(work, found, shares, shown)
        for arm in found.arms:
            why = f"{written(found.shares)} before; {written(shares)} now"
            state.record(work, found.name, arm, "switch", why, actor or getuser(), shown[arm])
        return state.running(work, found.name)


def end(dsn: str, name: str, promoted: str = "", actor: str = "") -> Experiment:
    """The experiment, which has ended; a promoted arm's publication is live for everybody.

    Raises `SettingsError` where no such experiment runs, or where it has no such arm.
    """
    with turn(dsn) as work:
        found = state.running(work, name)
        if promoted and promoted not in (CHAMPION, *found.alive):
            raise SettingsError(
                "there is no such arm to promote",
                where="--promote",
                seen=promoted,
                expected=", ".join([CHAMPION, *found.alive]),
            )
        pub_id = allotment.publications(work, found).get(promoted)
        state.record(
            work,
            found.name,
            promoted or CHAMPION,
            "promote" if promoted else "end",
            "by hand",
            actor or getuser(),
            pub_id,
        )
        outcome = f"{promoted} promoted by hand" if promoted else "ended by hand"
        allotment.close(work, found, promoted, outcome, actor)
    with session(dsn) as db, db.cursor() as work:
        ended = state.find(work, found.name)
    assert ended is not None, "experiments are never deleted"
    return ended


def _planned(work: cursor, plan: Plan, actor: str) -> Experiment:
    now = datetime.now(UTC)
    found = _detectable(work, plan, now)
    baseline = found[-1].ratio if found else None
    return Experiment(
        plan.name,
        secrets.token_hex(16),
        plan.metric,
        "running",
        plan.challengers,
        plan.steps,
        plan.smallest_effect,
        plan.min_users,
        baseline,
        found,
        now,
        None,
        None,
        actor,
        (),
    )


def _detectable(work: cursor, plan: Plan, now: datetime) -> list[Detectable]:
    """The smallest difference to be found after each of the horizons that the feedback reaches back.

    Shares are those of the last step: what is promoted is judged there.
    """
    work.execute("SELECT min(occurred_at) FROM recsys.feedback")
    (first,) = work.fetchone()
    if first is None:
        return []
    arm = plan.steps[-1] if plan.steps else min(plan.shares[name] for name in plan.challengers)
    champion = 100 - arm if plan.steps else plan.shares[CHAMPION]
    found = []
    known_days = max((now - first).days, 0)
    for days in [horizon for horizon in HORIZONS if horizon <= known_days] or [known_days + 1]:
        total, shown = before(work, plan.metric, now - timedelta(days=days))
        found.append(detectable(total, shown, days, (arm / 100, champion / 100), plan.smallest_effect))
    return [known for known in found if known]


def _refuse_second(work: cursor, name: str) -> None:
    work.execute(
        "SELECT name, status FROM recsys.experiment WHERE name = %s OR status = 'running'"
        " ORDER BY status = 'running' DESC",
        (name,),
    )
    row = work.fetchone()
    if row and row[1] == "running":
        raise SettingsError(
            "an experiment runs already",
            seen=row[0],
            expected="one at a time",
            remedy=f"end it with `recsys experiment end {row[0]}`",
        )
    if row:
        raise SettingsError("an experiment of this name was made before", seen=name, expected="a name that is free")
