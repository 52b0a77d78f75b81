"""The arms of the experiment that runs: which publication each user is shown, and how an arm moves to another."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from psycopg2.extensions import cursor

from recsys.errors import SettingsError
from recsys.publish import pointer

BUCKETS = 10_000
EXPIRE = """
    DELETE FROM recsys.overlay_list AS over USING recsys.publication AS base
    WHERE base.pub_id = over.pub_id AND base.published_at IS NULL
      AND NOT EXISTS (SELECT FROM recsys.arm WHERE arm.pub_id = over.pub_id
                                               AND recsys.bucket(arm.key, over.user_id) >= arm.bucket_from
                                               AND recsys.bucket(arm.key, over.user_id) < arm.bucket_to)
"""


@dataclass(frozen=True)
class Arm:
    """A challenger: users of its buckets are shown its publication instead of the live publication."""

    experiment: str
    name: str
    key: str
    bucket_from: int
    bucket_to: int
    """The first bucket that it does not hold."""
    pub_id: int
    as_of: date


@dataclass(frozen=True)
class Shown:
    """What users are shown at a given time."""

    live: pointer.Live
    arms: tuple[Arm, ...]

    @property
    def pub_ids(self) -> tuple[int, ...]:
        """Every publication that is shown, the live publication first."""
        return tuple(dict.fromkeys([self.live.pub_id, *(arm.pub_id for arm in self.arms)]))

    def to(self, user_id: str) -> int:
        """The publication that the user is shown."""
        held = (arm.pub_id for arm in self.arms if arm.bucket_from <= bucket(arm.key, user_id) < arm.bucket_to)
        return next(held, self.live.pub_id)


def bucket(key: str, user_id: str) -> int:
    """Bucket of a user in the experiment of that key, 0 to 9999: the same as `recsys.bucket` of the database.

    >>> bucket("key", "ann")
    9482
    """
    return int.from_bytes(hashlib.sha256(f"{key}:{user_id}".encode()).digest()[:4], "big") % BUCKETS


def running(work: cursor) -> tuple[Arm, ...]:
    """The challengers of the experiment that runs; none where none runs."""
    work.execute("SELECT experiment, arm, key, bucket_from, bucket_to, pub_id, as_of FROM recsys.arm ORDER BY arm")
    return tuple(Arm(*row) for row in work.fetchall())


def shown(work: cursor) -> Shown | None:
    """What users are shown now; None before the first publication."""
    live = pointer.live(work)
    return None if live is None else Shown(live, running(work))


def find(work: cursor, name: str) -> Arm:
    """The challenger of that name; raises `SettingsError` where no such arm runs."""
    arms = {arm.name: arm for arm in running(work)}
    if name not in arms:
        raise SettingsError(
            "no arm of this name runs, so nothing was published",
            where="database.arm",
            seen=name,
            expected=", ".join(arms) or "an experiment that runs",
            remedy="start one with `recsys experiment start`, or leave that setting empty",
        )
    return arms[name]


def leads(work: cursor, name: str, as_of: date) -> bool:
    """Whether a set of that day may be shown next: by the arm of that name or, without a name, by the live pointer."""
    return as_of >= find(work, name).as_of if name else pointer.leads(work, as_of)


def move(work: cursor, name: str, pub_id: int) -> None:
    """Makes an arm show a publication when the transaction commits, and notifies listeners."""
    work.execute(
        "UPDATE recsys.arm SET pub_id = shown.pub_id, as_of = shown.as_of, model_version = shown.model_version"
        " FROM recsys.publication AS shown WHERE shown.pub_id = %s AND arm = %s",
        (pub_id, name),
    )
    settle(work, pub_id)


def settle(work: cursor, pub_id: int) -> None:
    """Ends a change of the arms: deletes overlay lists by models that were never live, of users who left their arm.

    Listeners are notified of the publication that users are shown from now on.
    """
    work.execute(EXPIRE)
    work.execute("SELECT pg_notify(%s, %s)", (pointer.CHANNEL, str(pub_id)))
