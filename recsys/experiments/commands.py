"""Commands of experiments: `recsys experiment start`, `show`, `switch`, `judge` and `end`."""

from __future__ import annotations

from typing import Annotated

import typer

from recsys.errors import SettingsError
from recsys.experiments.allocation import parse, written
from recsys.experiments.plan import MIN_USERS, SMALLEST_EFFECT, plan
from recsys.publish import connection

Name = Annotated[str, typer.Argument(help="of the experiment")]
Running = Annotated[str, typer.Argument(help="of the experiment; default: the one that runs")]
Arms = Annotated[str, typer.Option(help="percent of the users of each arm, such as champion=90,challenger=10")]
Publication = Annotated[
    list[str], typer.Option(help="what an arm shows at first, such as challenger=17; default: the live one; repeatable")
]
Steps = Annotated[str, typer.Option(help="percent that the challenger gets, one after another, such as 1,5,20,50")]
Metric = Annotated[str, typer.Option(help="ctr | conversion | value, each by impression")]
SmallestEffect = Annotated[float, typer.Option(min=0.001, max=10, help="share of the metric that is worth knowing")]
MinUsers = Annotated[int, typer.Option(min=1, help="users whom a step must have reached before the next one")]
Promote = Annotated[str, typer.Option(help="arm whose publication becomes live; default: what is live stays")]
Actor = Annotated[str, typer.Option(help="who asked for it; default: the account that runs the command")]


def start(
    name: Name,
    arms: Arms = "",
    publication: Publication = [],  # noqa: B006
    steps: Steps = "",
    metric: Metric = "ctr",
    smallest_effect: SmallestEffect = SMALLEST_EFFECT,
    min_users: MinUsers = MIN_USERS,
    actor: Actor = "",
) -> None:
    """Show users of an arm another publication than the live one, from now on."""
    from recsys.experiments import control, report  # statistics are slow to load

    planned = plan(name, arms, publication, steps, metric, smallest_effect, min_users)
    typer.echo(report.started(control.start(connection.database_url(), planned, actor)))


def show(name: Running = "") -> None:
    """Show an experiment: its arms, what was seen of them, and what was decided."""
    from recsys.experiments import report, state

    with connection.session(connection.database_url()) as db, db.cursor() as work:
        found = state.find(work, name)
        if found is None:
            if name:
                raise SettingsError("there is no such experiment", seen=name)
            typer.echo("no experiment was made yet")
            return
        typer.echo(report.shown(found, state.decisions(work, found.name)))


def switch(name: Running = "", arms: Arms = "", actor: Actor = "") -> None:
    """Give the arms of the running experiment other shares; who is in a growing arm stays in it."""
    from recsys.experiments import control

    made = control.switch(connection.database_url(), name, parse(arms), actor)
    typer.echo(f"{made.name}: {written(made.shares)} from now on")


def judge(name: Running = "", actor: Actor = "") -> None:
    """Look at the data and, where the experiment has steps, grow, withdraw or promote its challenger."""
    from recsys.experiments import judgement, report, state

    with connection.session(connection.database_url()) as db, db.cursor() as work:
        found = state.find(work, name)
    if not name and (found is None or found.status != "running"):
        typer.echo("no experiment runs, so there is nothing to judge")
        return
    for judged in judgement.judge(connection.database_url(), name, actor):
        typer.echo(report.judged(judged))


def end(name: Running = "", promote: Promote = "", actor: Actor = "") -> None:
    """End the running experiment: everybody is shown the live publication, or the promoted arm's."""
    from recsys.experiments import control

    made = control.end(connection.database_url(), name, promote, actor)
    typer.echo(f"{made.name}: {made.outcome}")
