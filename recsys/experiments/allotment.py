"""What the arms of the running experiment show, and to whom: the rows that every read looks at."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg2.extensions import cursor

from recsys.errors import SettingsError
from recsys.experiments import state
from recsys.experiments.allocation import ranges
from recsys.experiments.state import Experiment
from recsys.publish import arms, pointer

LAST_SHOWN = """
    SELECT DISTINCT ON (arm) arm, pub_id FROM recsys.experiment_decision
    WHERE experiment = %s AND pub_id IS NOT NULL ORDER BY arm, decided_at DESC
"""


def publications(work: cursor, found: Experiment) -> dict[str, int]:
    """Publication of each challenger: that which it shows or, without users, that which it showed last."""
    work.execute(LAST_SHOWN, (found.name,))
    return {**dict(work.fetchall()), **{arm.name: arm.pub_id for arm in arms.running(work)}}


def allot(work: cursor, found: Experiment, shares: Mapping[str, float], shown: Mapping[str, int]) -> None:
    """Gives the arms these shares and publications from now on, as a new step.

    Raises `SettingsError` for a publication that is not kept, or was never checked.
    """
    work.execute("DELETE FROM recsys.arm")
    for arm, (first, last) in ranges(found.arms, shares).items():
        _check_publication(work, arm, shown[arm])
        work.execute(
            "INSERT INTO recsys.arm (experiment, arm, key, bucket_from, bucket_to, pub_id, as_of,"
            " model_version) SELECT %s, %s, %s, %s, %s, pub_id, as_of, model_version"
            " FROM recsys.publication WHERE pub_id = %s",
            (found.name, arm, found.key, first, last, shown[arm]),
        )
    for pub_id in sorted(set(shown.values())):
        arms.settle(work, pub_id)
    state.step(work, found.name, shares)


def close(work: cursor, found: Experiment, promoted: str, outcome: str, actor: str) -> None:
    """Ends an experiment: the arms go, and in the same transaction the set of a promoted arm is published."""
    pub_id, live = publications(work, found).get(promoted), pointer.live(work)
    assert live is not None, "an experiment has a champion"
    work.execute("DELETE FROM recsys.arm")
    if pub_id is not None and pub_id != live.pub_id:
        pointer.move(work, pub_id, "promoted", actor)
    arms.settle(work, pub_id or live.pub_id)
    state.end(work, found.name, outcome)


def is_outdated(work: cursor, found: Experiment, arm: str) -> bool:
    """Whether the arm shows a publication of an earlier day than what is live: newer users and items are not in it."""
    earlier = "SELECT arm.as_of < live.as_of FROM recsys.arm CROSS JOIN recsys.live WHERE (experiment, arm) = (%s, %s)"
    work.execute(earlier, (found.name, arm))
    row = work.fetchone()
    return bool(row and row[0])


def _check_publication(work: cursor, arm: str, pub_id: int) -> None:
    work.execute("SELECT status FROM recsys.publication WHERE pub_id = %s", (pub_id,))
    row = work.fetchone()
    if row is None or row[0] not in ("published", "withdrawn"):
        raise SettingsError(
            "an arm cannot show this publication",
            where=f"--publication {arm}={pub_id}",
            seen="it is not kept" if row is None else f"it is {row[0]}: it was not checked whole",
            expected="a publication that was checked",
            remedy="see `recsys publications`",
        )
