"""Events that say little about a user: bursts, accidental clicks, bots. Weighed less and counted, never dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys.events import times
from recsys.events.order import in_order
from recsys.schema import ACTION, ITEM_ID, OCCURRED_AT, USER_ID
from recsys.settings import EventSettings

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

BURST, ACCIDENT, BOT = "events in a burst", "accidental clicks", "events of bots"
MINUTE, DAY = 60, 86_400


@dataclass(frozen=True)
class Doubts:
    """How far each event is believed."""

    factor: npt.NDArray[np.float32]
    """What its weight is multiplied by, (n_events,), in [0, 1]."""
    counts: Mapping[str, int]
    """Events that each rule speaks against."""


@dataclass(frozen=True)
class _Clicks:
    """Events in total order, as numbers; (n_events,) each."""

    user: Numbers
    item: Numbers
    second: npt.NDArray[np.float64]
    weak: Mask
    """A weak action that weighs something."""
    counts: Mask
    """Any action that weighs something."""


def judge(events: pd.DataFrame, settings: EventSettings) -> Doubts:
    """Doubts about the events of a table, row by row.

    A *burst*: a weak event (view, click) beyond `burst_events` of that user within a minute weighs 0. An *accident*: a
    user's only event on an item until the end of a session that holds something stronger weighs `accident_weight`.
    A *bot*: all events weigh 0 of a user with more than `bot_events_a_day` on some day whose number of events lies
    `bot_deviations` median absolute deviations above the median, in logarithms; recommendations are for bots too.
    Without times, or with times too coarse for a rule, nothing is doubted. What a user does later with *other* items
    tells these rules no more than that something was done, so a history cut in time gives no answer away.

    >>> clicks = pd.DataFrame({"user_id": "ann", "item_id": [f"i{row}" for row in range(5)], "event_id": list("abcde"),
    ...     "action": "view", "occurred_at": pd.to_datetime([1, 2, 3, 4, 5], unit="s", utc=True)})
    >>> judge(clicks, EventSettings(burst_events=3)).factor.tolist()
    [1.0, 1.0, 1.0, 0.0, 0.0]
    """
    order = in_order(events.reset_index(drop=True))
    factor = np.ones(len(events), np.float32)
    order = order[~times.stand_in(order[OCCURRED_AT])]
    if order.empty:
        return Doubts(factor, dict.fromkeys((BURST, ACCIDENT, BOT), 0))
    clicks, unit = _clicks(order, settings), _unit(order[OCCURRED_AT])
    accident = _accidents(clicks, settings) & (unit < settings.session_minutes * MINUTE)
    burst, bot = _bursts(clicks, settings) & (unit < MINUTE), _bots(clicks, settings)
    factor[order.index] = np.where(burst | bot, 0, np.where(accident, np.float32(settings.accident_weight), 1))
    return Doubts(factor, {BURST: int(burst.sum()), ACCIDENT: int(accident.sum()), BOT: int(bot.sum())})


def _clicks(order: pd.DataFrame, settings: EventSettings) -> _Clicks:
    action = order[ACTION]
    counts = action.map(dict(settings.action_weights)).to_numpy(float) != 0
    second = order[OCCURRED_AT].to_numpy("datetime64[us]").astype(np.int64) / 1e6
    user, item = (_codes(order[name]) for name in (USER_ID, ITEM_ID))
    return _Clicks(user, item, second, action.isin(settings.weak_actions).to_numpy() & counts, counts)


def _codes(column: pd.Series) -> Numbers:
    codes = column.cat.codes if isinstance(column.dtype, pd.CategoricalDtype) else pd.factorize(column)[0]
    return np.asarray(codes, np.int64)


def _unit(occurred_at: pd.Series) -> float:
    """Seconds of the coarsest unit of which all times are whole: a day, an hour, a minute, or 0 for anything finer."""
    micro = occurred_at.to_numpy("datetime64[us]").astype(np.int64)
    return next((float(unit) for unit in (DAY, 3600, MINUTE) if not np.any(micro % (unit * 1_000_000))), 0.0)


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


def _bots(clicks: _Clicks, settings: EventSettings) -> Mask:
    user, day = clicks.user[clicks.counts], clicks.second[clicks.counts] // DAY
    users = int(clicks.user.max(initial=-1)) + 1
    first = np.flatnonzero((np.diff(user, prepend=-1) != 0) | (np.diff(day, prepend=-np.inf) != 0))
    busiest = np.zeros(users, np.int64)
    np.maximum.at(busiest, user[first], np.diff(first, append=len(user)))
    often = busiest > settings.bot_events_a_day
    size = np.log(np.maximum(np.bincount(user, minlength=users), 1))
    middle = np.median(size) if users else 0.0
    deviation = np.median(np.abs(size - middle)) if users else 0.0
    return np.asarray((often & (size > middle + settings.bot_deviations * deviation))[clicks.user])
