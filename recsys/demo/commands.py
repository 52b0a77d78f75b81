"""`recsys demo`: consecutive days of the main job, and their results."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.settings import load
from recsys.standalone import installation, services
from recsys.standalone.airflow_api import Airflow
from recsys.standalone.commands import print_places
from recsys.standalone.follow import Run, await_dag, follow
from recsys.standalone.home import home

if TYPE_CHECKING:
    from recsys.demo.given import Given

DAG = "recsys_daily"


def demo(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day of the data; default: yesterday (UTC)")
    ] = None,
    trade_: Annotated[
        str | None,
        typer.Option("--trade", help="made-up data of music | social | ecommerce | news; default: MovieLens, replayed"),
    ] = None,
) -> None:
    """Start everything, run the main job for days in a row, and show what came out."""
    from recsys.demo import network, page, replay, showcase, trade  # they read tables: other commands need no pandas

    folder, console = home(), page.console()
    place, last = folder / "demo", as_of.date() if as_of else _yesterday()
    given = trade.given(place, trade_, last) if trade_ else replay.given(place, last)
    console.print(given.about, highlight=False)
    os.environ.update(given.environment)
    ports = installation.up(folder, typer.echo)
    url = services.airflow_url(ports)
    made = []
    runs = trigger(Airflow(url, services.ADMIN, services.airflow_password(folder)), given)
    for number, (day, run) in enumerate(zip(given.days, runs, strict=True), start=1):
        console.print(
            f"\n[bold]Day {number} of {len(runs)}: {day}[/]   {url}/dags/{DAG}/runs/{run.id}", highlight=False
        )
        made.append(follow(run, console))
    showcase.show(made, load().events, console)
    if not trade_:
        network.show(network.compare(last, str(place / "store")), console)
    print_places(folder, ports)


def trigger(airflow: Airflow, given: Given) -> list[Run]:
    """A run for each day, all triggered before the DAG is unpaused: they run one at a time, the earliest day first."""
    await_dag(airflow, DAG)
    runs = [airflow.trigger(DAG, given.form(day), run_after=f"{day}T00:00:00Z") for day in given.days]
    airflow.unpause(DAG)
    return [Run(airflow, DAG, run) for run in runs]


def _yesterday() -> date:
    """The last whole day, which is what the schedule runs for."""
    return datetime.now(UTC).date() - timedelta(days=1)
