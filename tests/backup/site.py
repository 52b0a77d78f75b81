"""A small installation with all that a backup holds, and what a test asks of it."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.parquet as pq
from mlflow import MlflowClient

from recsys.artifacts import Manifest
from recsys.publish.draft import Draft
from recsys.publish.migrations import migrate
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from recsys.standalone import credentials, postgres
from recsys.standalone.postgres import Server
from tests.conftest import free_port
from tests.publish.conftest import write_lists

LIMITS = DatabaseSettings(min_overlap=0, min_coverage=0)
USERS = ("ann", "ben-to-forget")


@dataclass
class Site:
    """An installation whose Postgres runs."""

    home: Path
    server: Server
    experiment: str = ""
    """Of MLflow."""

    @property
    def dsn(self) -> str:
        """The serving store, as its owner."""
        return self.server.dsn("recsys", "recsys")

    def ask(self, query: str, *values: object, database: str = "recsys") -> list[tuple[Any, ...]]:
        """Rows of a query, as the owner of the database sees them."""
        with closing(psycopg2.connect(self.server.dsn(database, database))) as db, db, db.cursor() as work:
            work.execute(query, values)
            return list(work.fetchall())

    def publish(self, number: int, item: str) -> int:
        """Number of a publication of a day in which every user is recommended one item, made live."""
        folder = self.home / "store" / "rank" / f"as_of=2026-01-{number:02}" / f"f{number}"
        folder.mkdir(parents=True)
        made = Manifest("rank", f"2026-01-{number:02}", f"f{number}", f"file://{folder}")
        (folder / "manifest.json").write_text(json.dumps(made.to_dict()))
        write_lists(folder / "lists.parquet", "user_id", {user: [(item, 1.0)] for user in USERS})
        write_lists(folder / "fallback.parquet", "audience", {"population": [(item, 0.5)]})
        catalogue = {
            "item_id": ["a", "b", "c"],
            "title": ["A", "B", "C"],
            "available": [True] * 3,
            "category": [""] * 3,
        }
        pq.write_table(pa.table(catalogue), folder / "items.parquet")
        facts = {"metrics": {}, "inputs": {"rank": [f"file://{folder}"]}}
        files = (folder / "lists.parquet",), folder / "fallback.parquet", folder / "items.parquet"
        draft = Draft(date(2026, 1, number), "model-1", f"f{number}", *files, facts)
        return publish(self.dsn, draft, LIMITS).pub_id or 0

    def lists(self) -> dict[str, list[str]]:
        """What users are recommended, as an application reads it."""
        query = "SELECT user_id, array_agg(item_id ORDER BY rank) FROM recommendations GROUP BY user_id"
        return dict(self.ask(query))

    def live(self) -> int:
        """Number of the publication that is live."""
        ((pub_id,),) = self.ask("SELECT pub_id FROM recsys.live")
        return int(pub_id)

    def runs(self) -> MlflowClient:
        """MLflow, over its database."""
        return MlflowClient(self.server.dsn("mlflow", "mlflow"))

    def stop(self) -> None:
        postgres.stop(self.home)

    def started(self) -> Site:
        """The same place, with the Postgres that lies there by now."""
        return Site(self.home, postgres.start(self.home, free_port()))

    def wipe(self) -> None:
        """All of it is gone."""
        self.stop()
        shutil.rmtree((self.home / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(self.home)


def make(home: Path) -> Site:
    """Two publications, feedback, an application's role, a run of MLflow and of Airflow, and a model of all users."""
    home.mkdir(mode=0o755)
    site = Site(home, postgres.start(home, free_port()))
    for name in ("airflow", "recsys", "mlflow"):
        site.server.create_database(name, name)
    credentials.write(home, "airflow_fernet", "the key of Airflow")
    migrate(site.dsn)
    site.publish(8, "a")
    site.publish(9, "b")
    site.ask("SELECT * FROM record_feedback('2:ann', 'b', 'click', now())")
    site.ask("CREATE ROLE shop LOGIN PASSWORD 'of the shop'; GRANT recsys_reader TO shop; SELECT 1")
    _files(home / "store")
    site.ask("CREATE TABLE dag_run AS SELECT 'recsys_daily' AS dag_id; SELECT 1", database="airflow")
    runs = site.runs()
    experiment = runs.create_experiment("recsys/daily", (home / "mlflow").as_uri())
    site.experiment = experiment
    run = runs.create_run(experiment, run_name="day").info.run_id
    runs.log_metric(run, "ndcg", 0.5)
    runs.log_text(run, "what was learnt", "model.txt")
    return site


def _files(store: Path) -> None:
    """The events of all users, and a model that was made with them."""
    for stage in ("ingest", "signals"):
        folder = store / stage / "as_of=2026-01-09" / "1f3a"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(
            json.dumps(Manifest(stage, "2026-01-09", "1f3a", f"file://{folder}").to_dict())
        )
    times = pa.array([0, 0], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"user_id": USERS, "occurred_at": times}), store / "ingest/as_of=2026-01-09/1f3a/e.parquet")
