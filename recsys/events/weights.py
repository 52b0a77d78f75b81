"""Weight of a behaviour event as evidence of interests: `w = w_action · g(value)`, before any decay with age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys.events.ratings import Scale, Values, scale
from recsys.schema import ACTION, VALUE
from recsys.settings import EventSettings

RATED = ("rate", "review")
"""Actions whose value is a rating: a low one counts against the item."""

COUNTED = ("play", "listen", "watch")
"""Actions whose value is an amount (plays, hours): its logarithm counts."""


@dataclass(frozen=True)
class Weighing:
    """What actions, by their place in a list, and values weigh. Arrays are (n_actions,)."""

    weight: Values
    rated: npt.NDArray[np.bool_]
    counted: npt.NDArray[np.bool_]
    scale: Scale
    """On which ratings are given."""

    @classmethod
    def of(cls, actions: Sequence[str], on: Scale, settings: EventSettings) -> Weighing:
        """That of these actions, with ratings `on` a scale."""
        weight = np.array([settings.action_weights.get(name, np.nan) for name in actions], float)
        return cls(weight, np.isin(actions, RATED), np.isin(actions, COUNTED), on)

    def weigh(self, action: npt.NDArray[np.integer], value: Values) -> npt.NDArray[np.float32]:
        """Weights of events, (n_events,) float32; positive for the item, negative against it.

        g(value) is `(value - neutral) / span` in [-1, 1] for ratings, `log2(1 + value)` for amounts, else 1; -1 where a
        quantity of anything else is negative, as a shop writes what was sent back.
        """
        weight, there = self.weight[action], ~np.isnan(value)
        strength = np.where((value < 0) & (weight > 0), -1.0, 1.0)
        rated, counted = self.rated[action] & there, self.counted[action] & there
        strength[rated] = self.scale.strength(value[rated])
        strength[counted] = np.log2(1.0 + np.maximum(value[counted], 0.0))
        return np.asarray(weight * strength, np.float32)


def weigh(events: pd.DataFrame, settings: EventSettings) -> npt.NDArray[np.float32]:
    """Weights of the events of a table that holds all ratings there are, (n_events,) float32.

    >>> actions = ["rate", "rate", "listen", "buy", "buy"]
    >>> events = pd.DataFrame({"action": actions, "value": [5.0, 2.0, 3.0, None, -1.0]})
    >>> [float(weight) for weight in weigh(events, EventSettings())]
    [1.0, -1.0, 2.0, 1.0, -1.0]
    """
    action, names = pd.factorize(events[ACTION])
    value = events[VALUE].astype(float).to_numpy()
    ratings = value[np.isin(names, RATED)[action] & ~np.isnan(value)]
    return Weighing.of(list(names), scale(ratings, settings), settings).weigh(action, value)
