"""Commands of a single machine: `recsys up`, `down` and `status`."""

from __future__ import annotations

from pathlib import Path

import typer

from recsys.standalone import installation, services
from recsys.standalone.home import home
from recsys.standalone.ports import remembered


def up() -> None:
    """Start Postgres, MLflow and Airflow, and say where they are."""
    folder = home()
    print_places(folder, installation.up(folder, typer.echo))


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
        print_places(folder, remembered(folder))
    else:
        typer.echo("nothing runs; `make up` starts it")


def print_places(folder: Path, ports: dict[str, int]) -> None:
    """Prints where everything is, and who may log in."""
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
