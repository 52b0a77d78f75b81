"""Whether what users do has drifted recently: their interests, actions, and categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp

from recsys.events.interactions import Interactions
from recsys.events.tables import Actions, Tables
from recsys.interests.names import split_categories
from recsys.monitor import shift
from recsys.monitor.measures import Measure, at_most
from recsys.monitor.windows import Counted, Numbers, Windows, count, windows
from recsys.settings import MonitorSettings

DRIFTS = ("interest_drift", "psi_actions", "psi_categories")
"""The metrics whose being over asks for a training."""


def drifts(
    known: Tables, done: Actions, membership: Numbers, settings: MonitorSettings, rng: np.random.Generator
) -> Iterator[Measure]:
    """The three, each where both windows hold something; none where an order stands in for times."""
    if not known.timed:
        return
    within = windows(float(known.interactions.day.max()), settings)
    newest = within.within(known.interactions.day)
    events, done = known.interactions.take(newest), Actions(done.place[newest], done.names)
    measured = {
        "interest_drift": (interests(events, membership, within), shift.jensen_shannon, 1.0),
        "psi_actions": (actions(events, done, within), shift.psi, np.inf),
        "psi_categories": (categories(events, known.categories, within), shift.psi, np.inf),
    }
    for metric, (counted, distance, most) in measured.items():
        found = shift.beyond_chance(counted, distance, most, rng)
        if found is not None:
            bound = settings.max_interest_drift if metric == "interest_drift" else settings.max_psi
            yield at_most(metric, found, bound)


def interests(events: Interactions, membership: Numbers, within: Windows) -> Counted:
    """Weight of positive events by interest, under the numbers that interests keep from day to day."""
    positives = events.take(events.positive)
    amount = positives.weight.astype(float)
    return count(within, positives.user, positives.day, positives.item, amount, events.n_items).by(membership)


def actions(events: Interactions, done: Actions, within: Windows) -> Counted:
    """Number of events by action."""
    ones, place = np.ones(len(events.day)), done.place.astype(np.int32)
    return shift.merged(count(within, events.user, events.day, place, ones, len(done.names)))


def categories(events: Interactions, named: Sequence[str], within: Windows) -> Counted:
    """Number of events by category; an event of an item in several counts for each with a share."""
    counted = count(within, events.user, events.day, events.item, np.ones(len(events.day)), events.n_items)
    return shift.merged(counted.by(_shares(named)))


def _shares(named: Sequence[str]) -> sp.csr_matrix:
    """Share of each category in each item, (n_items, n_categories); items without a category are in a separate one."""
    parts = [split_categories(category) or [""] for category in named]
    code, names = pd.factorize(pd.Series([part for of_item in parts for part in of_item], dtype=object))
    item = np.repeat(np.arange(len(parts)), [len(of_item) for of_item in parts])
    share = np.repeat([1 / len(of_item) for of_item in parts], [len(of_item) for of_item in parts])
    return sp.csr_matrix((share, (item, code)), shape=(len(parts), len(names)))
