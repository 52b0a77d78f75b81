"""`recsys demo`: three days of the main job one after another, on a replay of MovieLens, and what came out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from recsys.settings import load
from recsys.standalone import installation, services
from recsys.standalone.airflow_api import Airflow
from recsys.standalone.commands import print_places
from recsys.standalone.follow import Run, await_dag, follow
from recsys.standalone.home import home

DAG = "recsys_daily"
REPLAY = """
[bold]A replay of MovieLens[/]: 100,004 ratings that 671 people gave from 1996 to 2016. All times of a person are moved
by the same number of days, so that everybody's last visit falls on one of the last {count} days, up to {last}."""


def demo(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="last day of the replay; default: yesterday (UTC)")
    ] = None,
) -> None:
    """Start everything, run the main job for three days in a row, and show what came out."""
    from recsys.demo import network, page, replay, showcase  # they read tables: pandas is not needed for other commands

    folder, console = home(), page.console()
    last = as_of.date() if as_of else _yesterday()
    os.environ.update(replay.write(folder / "demo", last))  # settings of the services too, and so of every run
    days = replay.days(last)
    console.print(REPLAY.format(count=len(days), last=last), highlight=False)
    ports = installation.up(folder, typer.echo)
    url = services.airflow_url(ports)
    airflow = Airflow(url, services.ADMIN, services.airflow_password(folder))
    made = []
    for number, (day, run) in enumerate(zip(days, trigger(airflow, days), strict=True), start=1):
        console.print(
            f"\n[bold]Day {number} of {len(days)}: {day}[/]   {url}/dags/{DAG}/runs/{run.id}", highlight=False
        )
        made.append(follow(run, console))
    showcase.show(made, load().events, console)
    network.show(network.compare(last, str(folder / "demo" / "store")), console)
    print_places(folder, ports)


def trigger(airflow: Airflow, days: Sequence[date]) -> list[Run]:
    """A run for each day, all triggered before the DAG is unpaused: they run one at a time, the earliest day first."""
    await_dag(airflow, DAG)
    runs = [airflow.trigger(DAG, {"as_of": day.isoformat()}, run_after=f"{day}T00:00:00Z") for day in days]
    airflow.unpause(DAG)
    return [Run(airflow, DAG, run) for run in runs]


def _yesterday() -> date:
    """The last whole day, which is what the schedule runs for."""
    return datetime.now(UTC).date() - timedelta(days=1)
