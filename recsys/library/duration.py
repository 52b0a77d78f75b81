"""How long a fit may take, and how much memory: rough estimates from measured runs, see docs/performance.md."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from recsys.artifacts import Manifest

SMALL, MEDIUM = (55_000, 136, 1_173), (250_000, 246, 1_918)
"""Events, CPU seconds and MB of a first day of two shops."""
MINIMUM = (20, 300)
"""Seconds and MB of a run whose input is tiny."""
SHARES: Mapping[str, float] = {"interests": 0.03, "transfer": 0.04, "signals": 0.25, "ranker": 0.66}
"""What stages take of a first day."""
TEXTS_A_SECOND = 500
"""Texts of items that a language model reads."""
DOUBT = 10.0
"""Seconds of estimated work at which the speed of this machine is believed half."""


def estimate(events: int, measure: int) -> int:
    """CPU seconds (`measure` 1) or MB (2) of so many events, by the power of them that lies between the two shops.

    >>> estimate(250_000, 1), estimate(55_000, 2), estimate(10, 1)
    (246, 1173, 20)
    """
    power = math.log(MEDIUM[measure] / SMALL[measure]) / math.log(MEDIUM[0] / SMALL[0])
    expected = MEDIUM[measure] * math.pow(max(events, 1) / MEDIUM[0], power)
    return max(MINIMUM[measure - 1], round(expected))


def left(done: Sequence[Manifest], names: Sequence[str]) -> float:
    """Seconds that the stages of these names may take that are not done; the first that is done is `ingest`.

    The estimate is for this machine as far as the stages that were run, and not found, show its speed.
    """
    rows = done[0].rows
    expected = {name: share * estimate(rows["events"], 1) for name, share in SHARES.items()}
    expected["features"] = rows["items"] / TEXTS_A_SECOND
    ran = [made for made in done if not made.cached and made.stage in expected]
    speed = (sum(made.seconds for made in ran) + DOUBT) / (sum(expected[made.stage] for made in ran) + DOUBT)
    return speed * sum(expected.get(name, 0.0) for name in set(names) - {made.stage for made in done})
