"""Commands of one machine: `recsys up`, `down`, `status` and `demo`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from recsys.settings import load
from recsys.standalone import installation, services
from recsys.standalone.airflow_api import Airflow
from recsys.standalone.follow import Run, await_dag, follow
from recsys.standalone.home import home
from recsys.standalone.ports import remembered

DAG = "recsys_daily"
WIDTH = 140
"""Columns of a page that is not shown on a terminal."""


def up() -> None:
    """Start Postgres, MLflow and Airflow, and say where they are."""
    folder = home()
    _print_places(folder, installation.up(folder, typer.echo))


def down() -> None:
    """Stop everything that `up` or `demo` started."""
    installation.down(home(), typer.echo)
    typer.echo("nothing of this installation runs")


def status() -> None:
    """Show what runs, and where."""
    folder = home()
    running = installation.running(folder)
    for name in running:
        typer.echo(f"{name} runs")
    if running:
        _print_places(folder, remembered(folder))
    else:
        typer.echo("nothing runs; `make up` starts it")


def demo(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day looked at; default: yesterday (UTC)")
    ] = None,
) -> None:
    """Start everything, run the main job, and show what came out."""
    from recsys.standalone.showcase import show  # reads tables: pandas is not needed to start

    folder, console = home(), _console()
    ports = installation.up(folder, typer.echo)
    airflow = Airflow(services.airflow_url(ports), services.ADMIN, services.airflow_password(folder))
    run = _trigger(airflow, as_of.date() if as_of else _yesterday())
    console.print(f"\n{DAG} runs: {services.airflow_url(ports)}/dags/{DAG}/runs/{run.id}", highlight=False)
    show(follow(run, console), load().events, console)
    _print_places(folder, ports)


def _trigger(airflow: Airflow, day: date) -> Run:
    """A run for the day, ahead of the schedule's own, which begins when the DAG is unpaused and finds all done."""
    await_dag(airflow, DAG)
    run = airflow.trigger(DAG, {"as_of": day.isoformat()}, run_after=f"{day}T00:00:00Z")
    airflow.unpause(DAG)
    return Run(airflow, DAG, run)


def _yesterday() -> date:
    """The last whole day, which is what the schedule runs for."""
    return datetime.now(UTC).date() - timedelta(days=1)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


def _print_places(folder: Path, ports: dict[str, int]) -> None:
    password = {user: services.airflow_password(folder, user) for user in services.USERS}
    typer.echo(
        f"""
Airflow    {services.airflow_url(ports)}   login {services.ADMIN} / {password[services.ADMIN]}
           who may only look: {services.VIEWER} / {password[services.VIEWER]}
MLflow     {services.mlflow_url(ports)}   no login: it answers this machine only
Postgres   psql "$(.venv/bin/recsys dsn)"
Logs       {folder / "logs"}
Stop       make down"""
    )
