import dataclasses
import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2

from recsys import results
from recsys.artifacts import ASIDE
from recsys.publish.maintenance import HOLD_FILES, maintain
from recsys.publish.publication import publish
from recsys.publish.refresh import refresh
from recsys.settings import DatabaseSettings
from tests.publish.day import Day

Ask = Callable[..., list[tuple[Any, ...]]]


def test_what_is_live_keeps_its_files_and_what_nobody_needs_goes_after_a_week(store: str, mine: Day, ask: Ask) -> None:
    publish(store, mine.draft(), DatabaseSettings())
    settings, now = mine.settings(), datetime.now(UTC)
    other = results.run("ingest", settings, date(2026, 1, 7), {})
    assert maintain(store, settings, now).folders == 0
    assert maintain(store, settings, now + timedelta(days=8)).folders == 1
    assert not Path(other.path("manifest.json")).exists()
    assert all(one.path("manifest.json").exists() for many in mine.made.values() for one in many)


def test_what_stopped_runs_and_trainings_left_goes_after_a_week(store: str, mine: Day) -> None:
    kept, now = mine.folder / "store", datetime.now(UTC)
    left = (
        "quarantine/as_of=2026-01-05/1f3a.parquet",
        "checkpoints/1f3a/checkpoint-8/trainer_state.json",
        "backtest/as_of=2026-01-05/1f3a/manifest.json",
    )
    for name in (
        *left,
        "checkpoints/2b4c/checkpoint-8/trainer_state.json",
        "finetune/as_of=2026-01-05/1f3a/manifest.json",
    ):
        (kept / name).parent.mkdir(parents=True)
        (kept / name).write_text("{}")
    (kept / "checkpoints/just-begun").mkdir()
    going_on = kept / "checkpoints/2b4c/checkpoint-9/trainer_state.json"
    going_on.parent.mkdir()
    going_on.write_text("{}")
    os.utime(going_on, ((now + timedelta(days=7)).timestamp(),) * 2)
    publish(store, mine.draft(), DatabaseSettings())
    assert maintain(store, mine.settings(), now).folders == 0
    assert maintain(store, mine.settings(), now + timedelta(days=8)).folders == 3
    assert not any((kept / name).exists() for name in left)
    assert sorted(file.name for file in kept.glob("checkpoints/*")) == ["2b4c", "just-begun"]
    assert len(list(kept.glob("finetune/*/*"))) == 1


def test_what_killed_stages_left_without_a_manifest_goes_after_a_week(store: str, mine: Day) -> None:
    day, now = mine.folder / "store" / "rank" / "as_of=2026-01-05", datetime.now(UTC)
    whole = set(day.iterdir())
    for name in (f"{ASIDE}killed", "half-removed"):
        (day / name).mkdir(parents=True)
        (day / name / "half.parquet").write_bytes(b"PAR1")
    (day / f"{ASIDE}empty").mkdir()
    publish(store, mine.draft(), DatabaseSettings())
    assert maintain(store, mine.settings(), now).folders == 0
    assert maintain(store, mine.settings(), now + timedelta(days=8)).folders == 3
    assert set(day.iterdir()) == whole


def test_lists_that_a_full_set_knows_better_are_lifted(store: str, mine: Day, ask: Ask) -> None:
    publish(store, mine.draft(), DatabaseSettings())
    mine.goes_on([("u01", "i01")])
    refresh(store, mine.settings(), date(2026, 1, 6))
    publish(store, dataclasses.replace(mine.draft(), as_of=date(2026, 1, 6), fingerprint="full"), DatabaseSettings())
    made = maintain(store, mine.settings(), datetime.now(UTC))
    assert (made.publications, made.lifted) == (2, 1)
    assert ask("SELECT count(*) FROM recsys.overlay_list") == [(0,)]


def test_no_file_goes_while_a_backup_copies_them(store: str, mine: Day) -> None:
    settings, later = mine.settings(), datetime.now(UTC) + timedelta(days=8)
    with closing(psycopg2.connect(store)) as db, db.cursor() as backup:
        backup.execute(HOLD_FILES)
        assert maintain(store, settings, later).folders == 0
    assert maintain(store, settings, later).folders > 0
