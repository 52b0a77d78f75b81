"""Whether what users do has moved of late: their interests, actions, and categories."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import scipy.sparse as sp

from recsys.events.interactions import Interactions, Ints
from recsys.events.tables import Strings, Tables
from recsys.interests.names import split_categories
from recsys.monitor import shift
from recsys.monitor.measures import Measure, at_most
from recsys.monitor.windows import Counted, Numbers, Windows, count, windows
from recsys.schema import ACTION, ITEM_ID, OCCURRED_AT, USER_ID
from recsys.settings import MonitorSettings

DRIFTS = ("interest_drift", "psi_actions", "psi_categories")
"""The metrics whose being over asks for a training."""


def drifts(
    known: Tables, events: pd.DataFrame, membership: Numbers, settings: MonitorSettings, rng: np.random.Generator
) -> Iterator[Measure]:
    """The three, each where both windows hold something; none where an order stands in for times."""
    if not known.timed:
        return
    day = events[OCCURRED_AT].to_numpy("datetime64[us]").astype(np.int64) / 86_400e6
    within = windows(float(day.max()), settings)
    events, day = events[within.within(day)], day[within.within(day)]
    measured = {
        "interest_drift": (interests(known.interactions, membership, within), shift.jensen_shannon, 1.0),
        "psi_actions": (actions(known, events, day, within), shift.psi, np.inf),
        "psi_categories": (categories(known, events, day, within), shift.psi, np.inf),
    }
    for metric, (counted, distance, most) in measured.items():
        found = shift.beyond_chance(counted, distance, most, rng)
        if found is not None:
            bound = settings.max_interest_drift if metric == "interest_drift" else settings.max_psi
            yield at_most(metric, found, bound)


def interests(known: Interactions, membership: Numbers, within: Windows) -> Counted:
    """Weight of positive events by interest, under the numbers that interests keep from day to day."""
    chosen = known.take(known.positive & within.within(known.day))
    amount = chosen.weight.astype(float)
    return count(within, chosen.user, chosen.day, chosen.item, amount, known.n_items).by(membership)


def actions(known: Tables, events: pd.DataFrame, day: Numbers, within: Windows) -> Counted:
    """Number of events by action."""
    code, names = pd.factorize(events[ACTION], sort=True)
    user = _rows(events[USER_ID], known.user_ids)
    return shift.merged(count(within, user, day, code.astype(np.int32), np.ones(len(day)), len(names)))


def categories(known: Tables, events: pd.DataFrame, day: Numbers, within: Windows) -> Counted:
    """Number of events by category; one of an item in several counts for each with a share."""
    user, item = _rows(events[USER_ID], known.user_ids), _rows(events[ITEM_ID], known.item_ids)
    counted = count(within, user, day, item, np.ones(len(day)), len(known.item_ids))
    return shift.merged(counted.by(_shares(known)))


def _shares(known: Tables) -> sp.csr_matrix:
    """Share of each category in each item, (n_items, n_categories); an item without one is in a category of its own."""
    parts = [split_categories(category) or [""] for category in known.categories]
    code, names = pd.factorize(pd.Series([part for of_item in parts for part in of_item], dtype=object))
    item = np.repeat(np.arange(len(parts)), [len(of_item) for of_item in parts])
    share = np.repeat([1 / len(of_item) for of_item in parts], [len(of_item) for of_item in parts])
    return sp.csr_matrix((share, (item, code)), shape=(len(parts), len(names)))


def _rows(ids: pd.Series, known: Strings) -> Ints:
    """Row number of each id, so that the order of events changes nothing, (n_events,)."""
    return np.asarray(pd.Index(known).get_indexer(ids), np.int32)
