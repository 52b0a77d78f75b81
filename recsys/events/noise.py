"""Events of little evidence: bursts, accidental clicks, bots. Down-weighted, counted, never dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys.events.slices import Slice
from recsys.events.times import MICRO
from recsys.settings import EventSettings

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

BURST, ACCIDENT, BOT = "events in a burst", "accidental clicks", "events of bots"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = (DAY, HOUR, MINUTE)
"""Seconds of the units of which all times of a table may be whole, coarsest first."""


@dataclass(frozen=True)
class Crowd:
    """What is known of all events before those of some users are judged."""

    unit: float
    """Seconds of the coarsest of `UNITS` of which all times are whole; 0 for anything finer."""
    most: float
    """Logarithm of the number of a user's events beyond which they may be a bot's."""


@dataclass(frozen=True)
class Doubts:
    """By how much each event is down-weighted."""

    factor: npt.NDArray[np.float32]
    """What its weight is multiplied by, (n_events,), in [0, 1]."""
    counts: Mapping[str, int]
    """Events that each rule down-weights."""


@dataclass(frozen=True)
class _Clicks:
    """Events that have a time, as numbers; (n_events,) each."""

    user: Numbers
    item: Numbers
    second: npt.NDArray[np.float64]
    weak: Mask
    """A weak action with a weight other than 0."""
    counts: Mask
    """Any action with a weight other than 0."""


def crowd(sizes: Numbers, unit: float, settings: EventSettings) -> Crowd:
    """A crowd whose users have so many timed weighted interactions, (n_users,).

    >>> float(round(crowd(np.array([1, 10, 100]), 0.0, EventSettings(bot_deviations=2)).most / np.log(10), 3))
    3.0
    """
    size = np.log(np.maximum(sizes, 1))
    middle = np.median(size) if len(size) else 0.0
    deviation = np.median(np.abs(size - middle)) if len(size) else 0.0
    return Crowd(unit, float(middle + settings.bot_deviations * deviation))


def judge(events: Slice, actions: Sequence[str], of: Crowd, settings: EventSettings) -> Doubts:
    """Factors of the events of some users, event by event, and counts by rule.

    A *burst*: a weak event (view, click) beyond `burst_events` of that user within a minute weighs 0. An *accident*: a
    user's only event on an item until the end of a session that holds something stronger weighs `accident_weight`.
    A *bot*: all events weigh 0 of a user with more than `bot_events_a_day` on some day whose number of events lies
    `bot_deviations` median absolute deviations above the median, in logarithms; recommendations are for bots too.
    Without times, or with times too coarse for a rule, nothing is down-weighted. Of later events with *other* items
    these rules use no more than that there were some, so a history cut in time gives no answer away.
    """
    timed, factor = np.flatnonzero(events.timed), np.ones(len(events.user), np.float32)
    clicks = _clicks(events, timed, actions, settings)
    accident = _accidents(clicks, settings) & (of.unit < settings.session_minutes * MINUTE)
    burst, bot = _bursts(clicks, settings) & (of.unit < MINUTE), _bots(clicks, of, settings)
    factor[timed] = np.where(burst | bot, 0, np.where(accident, np.float32(settings.accident_weight), 1))
    return Doubts(factor, {BURST: int(burst.sum()), ACCIDENT: int(accident.sum()), BOT: int(bot.sum())})


def _clicks(events: Slice, timed: Numbers, actions: Sequence[str], settings: EventSettings) -> _Clicks:
    counts = np.array([settings.action_weights.get(name, 0.0) != 0 for name in actions], bool)
    weak = counts & np.isin(actions, settings.weak_actions)
    user, item, action = (column[timed].astype(np.int64) for column in (events.user, events.item, events.action))
    first = user[0] if len(user) else 0
    return _Clicks(user - first, item, events.instant[timed] / MICRO, weak[action], counts[action])


def _bursts(clicks: _Clicks, settings: EventSettings) -> Mask:
    weak = np.flatnonzero(clicks.weak)
    user, second, back = clicks.user[weak], clicks.second[weak], settings.burst_events
    found = np.zeros(len(clicks.user), bool)
    found[weak[back:]] = (user[back:] == user[:-back]) & (second[back:] - second[:-back] < MINUTE)
    return found


def _accidents(clicks: _Clicks, settings: EventSettings) -> Mask:
    pause = np.diff(clicks.second, prepend=-np.inf) > settings.session_minutes * MINUTE
    session = np.cumsum(pause | (np.diff(clicks.user, prepend=-1) != 0)) - 1
    stronger = np.bincount(session, weights=clicks.counts & ~clicks.weak, minlength=len(session))[session] > 0
    items, held = int(clicks.item.max(initial=0)) + 1, np.flatnonzero(stronger)
    again = pd.Series((session * items + clicks.item)[held]).duplicated(keep=False).to_numpy()
    found = np.zeros(len(session), bool)
    found[held[~again]] = clicks.weak[held[~again]]
    found[pd.Series(clicks.user * items + clicks.item).duplicated().to_numpy()] = False
    return found


def _bots(clicks: _Clicks, of: Crowd, settings: EventSettings) -> Mask:
    user, day = clicks.user[clicks.counts], clicks.second[clicks.counts] // DAY
    users = int(clicks.user.max(initial=-1)) + 1
    first = np.flatnonzero((np.diff(user, prepend=-1) != 0) | (np.diff(day, prepend=-np.inf) != 0))
    busiest = np.zeros(users, np.int64)
    np.maximum.at(busiest, user[first], np.diff(first, append=len(user)))
    size = np.log(np.maximum(np.bincount(user, minlength=users), 1))
    bots = (busiest > settings.bot_events_a_day) & (size > of.most)
    return np.asarray(bots[clicks.user])
