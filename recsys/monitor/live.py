"""How old what readers see is."""

from __future__ import annotations

from collections.abc import Iterator

from psycopg2.extensions import cursor

from recsys.monitor.measures import Measure

END_OF_DAY = "SELECT extract(epoch FROM (as_of + 1)::timestamp AT TIME ZONE 'UTC')::float FROM recsys.live"


def live(work: cursor) -> Iterator[Measure]:
    """The end of the day (UTC) of the live publication, in seconds since 1970; none while nothing is live.

    It is a time and not an age, because an age that was sent once would not grow where no further day is published.
    """
    work.execute(END_OF_DAY)
    for (seconds,) in work:
        yield Measure("live_as_of", seconds)
