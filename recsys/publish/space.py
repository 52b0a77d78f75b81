"""Live and dead rows of the serving store's tables, as Postgres counts them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import cursor

TABLES = """
    SELECT regexp_replace(relname, '_[0-9]+$', '') AS name, sum(n_live_tup)::bigint, sum(n_dead_tup)::bigint,
           max(greatest(last_vacuum, last_autovacuum))
    FROM pg_stat_user_tables WHERE schemaname = 'recsys' GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Table:
    """A table; the tables of all publications count as one."""

    name: str
    live: int
    dead: int
    vacuumed: datetime | None
    """When it was last vacuumed; None where it never was."""

    @property
    def dead_share(self) -> float:
        """Share of dead rows, in [0, 1].

        >>> Table("feedback", 300, 100, None).dead_share, Table("monitor", 0, 0, None).dead_share
        (0.25, 0.0)
        """
        return self.dead / max(self.live + self.dead, 1)

    def __str__(self) -> str:
        vacuumed = f"{self.vacuumed:%Y-%m-%d %H:%M}" if self.vacuumed else "never"
        return f"{self.name} {self.dead} dead rows of {self.live + self.dead} (last vacuum: {vacuumed})"


def tables(work: cursor) -> list[Table]:
    """All tables of the store, by name."""
    work.execute(TABLES)
    return [Table(*row) for row in work]
