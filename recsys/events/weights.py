"""How much a behaviour event says about a user: `w = w_action · g(value)`, before any decay with age."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from recsys.events.ratings import scale
from recsys.schema import ACTION, VALUE
from recsys.settings import EventSettings

RATED = ("rate", "review")
"""Actions whose value is a rating: a low one counts against the item."""

COUNTED = ("play", "listen", "watch")
"""Actions whose value is an amount (plays, hours): its logarithm counts."""


def weigh(events: pd.DataFrame, settings: EventSettings) -> npt.NDArray[np.float32]:
    """Weights of events, (n_events,) float32; positive speaks for the item, negative against it.

    g(value) is `(value - neutral) / span` in [-1, 1] for ratings on the `scale` of all of these, `log2(1 + value)` for
    amounts, else 1; -1 where a quantity of anything else is negative, as a shop writes what was sent back.

    >>> actions = ["rate", "rate", "listen", "buy", "buy"]
    >>> events = pd.DataFrame({"action": actions, "value": [5.0, 2.0, 3.0, None, -1.0]})
    >>> [float(weight) for weight in weigh(events, EventSettings())]
    [1.0, -1.0, 2.0, 1.0, -1.0]
    """
    action = events[ACTION]
    value = events[VALUE].astype(float).to_numpy()
    by_action = action.map(dict(settings.action_weights)).to_numpy(float)
    strength = np.where((value < 0) & (by_action > 0), -1.0, 1.0)
    rated = (action.isin(RATED) & ~np.isnan(value)).to_numpy()
    counted = (action.isin(COUNTED) & ~np.isnan(value)).to_numpy()
    strength[rated] = scale(value[rated], settings).strength(value[rated])
    strength[counted] = np.log2(1.0 + np.maximum(value[counted], 0.0))
    return np.asarray(by_action * strength, np.float32)
