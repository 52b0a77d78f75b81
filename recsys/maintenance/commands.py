"""`recsys maintain` has the rights of a worker, `recsys clean-databases` those of the databases' owners."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from recsys.errors import SettingsError, TransientError
from recsys.maintenance import logs as log_files
from recsys.maintenance import metadata, parts
from recsys.publish import connection, kept, space
from recsys.settings import Settings, load
from recsys.standalone import processes
from recsys.standalone.home import home

Overrides = Annotated[list[str], typer.Option("--set", help="a setting, such as store=var/store; repeatable")]
Logs = Annotated[Path | None, typer.Option(help="folder of Airflow's log files; default: they are left as they are")]
MLFLOW = "MLFLOW_BACKEND_STORE_URI"
"""Variable with the connection string of MLflow's database: a secret."""


def maintain(logs: Logs = None, set_: Overrides = []) -> None:  # noqa: B006
    """Drop what is old: publications, overlaid lists, stage files, feedback, runs in MLflow, log files of Airflow."""
    settings, dsn, now = load(set_), connection.database_url(), datetime.now(UTC)
    selected: dict[str, parts.Part] = {
        "serving store": lambda: _store(dsn, settings, now),
        "dead rows": lambda: _dead(dsn),
    }
    if settings.tracking.uri:
        selected["MLflow"] = lambda: _runs(dsn, settings, now)
    if logs is not None:
        selected["log files"] = lambda: _log_files(logs, settings, now)
    parts.run(selected, typer.echo)


def clean_databases(set_: Overrides = []) -> None:  # noqa: B006
    """Remove old rows from databases of Airflow, Celery and MLflow, rotate logs of services: what variables name."""
    settings, now = load(set_), datetime.now(UTC)
    before = now - timedelta(days=settings.retention.airflow_days)
    known: dict[str, tuple[str, parts.Part]] = {
        metadata.DATABASE: ("Airflow's database", lambda: metadata.clean(before)),
        metadata.RESULTS: ("results of Celery", lambda: metadata.clean_results(before)),
        MLFLOW: ("MLflow", lambda: _collect(settings)),
        "RECSYS_HOME": ("logs of services", _service_logs),
    }
    selected = dict(named for variable, named in known.items() if os.environ.get(variable))
    if not selected:
        raise SettingsError(
            "no database is named that could be cleaned",
            where=", ".join(known),
            seen="unset",
            expected="a connection string",
            remedy="run this where Airflow's or MLflow's database is known; a worker runs `recsys maintain`",
        )
    parts.run(selected, typer.echo)


def _store(dsn: str, settings: Settings, now: datetime) -> str:
    from recsys.publish import maintenance

    made = maintenance.maintain(dsn, settings, now)
    return (
        f"{made.publications} publications kept; {made.lifted} lists, {made.folders} folders and "
        f"{made.feedback} rows of feedback removed"
    )


def _dead(dsn: str) -> str:
    with connection.session(dsn) as db, db.cursor() as work:
        return "; ".join(str(table) for table in space.tables(work) if table.dead) or "none"


def _runs(dsn: str, settings: Settings, now: datetime) -> str:
    from recsys.tracking import retention

    before = now - timedelta(days=settings.retention.mlflow_days)
    days = {publication.as_of for publication in kept.publications(dsn)}
    return f"{retention.delete_old(settings, before, days)} runs from before {before:%Y-%m-%d} deleted"


def _log_files(folder: Path, settings: Settings, now: datetime) -> str:
    before = now - timedelta(days=settings.retention.log_days)
    removed = log_files.remove_old(folder, before)
    return f"{removed.files} files ({removed.size / 1e6:.1f} MB) from before {before:%Y-%m-%d} removed"


def _service_logs() -> str:
    return f"{', '.join(processes.rotate(home())) or 'none'} rotated"


def _collect(settings: Settings) -> str:
    from recsys.tracking import retention

    removed, failed = retention.collect(os.environ[MLFLOW], settings.tracking.uri)
    if failed:
        raise TransientError(f"{failed} deleted runs could not be removed", seen=f"{removed} were removed")
    return f"{removed} runs that were deleted {retention.UNDO_DAYS} days ago and more removed, with their artifacts"
