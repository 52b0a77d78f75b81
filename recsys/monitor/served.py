"""How often applications were given what was not the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from psycopg2.extensions import cursor

from recsys.monitor import record
from recsys.monitor.measures import Measure

SO_FAR = "so far"
"""Part that holds a counter of Postgres, from which the next day resumes."""
FUNCTIONS = {
    "fallbacks": ["recsys.fall_back(text,bigint)"],
    "answers": ["public.recommend(text,integer,text,text[],text[],text[])", "public.recommend_list(text,text)"],
}
"""The functions whose calls are counted, where `track_functions` is on: of transactions that only read as well."""
CALLS = """
    SELECT sum(calls) FROM pg_stat_user_functions
    WHERE funcid IN (SELECT to_regprocedure(name) FROM unnest(%s) AS name)
"""


def served(work: cursor, as_of: date) -> Iterator[Measure]:
    """Answers, and those of them that fell back on a cohort or the population, since the day recorded before.

    None where Postgres does not count. A counter that went back began anew, as it does after a crash.
    """
    for metric, functions in FUNCTIONS.items():
        work.execute(CALLS, (functions,))
        (calls,) = work.fetchone()
        if calls is not None:
            now, before = int(calls), record.latest(work, metric, SO_FAR, as_of) or 0
            yield Measure(metric, now - before if now >= before else now)
            yield Measure(metric, now, SO_FAR)
