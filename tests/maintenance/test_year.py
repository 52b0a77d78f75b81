"""A year in minutes: every day leaves what a day leaves, every tenth day is cleaned, and nothing grows for ever."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from mlflow import MlflowClient
from sqlalchemy import create_engine

from recsys.maintenance import logs, metadata
from recsys.publish import kept
from recsys.publish.draft import Draft
from recsys.publish.maintenance import maintain
from recsys.publish.migrations import migrate
from recsys.publish.pointer import rollback
from recsys.publish.publication import publish
from recsys.settings import Settings, changed
from recsys.standalone.postgres import Server
from recsys.tracking import retention
from recsys.tracking.tracker import Tracker
from tests.maintenance import airflow_days
from tests.publish.day import Day, make

pytestmark = pytest.mark.slow

DAYS, STEP = 365, 10
TOLD = (30, 180, 365)
"""Days whose figures are printed; docs/operations.md quotes them."""
START = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
DAY_MS = 86_400_000
STAYS = ("serving pointer_move",)
"""Who published what: a row a day that is never removed."""
FEEDBACK = """
    INSERT INTO recsys.feedback (pub_id, user_id, item_id, action, occurred_at, audience)
    SELECT 1, 'u' || number, 'i01', 'impression', %s::timestamptz - days * interval '1 day', 'user'
    FROM generate_series(1, 300) AS number, generate_series(0, %s) AS days
"""


@dataclass(frozen=True)
class World:
    """All that grows."""

    postgres: Server
    settings: Settings
    day: Day
    serving: str
    airflow: str
    logs: Path

    def live(self, number: int) -> None:
        """A day passes."""
        now = START + timedelta(days=number)
        with create_engine(self.airflow).begin() as db:
            airflow_days.write(db, now, number, once="yearly" if number == 1 else "")
        for hour in range(24):
            run = self.logs / "dag_id=recsys_refresh" / f"run_id={now.date()}-{hour}" / "task_id=refresh"
            _file(run / "attempt=1.log", now, 1000)
        _file(self.logs / "dag_processor" / f"{now.date()}" / "recsys_daily.py.log", now, 5000)
        self._track(number, now)
        with psycopg2.connect(self.serving) as db, db.cursor() as work:
            work.execute(FEEDBACK, (now, 0))
        assert publish(self.serving, self._draft(number, now), self.settings.database).published == "yes"

    def clean(self, number: int) -> None:
        """What `recsys maintain` and `recsys clean` do, as of a day; autovacuum has minutes here in place of months."""
        now = START + timedelta(days=number, hours=23)
        limits = self.settings.retention
        maintain(self.serving, self.settings, now)
        days = {publication.as_of for publication in kept.publications(self.serving)}
        retention.delete_old(self.settings, now - timedelta(days=limits.mlflow_days), days)
        mlflow = self.postgres.dsn("mlflow", "mlflow")
        retention.collect(mlflow, self.settings.tracking.uri)
        with psycopg2.connect(mlflow) as db, db.cursor() as work:
            work.execute("UPDATE runs SET deleted_time = deleted_time - %s", (STEP * DAY_MS,))
        logs.remove_old(self.logs, now - timedelta(days=limits.log_days))
        metadata.clean(now - timedelta(days=limits.airflow_days))
        for database in ("airflow", "mlflow", "year"):
            with closing(psycopg2.connect(self.postgres.dsn(database, "postgres"))) as db, db.cursor() as work:
                db.autocommit = True
                work.execute("VACUUM")

    def figures(self) -> dict[str, float]:
        """Rows by table, and megabytes, of everything that could grow."""
        found = {f"airflow {name}": rows for name, rows in _rows(self.postgres.dsn("airflow", "airflow")).items()}
        found |= {f"mlflow {name}": rows for name, rows in _rows(self.postgres.dsn("mlflow", "mlflow")).items()}
        found |= {f"serving {name}": rows for name, rows in _rows(self.serving, "recsys").items() if name[-1] > "9"}
        found |= {"MB of log files": _megabytes(self.logs), "MB of the store": _megabytes(self.day.folder / "store")}
        return found | {f"MB of {name}": _size(self.postgres, name) for name in ("airflow", "mlflow", "year")}

    def _track(self, number: int, now: datetime) -> None:
        tracker = Tracker(self.settings.tracking)
        parent = tracker.create(f"day {number}", now, {"recsys.kind": "dag run", "recsys.as_of": f"{now.date()}"})
        for stage in ("ingest", "rank"):
            child = tracker.create(stage, now, {"recsys.kind": "stage"}, parent)
            tracker.log(child, {"seconds": 1.0, "memory": 2.0}, {"seed": "1"})
            tracker.end(child, "FINISHED")
        tracker.end(parent, "FINISHED")
        if number == 1:
            tracker.client.create_registered_model("year")
            tracker.client.create_model_version("year", f"runs:/{parent}/model", parent)

    def _draft(self, number: int, now: datetime) -> Draft:
        folder = self.day.folder / "store" / "rank" / f"as_of={now.date()}" / str(number)
        for name, size in {"manifest.json": 10, "recommendations.parquet": 20_000}.items():
            _file(folder / name, now, size)
        draft = self.day.draft()
        inputs = {**draft.manifest["inputs"], "rank": [f"file://{folder}"]}
        made = {**draft.manifest, "inputs": inputs}
        return dataclasses.replace(draft, as_of=now.date(), fingerprint=str(number), manifest=made)


def _file(file: Path, written: datetime, size: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x" * size)
    os.utime(file, (written.timestamp(),) * 2)


def _megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _rows(dsn: str, schema: str = "public") -> dict[str, float]:
    with psycopg2.connect(dsn) as db, db.cursor() as work:
        work.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = %s::regnamespace", (schema,)
        )
        found = {}
        for (name,) in work.fetchall():
            work.execute(f'SELECT count(*) FROM {schema}."{name}"')
            found[name] = float(work.fetchone()[0])
        return found


def _size(postgres: Server, database: str) -> float:
    with psycopg2.connect(postgres.dsn(database, "postgres")) as db, db.cursor() as work:
        work.execute("SELECT pg_database_size(current_database()) / 1e6")
        return float(work.fetchone()[0])


@pytest.fixture(scope="module")
def world(
    postgres: Server,
    mlflow_uri: str,
    airflow_database: str,
    shop: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> World:
    day = make(shop, tmp_path_factory.mktemp("year"))
    serving = postgres.create_database("year", "year")
    migrate(serving)
    with psycopg2.connect(serving) as db, db.cursor() as work:  # feedback stays for longer than a year
        work.execute(FEEDBACK, (START, 400))
    tracked = [f"tracking.uri={mlflow_uri}", "tracking.experiment=year", "database.min_overlap=0"]
    folder = tmp_path_factory.mktemp("year-logs")
    return World(postgres, changed(day.settings(), tracked), day, serving, airflow_database, folder)


@pytest.fixture(scope="module")
def year(world: World) -> Mapping[int, Mapping[str, float]]:
    """Figures after each cleaning, by the number of the day."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(metadata.DATABASE, world.airflow)
        for number in range(1, DAYS + 1):
            world.live(number)
            if number % STEP == 0 or number == DAYS:
                world.clean(number)
                found[number] = world.figures()
    told = ("airflow dag_run", "airflow task_instance", "airflow log", "mlflow runs", "serving publication")
    for day in TOLD:
        sizes = [f"{name} {value:.1f}" for name, value in found[day].items() if name.startswith("MB")]
        print(f"\nday {day}:", *(f"{name} {found[day][name]:.0f}," for name in told), ", ".join(sizes))
    return found


def test_no_table_and_no_folder_grows_once_the_retention_is_over(year: Mapping[int, Mapping[str, float]]) -> None:
    levelled = 200  # days that MLflow's runs stay, and a week in which they can be restored, and a step
    grown = {
        name: (year[levelled][name], figures[name])
        for day, figures in year.items()
        for name in figures
        if day > levelled and name not in STAYS and figures[name] > 1.1 * year[levelled][name] + 3
    }
    assert grown == {}


def test_runs_of_airflow_and_log_files_stay_for_a_month(year: Mapping[int, Mapping[str, float]]) -> None:
    for day in TOLD[1:]:
        runs = year[day]["airflow dag_run"]
        assert 30 * 289 <= runs <= 31 * 289 + 1
        assert year[day]["MB of log files"] == pytest.approx(31 * 0.029, rel=0.05)


def test_the_last_run_of_a_dag_that_seldom_runs_stays(world: World, year: Mapping[int, object]) -> None:
    with psycopg2.connect(world.postgres.dsn("airflow", "airflow")) as db, db.cursor() as work:
        work.execute("SELECT count(*) FROM dag_run WHERE dag_id = 'yearly'")
        assert work.fetchone() == (1,)


def test_the_run_of_a_registered_model_stays(world: World, year: Mapping[int, object]) -> None:
    client = MlflowClient(tracking_uri=world.settings.tracking.uri)
    (version,) = client.search_model_versions("name = 'year'")
    assert client.get_run(str(version.run_id)).info.lifecycle_stage == "active"


def test_what_is_live_and_what_a_rollback_needs_is_whole_after_a_year(world: World, year: Mapping[int, object]) -> None:
    published = kept.publications(world.serving)
    assert [publication.status for publication in published][:2] == ["live", "published"]
    assert len(published) <= world.settings.database.keep_publications + STEP
    with psycopg2.connect(world.serving) as db, db.cursor() as work:
        work.execute("SELECT manifest -> 'inputs' -> 'rank' ->> 0 FROM recsys.publication")
        assert all((Path(uri.removeprefix("file://")) / "manifest.json").exists() for (uri,) in work)
    rollback(world.serving)
    with psycopg2.connect(world.serving) as db, db.cursor() as work:
        work.execute("SELECT DISTINCT as_of, count(*) FROM recommendations GROUP BY 1")
        assert work.fetchall() == [(published[1].as_of, 150)]
