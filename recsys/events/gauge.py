"""By what events are weighed and down-weighted: measured on all of a day, it holds for later events too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recsys.events import noise
from recsys.events.noise import Crowd
from recsys.events.ratings import Scale, scale
from recsys.events.times import MICRO, STAND_IN
from recsys.events.weights import RATED
from recsys.schema import ACTION, OCCURRED_AT, USER_ID, VALUE
from recsys.settings import EventSettings
from recsys.sources.engine import Connection, literal, row

MICROSECONDS = f"epoch_us({OCCURRED_AT})"
TIMED = f"{MICROSECONDS} % {MICRO} <> {STAND_IN}"
"""SQL for where an event has a time that does not only stand in for an order."""


@dataclass(frozen=True)
class Gauge:
    """What is known of all events before any is numbered."""

    scale: Scale
    """On which ratings are given."""
    crowd: Crowd

    @classmethod
    def of(cls, con: Connection, events: str, settings: EventSettings) -> Gauge:
        """That of a table of good events."""
        rated = f"{ACTION} IN ({', '.join(map(literal, RATED))}) AND {VALUE} IS NOT NULL"
        ratings = con.sql(f"SELECT {VALUE} AS value FROM {events} WHERE {rated}").fetchnumpy()["value"]
        return cls(scale(np.asarray(ratings, float), settings), _crowd(con, events, settings))

    def to_dict(self) -> dict[str, Any]:
        """The gauge as plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Gauge:
        """The gauge that `to_dict` described."""
        return cls(Scale(**fields["scale"]), Crowd(**fields["crowd"]))


def weighs(settings: EventSettings) -> str:
    """SQL for where the action of an event weighs something."""
    names = [literal(name) for name, weight in settings.action_weights.items() if weight]
    return f"{ACTION} IN ({', '.join(names) or 'NULL'})"


def _crowd(con: Connection, events: str, settings: EventSettings) -> Crowd:
    sizes = con.sql(
        f"SELECT count(*) FILTER ({weighs(settings)}) AS size FROM {events} WHERE {TIMED} GROUP BY {USER_ID}"
    ).fetchnumpy()["size"]
    return noise.crowd(np.asarray(sizes), float(unit_of(con, events)), settings)


def unit_of(con: Connection, events: str) -> int:
    """Seconds of the coarsest of `noise.UNITS` of which all times of a table are whole; 0 for anything finer."""
    whole = [f"coalesce(bool_and({MICROSECONDS} % {unit * MICRO} = 0), true)" for unit in noise.UNITS]
    are_whole = row(con, f"SELECT {', '.join(whole)} FROM {events} WHERE {TIMED}")
    return next((unit for unit, holds in zip(noise.UNITS, are_whole, strict=True) if holds), 0)
