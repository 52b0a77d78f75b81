from datetime import UTC, datetime

import pytest
from psycopg2.extensions import cursor

from recsys.monitor.dead_rows import dead_rows
from recsys.monitor.measures import Measure
from recsys.publish import space
from recsys.publish.space import Table
from recsys.settings import MonitorSettings

TODAY = datetime(2026, 6, 1, tzinfo=UTC)
TABLES = [
    Table("feedback", 30_000, 10_000, TODAY),
    Table("overlay_list", 4_000, 6_000, None),
    Table("live", 1, 40, None),
]


def test_a_large_table_of_mostly_dead_rows_is_over_its_bound(work: cursor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "tables", lambda _: TABLES)
    assert list(dead_rows(work, MonitorSettings())) == [
        Measure("dead_share", 0.25, "feedback", bound=0.5),
        Measure("dead_share", 0.6, "overlay_list", bound=0.5, over=True),
    ]


def test_a_store_without_many_rows_has_nothing_to_measure(work: cursor) -> None:
    assert list(dead_rows(work, MonitorSettings())) == []
