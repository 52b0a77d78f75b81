"""Events of a made-up shop: sessions days to weeks apart, within them events minutes apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.scale.catalogue import ANY, DAYS, Floats, Ints, Shelves
from benchmarks.scale.population import Population, population

BLOCK: Final = 2_000_000
"""Events that are made at once, about: bounds the memory."""
EVENTS_A_SESSION: Final = 6
MIN_DAYS_BETWEEN: Final = 2.0
MEDIAN_DAYS_BETWEEN: Final = 10.0
"""Days between two sessions of a user."""
MEDIAN_MINUTES: Final = 2.0
MAX_MINUTES: Final = 20.0
"""Minutes between two events of a session."""
SHARE_ON_TASTE: Final = 0.85
"""Share of the events that are of the taste of their session; the others are of any."""
SHARE_OF_REPEATS: Final = 0.2
"""Share of the events with an item that the user knows already that stay so; the others are drawn anew, thrice."""
END: Final = 0.1
"""Days before the end of the history after which no session begins."""
BUYS_ON_TASTE, BUYS_OFF_TASTE = 0.2, 0.05


@dataclass(frozen=True)
class Events:
    """Events in any order, each array (n_events,)."""

    user: Ints
    item: Ints
    day: Floats
    """Days since the start of the history."""
    bought: npt.NDArray[np.bool_]
    """True for `buy`, False for `view`."""
    session: Ints
    """Number of the session within the block."""


def history(people: Population, shelves: Shelves, seed: np.random.SeedSequence) -> Iterator[Events]:
    """The events of two years, in blocks of users."""
    ends = np.cumsum(people.events, dtype=np.int64)
    cuts = np.searchsorted(ends, np.arange(BLOCK, ends[-1], BLOCK))
    bounds = np.unique([0, *cuts, len(people)])
    for first, last, own in zip(bounds[:-1], bounds[1:], seed.spawn(len(bounds) - 1), strict=True):
        rng, users = np.random.default_rng(own), np.arange(first, last, dtype=np.int32)
        user = np.repeat(users, people.events[first:last])
        session = _sessions(user, rng)
        yield _events(user, session, _starts(user, session, rng), people, shelves, rng)


def next_day(people: Population, n_events: int, shelves: Shelves, seed: np.random.SeedSequence) -> Events:
    """Events of the day after: nine sessions of ten of known users, by how active they are; the others of new users."""
    rng = np.random.default_rng(seed)
    n_sessions = -(-n_events // EVENTS_A_SESSION)
    n_new = n_sessions // 10
    ends = np.cumsum(people.events, dtype=np.int64)
    known = np.searchsorted(ends, rng.integers(0, ends[-1], n_sessions - n_new), side="right")
    others = population(n_new, n_new, rng) if n_new else None
    everybody = people if others is None else _joined(people, others)
    of_session = np.concatenate([known, len(people) + np.arange(n_new)]).astype(np.int32)
    session = np.repeat(np.arange(n_sessions, dtype=np.int32), EVENTS_A_SESSION)[:n_events]
    starts = DAYS + rng.uniform(0, 0.8, n_sessions)
    return _events(of_session[session], session, starts, everybody, shelves, rng)


def _joined(people: Population, others: Population) -> Population:
    return Population(
        *(
            np.concatenate([getattr(group, name) for group in (people, others)])
            for name in ("events", "tastes", "mixture")
        )
    )


def _sessions(user: Ints, rng: np.random.Generator) -> Ints:
    """Number of the session of each event; a user's first event begins a session, any other by chance."""
    begins = rng.random(len(user)) < 1 / EVENTS_A_SESSION
    begins[np.flatnonzero(np.diff(user, prepend=-1))] = True
    return (np.cumsum(begins) - 1).astype(np.int32)


def _starts(user: Ints, session: Ints, rng: np.random.Generator) -> Floats:
    """Day on which each session begins: spread over the user's life, which begins when the user arrives."""
    owner = user[np.flatnonzero(np.diff(session, prepend=-1))]
    first, count = np.unique(owner, return_index=True, return_counts=True)[1:]
    shortest = np.minimum(count * MIN_DAYS_BETWEEN, DAYS - 1)
    arrives = rng.random(len(count)) * (DAYS - END - shortest)
    wanted = count * MEDIAN_DAYS_BETWEEN * rng.lognormal(0, 0.6, len(count))
    life = np.clip(wanted, shortest, DAYS - END - arrives)
    place = np.arange(len(owner)) - np.repeat(first, count) + rng.uniform(0, 0.8, len(owner))
    return np.repeat(arrives, count) + place * np.repeat(life / count, count)


def _events(
    user: Ints, session: Ints, starts: Floats, people: Population, shelves: Shelves, rng: np.random.Generator
) -> Events:
    day = starts[session] + _minutes(session, rng) / 1440
    opens = np.flatnonzero(np.diff(session, prepend=-1))
    taste = np.where(rng.random(len(user)) < SHARE_ON_TASTE, people.taste(user[opens], rng)[session], ANY)
    item = shelves.draw(taste, day, rng)
    for _ in range(3):
        repeats = np.flatnonzero(_repeats(user, item) & (rng.random(len(user)) >= SHARE_OF_REPEATS))
        item[repeats] = shelves.draw(taste[repeats], day[repeats], rng)
    bought = rng.random(len(user)) < np.where(taste == ANY, BUYS_OFF_TASTE, BUYS_ON_TASTE)
    return Events(user, item, day, bought, session)


def _minutes(session: Ints, rng: np.random.Generator) -> Floats:
    """Minutes of each event since its session began."""
    opens = np.flatnonzero(np.diff(session, prepend=-1))
    passed = np.minimum(rng.lognormal(np.log(MEDIAN_MINUTES), 1.0, len(session)), MAX_MINUTES)
    passed[opens] = 0.0
    total = np.cumsum(passed)
    since: Floats = total - total[opens][session]
    return since


def _repeats(user: Ints, item: Ints) -> npt.NDArray[np.bool_]:
    """Whether the user of an event has the item in an event before it in the arrays."""
    repeats = np.ones(len(user), bool)
    repeats[np.unique(user.astype(np.int64) << 32 | item, return_index=True)[1]] = False
    return repeats
