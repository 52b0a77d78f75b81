"""Segments of users by evidence: transfer is estimated, gated and reported in each."""

from __future__ import annotations

from typing import Final

import numpy as np

from recsys.events.interactions import Ints

NAMES: Final = ("0", "1-3", "4-10", "11-30", "31+")
"""Segments by number of positives."""
FROM: Final = (1, 4, 11, 31)
"""First number of events of each segment after the first."""


def segment(events: Ints) -> Ints:
    """Place in `NAMES` of users with so many positives, same shape.

    >>> [NAMES[place] for place in segment(np.array([0, 3, 4, 500], np.int32))]
    ['0', '1-3', '4-10', '31+']
    """
    return np.searchsorted(FROM, events, side="right").astype(np.int32)
